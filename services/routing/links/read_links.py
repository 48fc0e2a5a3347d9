"""The cases that a case is linked with, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.scope import Scope
from services.routing.store import Fetches


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A case at the other end of a link. `outward`: it was named by this case, not the other way round."""

    id: UUID
    other_id: UUID
    sort: str
    outward: bool
    tracking_number: str
    state: str
    gist: str
    reason: str | None
    by: UUID | None
    at: datetime


async def read_links(source: Fetches, scope: Scope, case_id: UUID) -> list[LinkRow]:
    """Links that hold, the newest first."""
    sql, args = scope.where("c", 2)
    rows = await source.fetch(
        'select l.id, c.id as other_id, l.sort, l.case_id = $1 as outward, c.tracking_number, c.state, c.gist,'
        ' l.reason, l."by", l.at from routing.case_link l'
        " join routing.case c on c.id = case when l.case_id = $1 then l.other_id else l.case_id end"
        f" where (l.case_id = $1 or l.other_id = $1) and l.undone_at is null and ({sql})"
        " order by l.at desc, l.id limit 100",
        case_id, *args,
    )  # fmt: skip
    return [LinkRow(**row) for row in rows]


async def seen_among(source: Fetches, scope: Scope, case_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these cases the reader may see: a line of a timeline names no others."""
    wanted = list(case_ids)
    if not wanted:
        return set()
    sql, args = scope.where("c", 2)
    rows = await source.fetch(
        f"select c.id from routing.case c where c.id = any($1::uuid[]) and ({sql})", wanted, *args
    )
    return {row["id"] for row in rows}
