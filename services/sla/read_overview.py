"""Read what a manager's page shows: what is overdue, what will be, who knows of it, and what the days ahead hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Fetches, Staff
from services.kit.scope import scope_of
from services.kit.working_time import (
    WorkingCalendar,
    add_working_days,
    compile_calendar,
    working_seconds_between,
)
from services.sla.list_alerts import concerns
from services.sla.terms import Edition
from services.sla.workload import DayAhead, Load, UnitLine, capacities, days_ahead, unit_lines

SHOWN = 30
PEOPLE_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One case in a list: the clock that makes it stand there, in working time of that clock's own calendar."""

    case_id: UUID
    tracking_number: str
    gist: str
    safety: bool
    target: str
    due_at: datetime
    seconds: float
    """Working seconds over the deadline, or left until it."""
    seconds_per_day: int
    chain: str
    """The level of the chain that was alerted, as far as it went; empty when nobody was."""
    state: str
    unit: str | None
    owner: str
    service_point: str | None
    unseen: int
    seen: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows, at one moment."""

    overdue: int
    overdue_units: int
    soon: int
    soon_until: datetime
    unseen: int
    unseen_since: datetime | None
    late: list[ClockLine]
    near: list[ClockLine]
    days: tuple[DayAhead, ...]
    lines: list[UnitLine]
    people: list[Load]
    units: int
    horizon: datetime | None
    waiting: bool


LINES = """
    select distinct on (c.case_id) c.case_id, c.tracking_number, c.gist, c.safety, c.state, c.unit, c.owner,
           c.service_point, k.target, k.cycle, k.due_at, k.calendar, k.calendar_version,
           case when k.fired like '%executive:%' then 3 when k.fired like '%line_manager:%' then 2
                when k.fired like '%unit_head:%' then 1 else 0 end as reached
      from sla.clock k join sla.case_copy c using (case_id)
"""
COUNTS = """
    select count(*) filter (where a.seen_at is null) as unseen, count(*) filter (where a.seen_at is not null) as seen
      from sla.alert a where a.case_id = l.case_id and a.sent_at is not null and {mine}
"""
"""Alerts that are the viewer's to answer for, beside each line."""

CHAIN = ("owner", "unit_head", "line_manager", "executive")


async def read_overview(
    source: Fetches,
    staff: Staff,
    bundle: PolicyBundle,
    editions: Sequence[Edition],
    viewer: Viewer,
    now: datetime,
    *,
    whole: bool = False,
) -> Overview:
    """The overview within the viewer's scope; `whole` lists up to two hundred cases rather than thirty."""
    reader = _Reader(
        source, staff, bundle, {e.version: e.bundle for e in editions}, viewer, now, 200 if whole else SHOWN
    )
    calendar = compile_calendar(
        bundle.calendar_for(viewer.member.unit if bundle.has_unit(viewer.member.unit) else None)
    )
    until = add_working_days(now, 1, calendar)
    zone = ZoneInfo(bundle.zone)
    days = days_ahead(calendar, now.astimezone(zone).date())
    overdue = await reader.overdue_by_unit()
    due = await reader.due_by_day(days)
    members = [member for member in staff.by_id.values() if reader.covers(member.unit)]
    unseen = await reader.unseen()
    state = await source.fetch("select horizon, waiting_since from sla.sweep")
    units = reader.units()
    return Overview(
        overdue=sum(overdue.values()),
        overdue_units=len(overdue),
        soon=await reader.count_until(until),
        soon_until=until,
        unseen=unseen[0],
        unseen_since=unseen[1],
        late=await reader.late(),
        near=await reader.near(until),
        days=days,
        lines=unit_lines(units, days, due, overdue, capacities(members, now)),
        people=await reader.loads(),
        units=len(units),
        horizon=state[0]["horizon"] if state else None,
        waiting=bool(state and state[0]["waiting_since"]),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """The queries, all held within one viewer's scope."""

    source: Fetches
    staff: Staff
    bundle: PolicyBundle
    bundles: dict[str, PolicyBundle]
    viewer: Viewer
    now: datetime
    limit: int

    def _scope(self, first: int) -> tuple[str, list[Any]]:
        return scope_of(self.bundle, self.viewer.member).where("c", first)

    def _mine(self, first: int) -> tuple[str, list[Any]]:
        return concerns(self.viewer, first)

    def covers(self, unit: str) -> bool:
        """Whether a unit's people belong on the page."""
        scope = scope_of(self.bundle, self.viewer.member)
        return scope.everything or unit in scope.units or unit in scope.restricted_units

    def units(self) -> list[str]:
        """The units of the map, in the order of the tree."""
        return [unit.code for unit in self.bundle.units if self.covers(unit.code)]

    async def overdue_by_unit(self) -> dict[str, int]:
        """Cases with an overdue clock, by the unit that has them now."""
        scope, args = self._scope(1)
        rows = await self.source.fetch(
            "select c.unit, count(distinct c.case_id) as n from sla.clock k join sla.case_copy c using (case_id)"
            f" where k.state = 'missed' and {scope} group by c.unit",
            *args,
        )
        return {row["unit"] or "": row["n"] for row in rows}

    async def due_by_day(self, days: Sequence[DayAhead]) -> dict[tuple[str, date], int]:
        """Cases with a clock that falls due, by unit and local date, up to the last day shown."""
        if not days:
            return {}
        scope, args = self._scope(4)
        rows = await self.source.fetch(
            "select c.unit, (k.due_at at time zone $1)::date as day, count(distinct c.case_id) as n"
            " from sla.clock k join sla.case_copy c using (case_id)"
            " where k.state in ('running', 'paused', 'missed') and k.due_at > $2"
            f" and k.due_at < (($3::date + 1)::timestamp at time zone $1) and {scope} group by 1, 2",
            self.bundle.zone,
            self.now,
            days[-1].date,
            *args,
        )
        return {(row["unit"] or "", row["day"]): row["n"] for row in rows}

    async def count_until(self, until: datetime) -> int:
        """Cases that become overdue by then unless something is done."""
        scope, args = self._scope(3)
        rows = await self.source.fetch(
            "select count(distinct c.case_id) as n from sla.clock k join sla.case_copy c using (case_id)"
            f" where k.state = 'running' and k.due_at > $1 and k.due_at <= $2 and {scope}",
            self.now,
            until,
            *args,
        )
        found: int = rows[0]["n"]
        return found

    async def unseen(self) -> tuple[int, datetime | None]:
        """Cases of which an alert went out that nobody has acknowledged, and since when the longest of them."""
        mine, whose = self._mine(1)
        scope, args = self._scope(3)
        rows = await self.source.fetch(
            "select count(distinct c.case_id) as n, min(a.sent_at) as since from sla.alert a"
            " join sla.case_copy c using (case_id) join sla.clock k using (case_id, target, cycle)"
            " where a.sent_at is not null and a.seen_at is null and k.state in ('running', 'paused', 'missed')"
            f" and {mine} and {scope}",
            *whose,
            *args,
        )
        return rows[0]["n"], rows[0]["since"]

    async def late(self) -> list[ClockLine]:
        """Overdue cases: safety first, then by how far the alerts have climbed, then the longest."""
        mine, whose = self._mine(1)
        scope, args = self._scope(3)
        rows = await self.source.fetch(
            f"select l.*, n.* from ({LINES} where k.state = 'missed' and {scope}"
            " order by c.case_id, reached desc, k.due_at) l"
            f" cross join lateral ({COUNTS.format(mine=mine)}) n"
            f" order by l.safety desc, l.reached desc, l.due_at limit {self.limit}",
            *whose,
            *args,
        )
        return [self._line(row, late=True) for row in rows]

    async def near(self, until: datetime) -> list[ClockLine]:
        """Cases that fall due by then, the next one first."""
        mine, whose = self._mine(3)
        scope, args = self._scope(5)
        rows = await self.source.fetch(
            f"select l.*, n.* from ({LINES} where k.state = 'running' and k.due_at > $1 and k.due_at <= $2 and {scope}"
            f" order by c.case_id, k.due_at) l cross join lateral ({COUNTS.format(mine=mine)}) n"
            f" order by l.due_at limit {self.limit}",
            self.now,
            until,
            *whose,
            *args,
        )
        return [self._line(row, late=False) for row in rows]

    def _line(self, row: Any, *, late: bool) -> ClockLine:
        calendar = self._calendar(row["calendar"], row["calendar_version"])
        first, last = (row["due_at"], self.now) if late else (self.now, row["due_at"])
        return ClockLine(
            case_id=row["case_id"],
            tracking_number=row["tracking_number"] or "",
            gist=row["gist"] or "",
            safety=row["safety"],
            target=row["target"],
            due_at=row["due_at"],
            seconds=working_seconds_between(first, last, calendar),
            seconds_per_day=calendar.seconds_per_typical_day,
            chain=CHAIN[row["reached"]],
            state=row["state"],
            unit=row["unit"],
            owner=self.staff.name(row["owner"]),
            service_point=row["service_point"],
            unseen=row["unseen"],
            seen=row["seen"],
        )

    def _calendar(self, code: str | None, version: str) -> WorkingCalendar:
        bundle = self.bundles.get(version, self.bundle)
        known = code is not None and any(calendar.code == code for calendar in bundle.calendars)
        return compile_calendar(bundle.calendar(code) if known and code else bundle.calendar_for())

    async def loads(self) -> list[Load]:
        """Open cases per person, the fullest first."""
        scope, args = self._scope(1)
        rows = await self.source.fetch(
            "select c.owner, count(*) as n from sla.case_copy c where c.filed and not c.ended and c.owner is not null"
            f" and not c.historical and {scope} group by c.owner",
            *args,
        )
        loads = [
            Load(member.staff_id, member.display_name, row["n"], member.capacity)
            for row in rows
            if (member := self.staff.get(row["owner"])) is not None
        ]
        loads.sort(key=lambda load: (-load.cases / max(load.capacity, 1), load.name))
        return loads[:PEOPLE_SHOWN]
