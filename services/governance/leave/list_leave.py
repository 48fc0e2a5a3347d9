"""List leave: of one member, and the people that somebody leads with their leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.governance.leave.rules import leads
from services.kit.database import Database

PEOPLE_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class LeaveShown:
    """A leave that is not over. `substitute` is the display name of who stands in, or None."""

    leave_id: UUID
    starts_at: datetime
    ends_at: datetime
    substitute: str | None
    hand_over: bool

    @property
    def last_day(self) -> datetime:
        """A moment on the last day away."""
        return self.ends_at - timedelta(seconds=1)

    def now_on(self, now: datetime) -> bool:
        """Whether it has begun."""
        return self.starts_at <= now


@dataclass(frozen=True, slots=True)
class Person:
    """One of the people somebody leads."""

    staff_id: UUID
    username: str
    display_name: str
    unit: str
    on_duty: bool
    leave: tuple[LeaveShown, ...]


async def list_leave(database: Database, staff_ids: list[UUID], now: datetime) -> dict[UUID, tuple[LeaveShown, ...]]:
    """Leave of members that is not over, by its start."""
    rows = await database.read(
        "select l.staff_id, l.leave_id, l.starts_at, l.ends_at, s.display_name as substitute, l.hand_over"
        " from governance.leave l left join governance.staff s on s.staff_id = l.substitute"
        " where l.staff_id = any($1::uuid[]) and l.ends_at > $2 and l.cancelled_at is null order by l.starts_at",
        staff_ids,
        now,
    )
    found: dict[UUID, list[LeaveShown]] = {}
    for row in rows:
        said: dict[str, Any] = dict(row)
        found.setdefault(said.pop("staff_id"), []).append(LeaveShown(**said))
    return {staff_id: tuple(leave) for staff_id, leave in found.items()}


async def people_of(
    database: Database, viewer: StaffMember, bundle: PolicyBundle, now: datetime, *, after: str = ""
) -> tuple[list[Person], str | None]:
    """The active people that somebody leads, by user name, without themselves; and the key of the next page."""
    units = [unit.code for unit in bundle.units if leads(viewer, unit.code, bundle)]
    rows = await database.read(
        "select staff_id, username, display_name, unit, on_duty from governance.staff"
        " where unit = any($1::text[]) and active and staff_id <> $2 and username > $3 order by username limit $4",
        units,
        viewer.staff_id,
        after,
        PEOPLE_A_PAGE + 1,
    )
    shown = rows[:PEOPLE_A_PAGE]
    leave = await list_leave(database, [row["staff_id"] for row in shown], now)
    people = [Person(**dict(row), leave=leave.get(row["staff_id"], ())) for row in shown]
    return people, people[-1].username if len(rows) > PEOPLE_A_PAGE else None


async def colleagues_of(database: Database, staff_id: UUID) -> list[tuple[str, str]]:
    """Who can stand in for a member: the other active people of their unit, as user name and display name."""
    rows = await database.read(
        "select s.username, s.display_name from governance.staff s join governance.staff a on a.unit = s.unit"
        " where a.staff_id = $1 and s.staff_id <> $1 and s.active order by s.display_name limit 500",
        staff_id,
    )
    return [(row["username"], row["display_name"]) for row in rows]
