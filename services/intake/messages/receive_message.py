"""Take a message of the complainant into an open case, on whatever channel it came; the same message is taken once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from schemas.complaints import ComplainantActed
from schemas.envelope import FreeText
from services.kit.database import Transaction, new_id
from services.kit.errors import NotFound
from services.kit.i18n import N_


async def receive_message(
    tx: Transaction,
    *,
    case_id: UUID,
    channel: str,
    text: str,
    at: datetime,
    provider_id: str | None,
    files: Sequence[UUID] = (),
    now: datetime,
) -> UUID:
    """Keep what the complainant wrote and announce that they added to the case; returns the message's id.

    A `provider_id` that was received before on the channel adds nothing and gives the id it had then. It is taken into
    a case that has ended as well: whoever has it sees the words, and somebody who answers a letter is not refused.

    Raises:
        NotFound: there is no such case.
    """
    message_id = new_id()
    language = await tx.fetchval("select language from intake.complaint where id = $1", case_id)
    if language is None:
        raise NotFound(N_("There is no such case."), N_("Check the number, or ask the complaint centre."))
    added = await tx.fetchval(
        "insert into intake.message (id, direction, case_id, language, channel, state, text, provider_id, files,"
        " urgent, not_before, created_at, delivered_at)"
        " values ($1, 'in', $2, $3, $4, 'received', $5, $6, $7, false, $9, $8, $9)"
        " on conflict (channel, provider_id) where direction = 'in' and provider_id is not null do nothing"
        " returning id",
        message_id,
        case_id,
        language,
        channel,
        text,
        provider_id,
        [str(file) for file in files],
        now,
        at,
    )
    if added is None:
        known: UUID = await tx.fetchval(
            "select id from intake.message where direction = 'in' and channel = $1 and provider_id = $2",
            channel,
            provider_id,
        )
        return known
    await tx.execute(
        "insert into intake.complainant_action (id, case_id, action, at, words, medium)"
        " values ($1, $2, 'add', $3, $4, $5)",
        message_id,
        case_id,
        at,
        text,
        channel,
    )
    await tx.execute(
        "insert into intake.tracking_step (case_id, event_id, at, code, words) values ($1, $2, $3, 'act_add', $4)",
        case_id,
        message_id,
        at,
        text,
    )
    fact = ComplainantActed(action="add", at=at, text=FreeText.of(text) if text else None, medium=channel)
    tx.announce(fact, case_id=case_id, at=at, event_id=message_id)
    return message_id
