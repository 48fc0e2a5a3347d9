"""How many cases stand in each view of the desk, and under each heading of a list: exact up to a bound."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.governance import StaffMember
from services.kit.scope import Scope
from services.routing.queue.reading import Conditions, arms_of, counting
from services.routing.queue.views import COUNTED
from services.routing.read_cases import Filters, conditions, list_arms, scoped, viewed
from services.routing.store import Fetches

MOST = 1000
"""Counting stops beyond this many, so that it costs the same however many cases there are."""


async def count_views(
    source: Fetches,
    scope: Scope,
    member: StaffMember,
    *,
    now: datetime,
    zone: str = "Asia/Bangkok",
    most: int = MOST,
) -> dict[str, int]:
    """How many open cases stand in each view of the desk, in one statement; above `most` it says `most` + 1."""
    base = scoped(scope)
    counted = []
    for view in COUNTED:
        one = Conditions(list(base.parts), base.args)
        viewed(one, view, member, scope, now, zone)
        counted.append(f"{counting(one, arms_of(one, view, scope, member), most)} as {view.code}")
    rows = await source.fetch(f"select {', '.join(counted)}", *base.args)
    return dict(rows[0])


async def count_lists(
    source: Fetches,
    scope: Scope,
    member: StaffMember,
    lists: Sequence[Filters],
    *,
    now: datetime,
    zone: str = "Asia/Bangkok",
    most: int = MOST,
) -> list[int]:
    """How many cases each of some lists holds, in one statement; above `most` it says `most` + 1."""
    if not lists:
        return []
    base = scoped(scope)
    counted = []
    for filters in lists:
        where = conditions(filters, scope, member, now, zone, onto=Conditions(list(base.parts), base.args))
        counted.append(counting(where, list_arms(where, filters, scope, member), most))
    rows = await source.fetch(f"select array[{', '.join(counted)}] found", *base.args)
    return list(rows[0]["found"])


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
    arms = list_arms(where, filters, scope, member)
    counted = []
    for since, until in spans:
        span = Conditions(list(where.parts), where.args)
        if since is not None:
            span.add("c.due_order >= {}", since)
        if until is not None:
            span.add("c.due_order < {}", until)
        counted.append(counting(span, arms, most))
    rows = await source.fetch(f"select array[{', '.join(counted)}] found", *where.args)
    return list(rows[0]["found"])
