"""Put a message into the outbox: it leaves within a second or so, once, by the best channel its recipient has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.kit.database import Transaction, new_id
from services.kit.journal import columns


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message that follows from something. `dedupe` names what; the same is never said twice."""

    case_id: UUID
    template: str
    dedupe: str
    data: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False
    not_before: datetime | None = None


async def queue_messages(tx: Transaction, wanted: Sequence[Wanted], now: datetime) -> None:
    """Queue messages of templates, set-based.

    Nothing is queued for imported history, for spam, or where the complainant left no way to reach them: then the
    tracking page is where they are told.
    """
    if not wanted:
        return
    rows = [
        (new_id(), it.case_id, it.template, it.dedupe, dict(it.data), it.urgent, it.not_before or now) for it in wanted
    ]
    await tx.execute(
        "insert into intake.message"
        " (id, direction, case_id, template, dedupe, data, urgent, not_before, created_at, language, state)"
        " select w.id, 'out', w.case_id, w.template, w.dedupe, w.data, w.urgent, w.not_before, $8, c.language, 'queued'"
        " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::bool[], $7::timestamptz[])"
        " as w(id, case_id, template, dedupe, data, urgent, not_before)"
        " join intake.complaint c on c.id = w.case_id"
        " left join intake.tracking t on t.case_id = c.id"
        " where not c.historical and c.erased_at is null and coalesce(t.kind, c.kind) <> 'spam'"
        " and (exists (select 1 from intake.reply_address r where r.case_id = c.id)"
        "  or exists (select 1 from intake.identity i where i.complaint_id = c.id"
        "   and (i.email is not null or i.phone is not null)))"
        " on conflict (dedupe) do nothing",
        *columns(rows, 7),
        now,
    )


async def queue_message(
    tx: Transaction,
    *,
    case_id: UUID,
    template: str | None,
    language: Literal["th", "en"] | None = None,
    channel: str | None = None,
    text: str | None = None,
    subject: str | None = None,
    by: UUID | None = None,
    extra: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    urgent: bool = False,
    dedupe: str | None = None,
    now: datetime,
) -> UUID | None:
    """Queue one message; its id, or None where nothing is to be said (history, spam, erased, or said before).

    Args:
        template: the purpose of a template of the policy; None when `text` says it all.
        channel: the only channel to try; None for the best one, and the next when that fails.
        text: a person's own words, sent as they are.
        by: the member of staff who wrote it, if one did.
    """
    message_id = new_id()
    found = await tx.fetchval(
        "insert into intake.message (id, direction, case_id, template, dedupe, data, extra, urgent, not_before,"
        " created_at, language, state, chosen, by, subject, text)"
        " select $1, 'out', c.id, $3, $4, $5, $6, $7, $8, $8, coalesce($9, c.language), 'queued', $10, $11, $12, $13"
        " from intake.complaint c left join intake.tracking t on t.case_id = c.id"
        " where c.id = $2 and not c.historical and c.erased_at is null"
        " and ($11::uuid is not null or coalesce(t.kind, c.kind) <> 'spam')"
        " on conflict (dedupe) do nothing returning id",
        message_id,
        case_id,
        template,
        dedupe,
        {**(data or {}), **({"words": text} if by is not None and text else {})},
        dict(extra or {}),
        urgent or by is not None,
        now,
        language,
        channel,
        by,
        subject,
        text,
    )
    return message_id if found else None
