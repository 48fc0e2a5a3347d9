"""Send what waits in the outbox: claim, hand over, note what came of it.

A message is `sending`, with its words frozen, before anything leaves. What was in flight when a process died is taken
up again under the same id: the provider's retry key, and for mail the same Message-ID, so a repeat is known as one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog

from services.intake.channels import carriers
from services.intake.messages.backoff import ATTEMPTS, wait_before
from services.intake.messages.carriers import Carrier, Outgoing, Refused, Sent, TryLater
from services.intake.messages.delivery import OUTCOMES, record_delivered
from services.intake.messages.prepare import NotLeaving, Preparing, Ready
from services.intake.messages.write_notice import bundle_notices
from services.kit.database import Transaction
from services.kit.service import Context
from services.kit.trouble import told

log = structlog.get_logger()

BATCH = 50
BATCHES = 100
AT_A_TIME = 8
"""Cases whose messages leave at the same time; those of one case leave one after another."""

SEND_SECONDS = 60.0
CLAIM = timedelta(minutes=10)
"""After which an attempt that nobody noted an end of is made again: longer than a batch can take."""


class Outcome(NamedTuple):
    """What came of an attempt."""

    ready: Ready
    result: Sent | TryLater | Refused


async def send_messages(context: Context, now: datetime, built: Sequence[Carrier] | None = None) -> int:
    """Send everything that is due; returns how many attempts were made. Safe to run in several processes."""
    by_channel = {carrier.channel: carrier for carrier in (carriers(context) if built is None else built)}
    preparing, attempts = Preparing(context, by_channel), 0
    async with context.database.transaction() as tx:
        await take_up_again(tx, now)
        await bundle_notices(tx, now)
    for _ in range(BATCHES):
        async with context.database.transaction() as tx:
            claimed, ready = await _claim(tx, preparing, now)
        if not claimed:
            break
        outcomes = await _hand_over(by_channel, ready)
        if outcomes:
            async with context.database.transaction() as tx:
                for outcome in outcomes:
                    await _note(tx, outcome, context.now())
        attempts += len(outcomes)
    return attempts


async def take_up_again(tx: Transaction, now: datetime) -> None:
    """Queue what was in flight when its process died. Its id and words stay, so the receiver can tell a repeat."""
    done = await tx.execute(
        "update intake.message set state = 'queued', not_before = $1, claimed_until = null"
        " where state = 'sending' and claimed_until < $1",
        now,
    )
    if count := int(done.rsplit(" ", 1)[-1]):
        log.warning("messages taken up again", count=count)


async def _claim(tx: Transaction, preparing: Preparing, now: datetime) -> tuple[int, list[Ready]]:
    """Claim a batch, with its words frozen; how many were looked at, and those that leave."""
    rows = await tx.fetch(
        "select * from intake.message where state = 'queued' and not_before <= $1"
        f" order by not_before, id limit {BATCH} for update skip locked",
        now,
    )
    if not rows:
        return 0, []
    claimed = [{**row, "attempt": row["attempt"] + 1} for row in sorted(rows, key=lambda row: row["id"])]
    prepared = await preparing.prepare(tx, claimed, now)
    leaving = [each for each in prepared if isinstance(each, Ready)]
    pairs = zip(claimed, prepared, strict=True)
    await _keep_back(tx, [(row, each) for row, each in pairs if isinstance(each, NotLeaving)])
    if leaving:
        await tx.execute(
            "update intake.message m set state = 'sending', claimed_until = $1, attempt = m.attempt + 1,"
            " channel = w.channel, subject = w.subject, text = w.text"
            " from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as w(id, channel, subject, text)"
            " where m.id = w.id",
            now + CLAIM,
            [it.message["id"] for it in leaving],
            [it.outgoing.channel for it in leaving],
            [it.outgoing.subject for it in leaving],
            [it.kept for it in leaving],
        )
    return len(rows), leaving


async def _keep_back(tx: Transaction, staying: Sequence[tuple[Mapping[str, Any], NotLeaving]]) -> None:
    """Note of each why it does not leave, and until when it waits if it does."""
    if not staying:
        return
    for row, why in staying:
        if why.state != "queued":
            OUTCOMES.labels(row["channel"] or "none", row["template"] or "reply", why.state).inc()
            log.info("message does not leave", message=str(row["id"]), state=why.state, reason=why.reason)
    await tx.execute(
        "update intake.message m set state = w.state, reason = w.reason,"
        " not_before = coalesce(w.not_before, m.not_before)"
        " from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) as w(id, state, reason, not_before)"
        " where m.id = w.id",
        [row["id"] for row, _ in staying],
        [why.state for _, why in staying],
        [why.reason for _, why in staying],
        [why.not_before for _, why in staying],
    )


async def _hand_over(by_channel: Mapping[str, Carrier], ready: Sequence[Ready]) -> list[Outcome]:
    """Make the attempts: cases beside one another, the messages of one case in their order."""
    by_case: dict[Any, list[Ready]] = defaultdict(list)
    for each in ready:
        by_case[each.outgoing.case_id or each.message["staff_id"]].append(each)
    room = asyncio.Semaphore(AT_A_TIME)

    async def in_order(of_case: list[Ready]) -> list[Outcome]:
        async with room:
            return [Outcome(it, await attempt(by_channel[it.outgoing.channel], it.outgoing)) for it in of_case]

    done = await asyncio.gather(*(in_order(of_case) for of_case in by_case.values()))
    return [outcome for outcomes in done for outcome in outcomes]


async def attempt(carrier: Carrier, outgoing: Outgoing) -> Sent | TryLater | Refused:
    """One attempt. A fault of the carrier's is logged and counts as one that may work later."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            return await carrier.send(outgoing)
    except (TryLater, Refused) as verdict:
        return verdict
    except TimeoutError:
        return TryLater("no answer in time")
    except Exception as problem:
        about = {"channel": carrier.channel, "message": str(outgoing.message_id)}
        await log.aerror("carrier failed", **about, error=told(problem))
        return TryLater(type(problem).__name__)


async def _note(tx: Transaction, outcome: Outcome, now: datetime) -> None:
    """Keep what came of an attempt, with what follows from a delivery."""
    message, outgoing, result = outcome.ready.message, outcome.ready.outgoing, outcome.result
    word = _word(result)
    OUTCOMES.labels(outgoing.channel, message["template"] or "reply", word).inc()
    provider_id = result.provider_id if isinstance(result, Sent) else None
    reason = None if isinstance(result, Sent) else str(result)[:200]
    await tx.execute(
        "insert into intake.message_attempt (message_id, attempt, channel, at, outcome, reason, provider_id)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        message["id"],
        outgoing.attempt,
        outgoing.channel,
        now,
        word,
        reason,
        provider_id,
    )
    if isinstance(result, Sent) and result.delivered:
        await record_delivered(tx, message, outgoing.channel, provider_id, now)
    elif isinstance(result, Sent):
        await tx.execute(
            "update intake.message set state = 'sent', provider_id = $2, sent_at = $3, claimed_until = null,"
            " reason = null where id = $1",
            message["id"],
            provider_id,
            now,
        )
    else:
        await _again(tx, message, outgoing, result, reason, now)


def _word(result: Sent | TryLater | Refused) -> str:
    if isinstance(result, Sent):
        return "delivered" if result.delivered else "sent"
    return "later" if isinstance(result, TryLater) else "refused"


async def _again(
    tx: Transaction,
    message: Mapping[str, Any],
    outgoing: Outgoing,
    result: TryLater | Refused,
    reason: str | None,
    now: datetime,
) -> None:
    """Queue it again: later on the same channel, or at once on the next one."""
    on_channel = await tx.fetchval(
        "select count(*) from intake.message_attempt where message_id = $1 and channel = $2",
        message["id"],
        outgoing.channel,
    )
    given_up = isinstance(result, Refused) or on_channel >= ATTEMPTS
    wait = timedelta(0) if given_up else wait_before(on_channel, result.after if isinstance(result, TryLater) else None)
    # Words written for one channel are written anew for the next; a person's own words stay as they are.
    await tx.execute(
        "update intake.message set state = 'queued', claimed_until = null, not_before = $2, reason = $3,"
        " refused = case when $4 then refused || to_jsonb($5::text) else refused end,"
        " text = case when $4 and by is null and template is not null then null else text end where id = $1",
        message["id"],
        now + wait,
        reason,
        given_up,
        outgoing.channel,
    )
