"""Read how much each officer has to do: open cases beside a full load, what is late, what falls due this week.

Only cases within the viewer's scope are counted: a restricted case shows in nobody's figure but its own people's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.governance import Leave, StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.database import Database
from services.kit.paging import Key
from services.kit.scope import Scope
from services.routing.tables import TO_WORK_ON

LEADERS = ("supervisor", "unit_head", "line_manager", "executive", "centre")
"""Who looks after the load of others, each within their scope."""


@dataclass(frozen=True, slots=True)
class OfficerLoad:
    """What one officer has to do now; cases that wait for the complainant's answer are none."""

    member: StaffMember
    cases: int
    late: int
    this_week: int
    """Of the cases, those that fall due from now to the end of the week."""
    leave: Leave | None
    substitute: str
    """The display name of who stands in for them now, or an empty text."""

    @property
    def above(self) -> int:
        """Cases beyond a full load."""
        return max(0, self.cases - self.member.capacity)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case on somebody's desk, for choosing which go to somebody else."""

    id: UUID
    tracking_number: str
    gist: str
    state: str
    unit: str
    version: int
    due_order: datetime
    due_at: datetime | None
    paused: bool

    def late(self, now: datetime) -> bool:
        """Whether its deadline has passed."""
        return self.due_at is not None and self.due_at < now and not self.paused


def officers_within(staff: Staff, scope: Scope, bundle: PolicyBundle) -> list[StaffMember]:
    """Active officers of the units in scope, by unit as the policy orders them, then by user name."""
    order = {unit.code: place for place, unit in enumerate(bundle.units)}
    ordinary = {code for code in order if not bundle.unit(code).restricted}
    units = (ordinary if scope.everything else scope.units) | scope.restricted_units
    return sorted(staff.holding("officer", units), key=lambda one: (order.get(one.unit, len(order)), one.username))


async def read_load(
    database: Database, staff: Staff, scope: Scope, bundle: PolicyBundle, now: datetime
) -> list[OfficerLoad]:
    """The load of every officer in scope."""
    officers = officers_within(staff, scope, bundle)
    seen, args = scope.where("c", 4)
    rows = await database.read(
        "select owner, count(*) as cases, count(*) filter (where due_at < $2 and not paused) as late,"
        " count(*) filter (where due_at >= $2 and due_at < $3 and not paused) as this_week from routing.case c"
        f" where owner = any($1::uuid[]) and {TO_WORK_ON} and {seen} group by owner",
        [member.staff_id for member in officers],
        now,
        week_ends(now, bundle.zone),
        *args,
    )
    counts: dict[UUID, Any] = {row["owner"]: row for row in rows}
    return [_load(member, counts.get(member.staff_id), staff, now) for member in officers]


def week_ends(now: datetime, zone: str) -> datetime:
    """The midnight in which the present week, Monday to Sunday, ends."""
    local = now.astimezone(ZoneInfo(zone))
    monday = local.date() + timedelta(days=7 - local.weekday())
    return datetime.combine(monday, time(), ZoneInfo(zone))


def _load(member: StaffMember, row: Any, staff: Staff, now: datetime) -> OfficerLoad:
    other = staff.substitute_of(member, now)
    stands_in = other.display_name if other else ""
    figures = {name: row[name] if row else 0 for name in ("cases", "late", "this_week")}
    return OfficerLoad(member, **figures, leave=member.leave_at(now), substitute=stands_in)


async def open_cases_of(
    database: Database, owner: UUID, scope: Scope, *, after: Key | None = None, limit: int = 50
) -> tuple[list[OpenCase], Key | None]:
    """Somebody's cases to work on that are in scope, what is due first; and the key of the next page."""
    seen, args = scope.where("c", 5)
    rows = await database.read(
        "select id, tracking_number, gist, state, unit, version, due_order, due_at, paused from routing.case c"
        f" where owner = $1 and {TO_WORK_ON} and (due_order, id) > ($2, $3) and {seen} order by due_order, id limit $4",
        owner,
        *(after or (datetime.fromisoformat("2000-01-01T00:00:00+00:00"), UUID(int=0))),
        limit + 1,
        *args,
    )
    found = [OpenCase(**dict(row)) for row in rows[:limit]]
    following = (found[-1].due_order, found[-1].id) if len(rows) > limit else None
    return found, following
