"""The notes that name a member of staff: newest first, within their scope as it is now, with what is not yet read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit.database import Database
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.paging import Key
from services.kit.scope import Scope
from services.routing.store import Fetches

MOST_COUNTED = 99
"""More than so many are not told apart."""


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A note that names the reader. `text` is None once its words were erased."""

    id: UUID
    case_id: UUID
    line_id: UUID
    by: UUID
    at: datetime
    read_at: datetime | None
    tracking_number: str
    gist: str
    state: str
    text: str | None


@dataclass(frozen=True, slots=True)
class MentionPage:
    """A page of them; `following` is the key of the next, or None."""

    rows: Sequence[MentionRow]
    following: Key | None


_ROWS = """
    select m.id, m.case_id, m.line_id, m."by", m.at, m.read_at, c.tracking_number, c.gist, c.state,
        e.texts ->> 'text' as text
    from routing.mention m join routing.case c on c.id = m.case_id
    left join routing.case_event e on e.id = m.line_id
"""


async def list_mentions(
    source: Fetches, scope: Scope, *, after: Key | None = None, unread: bool = False, limit: int = 30
) -> MentionPage:
    """The notes that name whoever has this scope."""
    sql, args = scope.where("c", 2)
    where = [f"m.staff_id = $1 and ({sql})"]
    values: list[Any] = [scope.staff_id, *args]
    if unread:
        where.append("m.read_at is null")
    if after is not None:
        values += after
        where.append(f"(m.at, m.id) < (${len(values) - 1}, ${len(values)})")
    rows = await source.fetch(
        f"{_ROWS} where {' and '.join(where)} order by m.at desc, m.id desc limit {limit + 1}", *values
    )
    found = [MentionRow(**row) for row in rows]
    last = found[limit - 1] if len(found) > limit else None
    return MentionPage(found[:limit], (last.at, last.id) if last else None)


async def count_unread(source: Fetches, scope: Scope) -> int:
    """How many notes name the reader and are not yet read; `MOST_COUNTED` and one more for any number above."""
    sql, args = scope.where("c", 2)
    rows = await source.fetch(
        "select count(*) as n from (select 1 from routing.mention m join routing.case c on c.id = m.case_id"
        f" where m.staff_id = $1 and m.read_at is null and ({sql}) limit {MOST_COUNTED + 1}) found",
        scope.staff_id, *args,
    )  # fmt: skip
    return int(rows[0]["n"])


async def mark_read(database: Database, scope: Scope, mention_id: UUID, now: datetime) -> tuple[str, UUID]:
    """The reader opens a note that names them. Returns the number of its case and its line in the timeline.

    Raises:
        NotFound: it names somebody else, or the case is no longer within their scope.
    """
    sql, args = scope.where("c", 4)
    row = await database.statement(
        "update routing.mention m set read_at = coalesce(m.read_at, $3) from routing.case c"
        f" where m.id = $1 and m.staff_id = $2 and c.id = m.case_id and ({sql})"
        " returning c.tracking_number, m.line_id",
        mention_id, scope.staff_id, now, *args,
    )  # fmt: skip
    if row is None:
        raise NotFound(N_("There is no such note."), N_("It may have been for somebody else; see the list."))
    return row["tracking_number"], row["line_id"]


async def mark_all_read(database: Database, staff_id: UUID, now: datetime) -> int:
    """Everything that names the reader counts as read. Returns how many had not been."""
    row = await database.statement(
        "with done as (update routing.mention set read_at = $2 where staff_id = $1 and read_at is null returning 1)"
        " select count(*) as n from done",
        staff_id, now,
    )  # fmt: skip
    return row["n"] if row is not None else 0
