"""How many cases of a list fall due in each span of time: the counts beside the headings of the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.governance import StaffMember
from services.kit.scope import Scope
from services.routing.read_cases import Conditions, Filters, conditions
from services.routing.store import Fetches

MOST = 1000
"""Counting stops beyond this many, so that it costs the same however many cases there are."""


async def count_between(
    source: Fetches,
    scope: Scope,
    member: StaffMember,
    spans: Sequence[tuple[datetime | None, datetime | None]],
    *,
    filters: Filters,
    now: datetime,
    zone: str = "Asia/Bangkok",
    most: int = MOST,
) -> list[int]:
    """How many cases fall into each span of deadlines (from, until; None: open); above `most` it says `most` + 1."""
    if not spans:
        return []
    where = conditions(filters, scope, member, now, zone)
    plain = " and ".join(where.parts)
    counted = []
    for since, until in spans:
        span = Conditions(args=where.args)
        if since is not None:
            span.add("c.due_order >= {}", since)
        if until is not None:
            span.add("c.due_order < {}", until)
        both = " and ".join((plain, *span.parts))
        counted.append(f"(select count(*) from (select 1 from routing.case c where {both} limit {most + 1}) n)")
    rows = await source.fetch(f"select array[{', '.join(counted)}] found", *where.args)
    return list(rows[0]["found"])
