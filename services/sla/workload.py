"""What falls due in the working days ahead, held against what the people there can do. Pure.

A person's full load is `capacity` open cases; spread over the days that are looked at, it is what they can bring to an
end in one of them. So the capacity of a day is a tenth of the full load of those on duty, when ten days are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.working_time import WorkingCalendar

DAYS_AHEAD = 10
SEARCHED = 60
"""A calendar that opens more seldom than this in days shows fewer columns."""


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A working day; `after_gap`: closed days lie before it."""

    date: date
    after_gap: bool
    today: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit's row of the map: overdue cases, and cases that fall due on each day."""

    unit: str
    overdue: int
    due: tuple[int, ...]
    capacity: float

    @property
    def busy(self) -> bool:
        """Whether there is anything to show."""
        return self.overdue > 0 or any(self.due)


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases of a person beside their full load."""

    staff_id: UUID
    name: str
    cases: int
    capacity: int


def days_ahead(calendar: WorkingCalendar, today: date, count: int = DAYS_AHEAD) -> tuple[DayAhead, ...]:
    """Today if it is a working day, and the working days after it."""
    found: list[DayAhead] = []
    for offset in range(SEARCHED):
        day = today + timedelta(days=offset)
        if len(found) == count:
            break
        if calendar.seconds_on(day):
            gap = bool(found) and found[-1].date != day - timedelta(days=1)
            found.append(DayAhead(day, gap, day == today))
    return tuple(found)


def capacities(members: Iterable[StaffMember], now: datetime, count: int = DAYS_AHEAD) -> dict[str, float]:
    """Cases a day by unit: a share of the full load of its officers who are on duty and not on leave."""
    found: dict[str, float] = {}
    for member in members:
        if member.here(now) and "officer" in member.roles:
            found[member.unit] = found.get(member.unit, 0.0) + member.capacity / count
    return found


def unit_lines(
    units: Sequence[str],
    days: Sequence[DayAhead],
    due: Mapping[tuple[str, date], int],
    overdue: Mapping[str, int],
    capacity: Mapping[str, float],
) -> list[UnitLine]:
    """The units that have something due or overdue, in the order given. What falls due on a closed day (a deadline in
    another unit's calendar) stands in the next column."""
    places = {day.date: place for place, day in enumerate(days)}
    lines = []
    for unit in units:
        counts = [0] * len(days)
        for (owner, day), cases in due.items():
            if owner == unit and days and day <= days[-1].date:
                later = next((place for when, place in places.items() if when >= day), None)
                if later is not None:
                    counts[later] += cases
        line = UnitLine(unit, overdue.get(unit, 0), tuple(counts), capacity.get(unit, 0.0))
        if line.busy:
            lines.append(line)
    return lines


def overloaded(lines: Sequence[UnitLine], days: Sequence[DayAhead]) -> list[tuple[DayAhead, float]]:
    """The days on which some unit has more than it can do, each with how much of it lies above."""
    found = []
    for place, day in enumerate(days):
        above = sum(max(0.0, line.due[place] - line.capacity) for line in lines if line.capacity)
        if above > 0:
            found.append((day, above))
    return found
