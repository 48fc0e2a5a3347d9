"""Calendars compiled for arithmetic: which seconds of which local days are working time. Pure, no clock.

A `WorkingCalendar` lays its openings out on a `Timeline` of the years that were asked for, which grows by itself; a
deadline then costs a bisection however long its span.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from schemas.policy_calendar import Calendar
from services.kit.errors import RedressError
from services.kit.working_timeline import (
    DAY,
    EARLIEST,
    FIRST_YEAR,
    LAST_YEAR,
    LATEST,
    SECOND,
    CalendarNeverOpens,
    Continuous,
    Timeline,
    instant,
    micros,
    midnights,
    out_of_range,
    utc_of,
)

Names = tuple[str, str]
"""A name in Thai and in English."""


class CalendarUnclear(RedressError, ValueError):
    """The hours of a calendar overlap, run backwards or leave their day. Correct them in the policy."""

    code = "calendar-unclear"


@dataclass(frozen=True, slots=True)
class Interval:
    """Working time of a local day: seconds since local midnight, `end` excluded and at most 86400 (24:00)."""

    start: int
    end: int


def _day(intervals: Sequence[tuple[int, int] | Interval], where: str) -> tuple[Interval, ...]:
    made = sorted(
        (each if isinstance(each, Interval) else Interval(*each) for each in intervals), key=lambda each: each.start
    )
    if any(not 0 <= each.start < each.end <= 86_400 for each in made):
        raise CalendarUnclear(
            "The hours of %(day)s run backwards or leave the day.",
            "Write each interval with its end after its start, at most 24:00; split one that passes midnight.",
            params={"day": where},
        )
    if any(after.start < before.end for before, after in pairwise(made)):
        raise CalendarUnclear(
            "The hours of %(day)s overlap.", "Join the intervals or separate them.", params={"day": where}
        )
    return tuple(made)


class WorkingCalendar:
    """The working time of a unit or service point (domain section 4, rules 3 and 4). Unchangeable; equal by content.

    `week` maps weekdays (0 = Monday) to intervals in seconds after local midnight; a day left out is closed. `closed`
    names the dated closures. `exceptions` gives dates their own intervals (a half day, a working Saturday; none at all
    closes the day) and wins over both; `names` may name them. `always_open` makes every second working time, except
    where `closed` or `exceptions` say otherwise. Raises CalendarUnclear for hours that overlap or leave their day.
    """

    def __init__(
        self,
        zone: str,
        week: Mapping[int, Sequence[tuple[int, int]]],
        closed: Mapping[date, str | Names],
        exceptions: Mapping[date, Sequence[tuple[int, int]]],
        always_open: bool = False,
        names: Mapping[date, str | Names] | None = None,
    ) -> None:
        self.zone: Final = ZoneInfo(zone)
        round_the_clock = (Interval(0, 86_400),)
        self.week: Final = tuple(
            round_the_clock if always_open else _day(week.get(day, ()), f"weekday {day + 1}") for day in range(7)
        )
        self.exceptions: Final = {day: _day(hours, day.isoformat()) for day, hours in sorted(exceptions.items())}
        self.names: Final[Mapping[date, Names]] = {
            day: (name, name) if isinstance(name, str) else name
            for day, name in sorted({**closed, **(names or {})}.items())
        }
        self.closed: Final = frozenset(closed)
        self._continuous: Final = not closed and not exceptions and all(day == round_the_clock for day in self.week)
        content = (zone, self.week, sorted(self.closed), self.exceptions, self.names)
        self.digest: Final = hashlib.sha256(repr(content).encode()).hexdigest()
        self.seconds_per_typical_day: Final = self._typical_day()
        self._timeline: Timeline | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WorkingCalendar) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def _typical_day(self) -> int:
        """Working seconds of the commonest open weekday (the longest of equals): what "1 working day" is shown as."""
        lengths = Counter(length for hours in self.week if (length := sum(each.end - each.start for each in hours)))
        if lengths:
            return max(lengths, key=lambda length: (lengths[length], length))
        return max((sum(each.end - each.start for each in hours) for hours in self.exceptions.values()), default=0)

    def intervals_on(self, day: date) -> tuple[Interval, ...]:
        """The intervals of a local date, in order; empty when it is closed."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.closed else self.week[day.weekday()]

    def seconds_on(self, day: date) -> int:
        """Working seconds of a local date by its clock (the hour a zone skips or repeats is not looked at)."""
        return sum(each.end - each.start for each in self.intervals_on(day))

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is working time; the closing instant is not. Raises NaiveTime, TimeOutOfRange."""
        moment = micros(at)
        return self.covering(moment, moment).is_open(moment)

    def local_date(self, at: int) -> date:
        """The local date at `at` (microseconds since 1970)."""
        return instant(at).astimezone(self.zone).date()

    def midnight(self, day: date) -> int:
        """The instant at which a local date begins, in microseconds since 1970."""
        return utc_of(self.zone, day, 0)

    def covering(self, first: int, last: int) -> Timeline:
        """A timeline that holds both instants. Raises TimeOutOfRange."""
        have = self._timeline
        if have is not None and have.start <= first and last < have.end:
            return have
        if not EARLIEST <= first <= LATEST or not EARLIEST <= last <= LATEST:
            raise out_of_range(first if not EARLIEST <= first <= LATEST else last)
        if have is not None:
            first, last = min(first, have.start), max(last, have.end)
        return self._lay_out(instant(first - DAY).year, instant(last + DAY).year + 1)

    def beyond(self, have: Timeline) -> Timeline:
        """A timeline that begins like `have` and is twice as long. Raises CalendarNeverOpens, TimeOutOfRange."""
        last_exception = max((day for day, hours in self.exceptions.items() if hours), default=date.min)
        if not any(self.week) and self.midnight(max(last_exception, date(FIRST_YEAR, 1, 2))) < have.end:
            raise CalendarNeverOpens(
                "The calendar has no working time left, so the deadline would never come.",
                "Give the calendar opening hours on a weekday, or an exception with hours.",
            )
        if have.end > LATEST:
            raise out_of_range(have.end)
        last = instant(min(have.end + max(have.end - have.start, DAY), LATEST)).year
        return self._lay_out(instant(have.start + DAY).year, last)

    def _lay_out(self, first: int, last: int) -> Timeline:
        first, last = max(first, FIRST_YEAR), min(last, LAST_YEAR)
        start, end = self.midnight(date(first, 1, 1)), self.midnight(date(last + 1, 1, 1))
        if self._continuous:
            nothing: array[int] = array("q")
            self._timeline = Continuous(start, end, end - start, nothing, nothing, nothing, nothing, nothing, self.zone)
            return self._timeline
        opens, closes, before, begun, closings = (array("q") for _ in range(5))
        total = 0
        days = range(date(first, 1, 1).toordinal(), date(last + 1, 1, 1).toordinal() + 1)
        for ordinal, (midnight, following) in zip(days, pairwise(midnights(self.zone, days)), strict=False):
            day = date.fromordinal(ordinal)
            usual = following - midnight == DAY
            opened = total
            for each in self.intervals_on(day):
                begins = midnight + each.start * SECOND if usual else utc_of(self.zone, day, each.start)
                ends = midnight + each.end * SECOND if usual else utc_of(self.zone, day, each.end)
                if begins < ends:
                    opens.append(begins)
                    closes.append(ends)
                    before.append(total)
                    total += ends - begins
            if total > opened:
                begun.append(midnight)
                closings.append(closes[-1])
        self._timeline = Timeline(start, end, total, opens, closes, before, begun, closings)
        return self._timeline


_compiled: OrderedDict[int, tuple[Calendar, WorkingCalendar]] = OrderedDict()
_by_digest: OrderedDict[str, WorkingCalendar] = OrderedDict()
KEPT: Final = 512


def compile_calendar(calendar: Calendar) -> WorkingCalendar:
    """The calendar of a policy, ready for arithmetic. The same content gives one object, so timelines are shared."""
    known = _compiled.get(id(calendar))
    if known is not None and known[0] is calendar:
        return known[1]
    made = WorkingCalendar(
        calendar.zone,
        dict(enumerate(calendar.week_seconds)),
        {day.date: (day.name.th, day.name.en or day.name.th) for day in calendar.closed},
        {day.date: [(each.start, each.end) for each in day.intervals] for day in calendar.exceptions},
        calendar.open_always,
        {day.date: (day.name.th, day.name.en or day.name.th) for day in calendar.exceptions},
    )
    made = _by_digest.setdefault(made.digest, made)
    # The entry holds the policy's object, so that its id cannot be reused by another while it is the key.
    _compiled[id(calendar)] = (calendar, made)
    for kept in (_compiled, _by_digest):
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return made
