"""Working time: calendars as dated lists that can be edited (domain section 4, rules 3 and 4)."""

from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Self

from pydantic import model_validator

from schemas.policy_mistakes import wrong
from schemas.policy_words import Code, Interval, Line, PolicyPart, Text

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Week(PolicyPart):
    """The ordinary intervals of each weekday; a day left out is closed."""

    mon: tuple[Interval, ...] = ()
    tue: tuple[Interval, ...] = ()
    wed: tuple[Interval, ...] = ()
    thu: tuple[Interval, ...] = ()
    fri: tuple[Interval, ...] = ()
    sat: tuple[Interval, ...] = ()
    sun: tuple[Interval, ...] = ()


class ClosedDay(PolicyPart):
    """A dated closure: a public holiday, a substitution holiday, a flood."""

    date: date
    name: Text


class ExceptionDay(PolicyPart):
    """A date with intervals of its own: a half day, a working Saturday. It wins over `closed` and over the week."""

    date: date
    intervals: tuple[Interval, ...]
    name: Text


def _refuse_overlap(intervals: tuple[Interval, ...], where: str) -> None:
    for before, after in pairwise(intervals):
        if after.start < before.end:
            raise wrong(
                "overlap",
                "%(where)s: %(after)s begins before %(before)s has ended.",
                "List the intervals of a day in order and without overlap.",
                where=where,
                after=str(after),
                before=str(before),
            )


class Calendar(PolicyPart):
    """Working time of a unit or service point. `open_always` means every second of every day and needs nothing else."""

    code: Code
    label: Text
    zone: Line = "Asia/Bangkok"
    week: Week = Week()
    closed: tuple[ClosedDay, ...] = ()
    exceptions: tuple[ExceptionDay, ...] = ()
    open_always: bool = False

    @model_validator(mode="after")
    def _intervals_are_in_order(self) -> Self:
        for day in WEEKDAYS:
            _refuse_overlap(getattr(self.week, day), day)
        for exception in self.exceptions:
            _refuse_overlap(exception.intervals, exception.date.isoformat())
        if self.open_always and (self.closed or self.exceptions or any(getattr(self.week, d) for d in WEEKDAYS)):
            raise wrong(
                "open_always",
                "The calendar is open always and yet lists hours or closures.",
                "Remove open_always, or remove week, closed and exceptions.",
            )
        return self

    @cached_property
    def _closed_names(self) -> dict[date, Text]:
        return {day.date: day.name for day in self.closed}

    @cached_property
    def _exceptions(self) -> dict[date, tuple[tuple[int, int], ...]]:
        return {day.date: tuple((i.start, i.end) for i in day.intervals) for day in self.exceptions}

    @cached_property
    def week_seconds(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """Monday to Sunday: the ordinary intervals as (start, end) seconds after local midnight."""
        if self.open_always:
            return (((0, 86400),),) * 7
        return tuple(tuple((i.start, i.end) for i in getattr(self.week, day)) for day in WEEKDAYS)

    def intervals_on(self, day: date) -> tuple[tuple[int, int], ...]:
        """Working intervals of a local date, (start, end) in seconds after midnight; empty when it is closed."""
        if day in self._exceptions:
            return self._exceptions[day]
        if day in self._closed_names:
            return ()
        return self.week_seconds[day.weekday()]

    def closed_name(self, day: date) -> Text | None:
        """Name of the dated closure on that day, if there is one."""
        return self._closed_names.get(day)

    @property
    def never_open(self) -> bool:
        """Whether no date at all has working time."""
        return not any(self.week_seconds) and not any(self._exceptions.values())
