"""Take away what the policy's schedule keeps no longer, and what was to go once its case had ended (ISO 10002 8.1).

`retention` of the policy says for how many years after its end a case keeps `identity` (name and contacts: the case is
pseudonymised), `attachment` (its files) and `case` (every word). Numbers, times and categories stay for good, so that
no KPI of the past changes. What is taken away stands in the disposal log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import structlog

from schemas.cases import ENDED
from schemas.policy import PolicyBundle
from services.intake.erase_words import erase_words
from services.intake.files.erase_file import erase_files_of_case
from services.intake.subjects.forget_identity import dispose, forget_identity
from services.intake.subjects.record_request import note_step
from services.kit.database import Database, Transaction
from services.kit.service import Context

log = structlog.get_logger()

BATCH = 100
"""Cases of one transaction."""

_ENDED_BEFORE = (
    " join intake.tracking t on t.case_id = c.id and t.state = any($1::text[]) and t.state_at < $2"
    " where c.erased_at is null and not exists"
    " (select 1 from intake.disposal d where d.case_id = c.id and d.what = $3)"
)

_KEPT = {
    "identity": "exists (select 1 from intake.identity i where i.complaint_id = c.id)"
    " or exists (select 1 from intake.reply_address r where r.case_id = c.id)",
    "attachment": "exists (select 1 from intake.stored_file f where f.case_id = c.id and f.state <> 'erased')",
    "case": "true",
}
"""What has to be there for something to be taken away."""


async def keep_by_schedule(context: Context, now: datetime) -> int:
    """The job: everything whose time is over; returns how much was taken away. May be stopped and goes on."""
    bundle = await context.copies.in_force(context.database, now)
    done = await erase_waiting(context.database, now)
    for what, act in _ACTS.items():
        before = cut_off(bundle, what, now)
        while before is not None and (taken := await _batch(context.database, bundle, what, before, act, now)):
            done += taken
    await _forget_settled(context.database, bundle, now)
    if done:
        await log.ainfo("kept by schedule", disposed=done)
    return done


def cut_off(bundle: PolicyBundle, what: str, now: datetime) -> datetime | None:
    """What ended before this moment keeps something no longer; None where the policy sets no time for it."""
    years = next((rule.years for rule in bundle.retention if rule.what == what), None)
    if years is None:
        return None
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year - years, day=28)


async def erase_waiting(database: Database, now: datetime) -> int:
    """Erase what a request wanted erased and whose case has ended since."""
    done = 0
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "select w.request_id, w.case_id, r.number, s.what, s.reason, s.by from intake.subject_request_case w"
            " join intake.subject_request r on r.id = w.request_id"
            " join intake.tracking t on t.case_id = w.case_id and t.state = any($1::text[])"
            " join lateral (select what, reason, by from intake.subject_request_step s"
            "  where s.request_id = w.request_id and s.what in ('erase', 'forget')"
            "  order by at desc, id desc limit 1) s on true"
            f" where w.done = 'waiting' limit {BATCH} for update of w skip locked",
            sorted(ENDED),
        )
        for row in rows:
            case_id, request_id = row["case_id"], row["request_id"]
            ground = str(row["reason"])
            if row["what"] == "forget":
                await forget_identity(tx, case_id, ground=ground, by=row["by"], now=now, request_id=request_id)
            else:
                await erase_words(tx, case_id, legal_ground=ground, by=row["by"], now=now, request_id=request_id)
            result = "forgotten" if row["what"] == "forget" else "erased"
            await tx.execute(
                "update intake.subject_request_case set done = $3, at = $4 where request_id = $1 and case_id = $2",
                request_id,
                case_id,
                result,
                now,
            )
            await note_step(tx, request_id, "ended", by=None, now=now, detail={result: 1}, reason=ground)
            done += 1
    return done


async def _forget(tx: Transaction, case_id: UUID, ground: str, now: datetime) -> None:
    await forget_identity(tx, case_id, ground=ground, by=None, now=now)


async def _attachments(tx: Transaction, case_id: UUID, ground: str, now: datetime) -> None:
    if await dispose(tx, case_id, "attachment", ground=ground, by=None, now=now):
        await erase_files_of_case(tx, case_id, now)


async def _words(tx: Transaction, case_id: UUID, ground: str, now: datetime) -> None:
    await erase_words(tx, case_id, legal_ground=ground, by=None, now=now)


Act = Callable[[Transaction, UUID, str, datetime], Awaitable[None]]
_ACTS: dict[str, Act] = {"identity": _forget, "attachment": _attachments, "case": _words}


async def _batch(database: Database, bundle: PolicyBundle, what: str, before: datetime, act: Act, now: datetime) -> int:
    async with database.transaction() as tx:
        rows = await tx.fetch(
            f"select c.id from intake.complaint c {_ENDED_BEFORE} and ({_KEPT[what]})"
            f" order by t.state_at limit {BATCH} for update of c skip locked",
            sorted(ENDED),
            before,
            what,
        )
        for row in rows:
            await act(tx, row["id"], f"retention schedule, policy {bundle.version}", now)
        return len(rows)


async def _forget_settled(database: Database, bundle: PolicyBundle, now: datetime) -> None:
    """Of requests long settled the person goes, and that they were made and answered stays."""
    before = cut_off(bundle, "identity", now)
    if before is not None:
        await database.statement(
            "update intake.subject_request set contact = null, digest = null, wish = null"
            " where settled_at < $1 and contact is not null",
            before,
        )
