"""Show every message to and from the complainant of a case, with its delivery, newest last (ISO 10002 7.3)."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from services.intake.messages.keys import covered
from services.kit.copies import Fetches
from services.kit.paging import LONGEST, Key


class Shown(NamedTuple):
    """A page of messages, and the key of the next one."""

    items: list[dict[str, Any]]
    following: Key | None


async def list_messages(
    source: Fetches, case_id: UUID, *, server_secret: str, after: Key | None = None, size: int = 100
) -> Shown:
    """Messages of a case with their attempts, oldest first. Neither addresses nor keys to the case are shown."""
    size = max(1, min(size, LONGEST))
    rows = await source.fetch(
        "select id, direction, template, language, channel, chosen, state, urgent, subject, text, by, attempt,"
        " provider_id, reason, created_at, not_before, sent_at, delivered_at, files,"
        " (select coalesce(jsonb_agg(jsonb_build_object('attempt', a.attempt, 'channel', a.channel, 'at', a.at,"
        "  'outcome', a.outcome, 'reason', a.reason) order by a.attempt), '[]') from intake.message_attempt a"
        "  where a.message_id = m.id) as attempts"
        " from intake.message m where case_id = $1 and staff_id is null and ($2::uuid is null or id > $2)"
        f" order by id limit {size + 1}",
        case_id,
        after[1] if after else None,
    )
    items = [{**row, "text": covered(row["text"], server_secret, case_id)} for row in rows[:size]]
    more = len(rows) > size
    return Shown(items, (items[-1]["created_at"], items[-1]["id"]) if more else None)


async def undelivered(source: Fetches, size: int = 50) -> list[dict[str, Any]]:
    """The newest messages that reached nobody, for the administrator: ids and reasons, no words."""
    rows = await source.fetch(
        "select m.id, m.case_id, m.template, m.channel, m.state, m.reason, m.created_at from intake.message m"
        f" where m.state in ('failed', 'unreachable') order by m.id desc limit {size}"
    )
    return [dict(row) for row in rows]
