"""What became of a message: handed over, delivered, bounced; and what follows from a delivery, each once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from schemas.complaints import StaffReplied, SurveyInvited
from schemas.envelope import FreeText
from services.intake.acknowledge import AlreadyAcknowledged, acknowledge
from services.kit.database import Transaction

OUTCOMES = Counter(
    "redress_messages", "Attempts to send a message, by what came of them", ["channel", "template", "outcome"]
)


async def mark_delivered(tx: Transaction, channel: str, provider_id: str, now: datetime) -> bool:
    """A provider says that a message arrived; False when no message of ours has that id."""
    row = await tx.fetchrow(
        "select * from intake.message where direction = 'out' and channel = $1 and provider_id = $2"
        " order by id desc limit 1 for update",
        channel,
        provider_id,
    )
    if row is None:
        return False
    await record_delivered(tx, dict(row), channel, provider_id, now)
    return True


async def mark_failed(tx: Transaction, channel: str, provider_id: str, reason: str, now: datetime) -> bool:
    """A provider says that a message did not arrive (a bounce): the next channel is tried. False for no such message.

    `reason` carries no personal data. An acknowledgement that was counted as delivered stays so, since when the
    complainant was first written to does not change; the bounce stands among the attempts.
    """
    row = await tx.fetchrow(
        "select id, attempt, template from intake.message where direction = 'out' and channel = $1"
        " and provider_id = $2 and state in ('sent', 'delivered') order by id desc limit 1 for update",
        channel,
        provider_id,
    )
    if row is None:
        return False
    OUTCOMES.labels(channel, row["template"] or "reply", "bounced").inc()
    await tx.execute(
        "update intake.message_attempt set outcome = 'bounced', reason = $3 where message_id = $1 and attempt = $2",
        row["id"],
        row["attempt"],
        reason[:200],
    )
    await tx.execute(
        "update intake.message set state = 'queued', refused = refused || to_jsonb($2::text), not_before = $3,"
        " reason = $4, chosen = null where id = $1",
        row["id"],
        channel,
        now,
        reason[:200],
    )
    return True


async def record_delivered(
    tx: Transaction, message: Mapping[str, Any], channel: str, provider_id: str | None, at: datetime
) -> None:
    """Note that a message reached its recipient and announce what follows, the first time it did."""
    first = await tx.fetchval(
        "update intake.message m set state = 'delivered', channel = $2, provider_id = coalesce($3, m.provider_id),"
        " sent_at = coalesce(m.sent_at, $4), delivered_at = coalesce(m.delivered_at, $4), claimed_until = null,"
        " reason = null from (select id, delivered_at from intake.message where id = $1) before"
        " where m.id = $1 and before.id = m.id returning before.delivered_at is null",
        message["id"],
        channel,
        provider_id,
        at,
    )
    case_id = message["case_id"]
    if not first or case_id is None or message["staff_id"] is not None:
        return
    if message["template"] == "acknowledgement":
        received = await tx.fetchval("select received_at from intake.complaint where id = $1", case_id)
        try:
            await acknowledge(
                tx, case_id, medium=channel, acknowledged_at=max(at, received), now=max(at, received),
                template=message["template"],
            )  # fmt: skip
        except AlreadyAcknowledged:
            pass  # the web showed the number at once, or somebody told them; the first time counts
    elif message["template"] == "survey":
        closure = int(message["data"].get("closure", 0))
        tx.announce(SurveyInvited(closure=closure, medium=channel, at=at), case_id=case_id, at=at)
    if message["by"] is not None:
        words = message["data"].get("words")
        text = FreeText.of(words) if words else None
        progress = bool(message["data"].get("progress", True))
        replied = StaffReplied(
            message_id=message["id"], by=message["by"], at=at, medium=channel, progress=progress, text=text
        )
        tx.announce(replied, case_id=case_id, at=at)
