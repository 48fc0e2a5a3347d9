"""Working-time arithmetic: deadlines, the share of a promise that is used, and how to explain it. Pure, no clock.

Times are aware; results are UTC. Inside, everything is whole microseconds, so adding and measuring are exact inverses.
A pause is (from, until); until None means that it still lasts. Pauses may overlap, repeat or begin before the clock;
one that ends before it begins is none. Only their working time counts (domain section 4, rules 1, 3, 4, 11 and 15).
Every function raises NaiveTime for a time without a zone and TimeOutOfRange outside the years 1900 to 2200.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

from services.kit.errors import RedressError
from services.kit.working_days import CalendarUnclear, Interval, Names, WorkingCalendar, compile_calendar
from services.kit.working_pauses import Pause, advance, net_worked, stretches
from services.kit.working_strip import Explanation, StripDay, explain
from services.kit.working_timeline import SECOND, CalendarNeverOpens, NaiveTime, TimeOutOfRange, instant, micros

__all__ = [
    "CalendarNeverOpens",
    "CalendarUnclear",
    "Explanation",
    "Interval",
    "NaiveTime",
    "Names",
    "Pause",
    "Span",
    "SpanUnclear",
    "StripDay",
    "TimeOutOfRange",
    "WorkingCalendar",
    "add_working_days",
    "add_working_seconds",
    "compile_calendar",
    "due_at",
    "explain",
    "threshold_at",
    "used_fraction",
    "working_days_between",
    "working_seconds_between",
]

LONGEST_DAYS: Final = 36_525
LONGEST: Final = LONGEST_DAYS * 86_400 * SECOND


class Span(Protocol):
    """A length of working time: exactly one of the two is given (as `schemas.policy` validates it)."""

    @property
    def working_days(self) -> int | None:
        """Working days, the first day left out."""

    @property
    def seconds(self) -> int | None:
        """Seconds of working time."""


class SpanUnclear(RedressError, ValueError):
    """A span is negative, longer than a hundred years, or says nothing. Correct the target in the policy."""

    code = "span-unclear"


def _span_unclear(length: object) -> SpanUnclear:
    return SpanUnclear(
        "The span %(length)s cannot be counted.",
        "Give working days or working seconds, from zero to a hundred years.",
        params={"length": str(length)},
    )


def _closing(calendar: WorkingCalendar, begin: int, days: int) -> int:
    if not 0 <= days <= LONGEST_DAYS:
        raise _span_unclear(days)
    line = calendar.covering(begin, begin)
    while (found := line.closing(begin, days)) is None:
        line = calendar.beyond(line)
    return found


def _whole(seconds: float) -> int:
    length = seconds * SECOND if isinstance(seconds, int) else round(seconds * SECOND)
    if not 0 <= length <= LONGEST:
        raise _span_unclear(seconds)
    return length


def working_seconds_between(
    start: datetime, end: datetime, calendar: WorkingCalendar, pauses: Iterable[Pause] = ()
) -> float:
    """Working seconds from `start` to `end` outside the pauses, exact to the microsecond; 0 when `end` is earlier.

    A pause that still lasts counts up to `end`.
    """
    begin, finish = micros(start), micros(end)
    paused = stretches(pauses, begin, finish) if pauses else ()
    return net_worked(calendar, begin, finish, paused) / SECOND


def working_days_between(start: datetime, end: datetime, calendar: WorkingCalendar) -> int:
    """Working days after the local date of `start` up to that of `end`: the age of a case, the first day left out."""
    begin, finish = micros(start), micros(end)
    if finish <= begin:
        return 0
    line = calendar.covering(begin, finish)
    return line.days_begun(finish) - line.days_begun(begin)


def add_working_seconds(start: datetime, seconds: float, calendar: WorkingCalendar) -> datetime:
    """The instant (UTC) at which `seconds` of working time have passed; `start` itself when there are none.

    It falls at the closing time, never at the opening after it. Raises CalendarNeverOpens and, for a negative or
    endless length, SpanUnclear.
    """
    return instant(advance(calendar, micros(start), _whole(seconds)))


def add_working_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    """Closing time (UTC) of the `days`-th working day after the local date of `start` (rule 15).

    The first day does not count, whatever the hour and whether it is open; days without working time are passed over,
    so a period never ends on a closed day. No days: the first closing that has not passed. Raises CalendarNeverOpens,
    SpanUnclear.
    """
    return instant(_closing(calendar, micros(start), days))


def due_at(
    start: datetime,
    within: Span,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> datetime:
    """The deadline (UTC) of a clock: `within` after `start`, put off by the working time of the pauses before it.

    A pause that still lasts counts up to `now` (without `now`, not yet at all). A pause that begins at or after the
    deadline does not move it. Raises CalendarNeverOpens, SpanUnclear.
    """
    begin = micros(start)
    if (days := within.working_days) is not None:
        due = _closing(calendar, begin, days)
        if not pauses:
            return instant(due)
        budget = net_worked(calendar, begin, due, ())
    elif (seconds := within.seconds) is not None:
        budget = _whole(seconds)
    else:
        raise _span_unclear(within)
    paused = stretches(pauses, begin, None if now is None else micros(now)) if pauses else ()
    return instant(advance(calendar, begin, budget, paused))


def used_fraction(
    start: datetime, due: datetime, now: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()
) -> float:
    """Share of the working time between `start` and `due` that is used at `now`, pauses left out; above 1 when late.

    `due` is that of `due_at` for the same pauses and `now`: while a pause lasts, compute it anew rather than take the
    stored one. With no working time to use it is 0 before the deadline and 1 from then on.
    """
    begin, finish, moment = micros(start), micros(due), micros(now)
    paused = stretches(pauses, begin, moment) if pauses else ()
    budget = net_worked(calendar, begin, finish, paused)
    if budget <= 0:
        return float(moment >= finish)
    return net_worked(calendar, begin, moment, paused) / budget


def threshold_at(
    start: datetime,
    due: datetime,
    percent: float,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> datetime:
    """The instant (UTC) at which `percent` of the working time is used (rule 11), never in closed time.

    100 is the deadline itself; more lies after it. `due` is that of `due_at` for the same pauses and `now`. With no
    working time between `start` and `due` every threshold is the deadline.
    """
    begin, finish = micros(start), micros(due)
    paused = stretches(pauses, begin, None if now is None else micros(now)) if pauses else ()
    budget = net_worked(calendar, begin, finish, paused)
    if percent == 100 or budget <= 0:
        return instant(finish)
    return instant(advance(calendar, begin, round(budget * percent / 100), paused))
