"""Working time laid out along the instants: openings as sorted arrays, so that every question is one bisection.

Instants are whole microseconds since 1970 (UTC), lengths whole microseconds. Pure, no clock.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.kit.errors import RedressError

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.toordinal()
MICROSECOND: Final = timedelta(microseconds=1)
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200


class CalendarNeverOpens(RedressError, ValueError):
    """The deadline can never come: the calendar has no working time left. Give it opening hours or an exception."""

    code = "calendar-never-opens"


class NaiveTime(RedressError, ValueError):
    """A time without a zone cannot be placed on a calendar. Give it one (UTC inside the system)."""

    code = "naive-time"


class TimeOutOfRange(RedressError, ValueError):
    """A time lies outside the years 1900 to 2200, often because a Buddhist year was not converted (CE = BE - 543)."""

    code = "time-out-of-range"


def micros(at: datetime) -> int:
    """Microseconds from 1970 (UTC) to `at`. Raises NaiveTime when it has no zone."""
    try:
        since = at - EPOCH
    except TypeError:
        raise NaiveTime(
            "The time %(at)s has no time zone.", "Pass times in UTC, or with their zone.", params={"at": at.isoformat()}
        ) from None
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant(at: int) -> datetime:
    """The UTC time that lies `at` microseconds after 1970."""
    return EPOCH + timedelta(microseconds=at)


EARLIEST: Final = micros(datetime(FIRST_YEAR, 1, 2, tzinfo=UTC))
LATEST: Final = micros(datetime(LAST_YEAR, 12, 30, tzinfo=UTC))


def out_of_range(at: int) -> TimeOutOfRange:
    try:
        shown = instant(at).date().isoformat()
    except OverflowError:
        shown = "> 9999-12-31"
    return TimeOutOfRange(
        "The date %(date)s lies outside the years 1900 to 2200.",
        "Check the year: a Buddhist year is 543 more than the Common Era.",
        params={"date": shown},
    )


@dataclass(frozen=True, slots=True)
class Timeline:
    """Working time of the years from `start` to `end`; `total` is all of it. Everything in microseconds.

    `opens`, `closes` and `before` (working time before it) describe each opening; `midnights` and `closings` each
    working day.
    """

    start: int
    end: int
    total: int
    opens: array[int]
    closes: array[int]
    before: array[int]
    midnights: array[int]
    closings: array[int]

    def worked(self, at: int) -> int:
        """Working time from the start of the timeline to `at`."""
        last = bisect_right(self.opens, at) - 1
        if last < 0:
            return 0
        close = self.closes[last]
        return self.before[last] + (at if at < close else close) - self.opens[last]

    def reached(self, worked: int) -> int:
        """The first instant at which `worked` (> 0, at most `total`) has passed: at a closing, not the next opening."""
        last = bisect_left(self.before, worked) - 1
        return self.opens[last] + worked - self.before[last]

    def is_open(self, at: int) -> bool:
        """Whether `at` is working time; the closing instant is not."""
        last = bisect_right(self.opens, at) - 1
        return last >= 0 and at < self.closes[last]

    def days_begun(self, at: int) -> int:
        """Working days whose local date is at most that of `at`."""
        return bisect_right(self.midnights, at)

    def closing(self, at: int, days: int) -> int | None:
        """Closing time of the `days`-th working day after the date of `at`; None when it lies beyond the timeline.

        With no days it is the first closing that has not passed, be it that of the day itself.
        """
        found = bisect_right(self.midnights, at) - 1 + days
        if days == 0 and (found < 0 or self.closings[found] < at):
            found += 1
        return self.closings[found] if found < len(self.closings) else None


@dataclass(frozen=True, slots=True)
class Continuous(Timeline):
    """The timeline of a calendar that never closes: working time is the time that passes."""

    zone: ZoneInfo

    def worked(self, at: int) -> int:
        return at - self.start

    def reached(self, worked: int) -> int:
        return self.start + worked

    def is_open(self, at: int) -> bool:
        return True

    def days_begun(self, at: int) -> int:
        return instant(at).astimezone(self.zone).toordinal()

    def closing(self, at: int, days: int) -> int | None:
        midnight = utc_of(self.zone, date.fromordinal(self.days_begun(at) + days + 1), 0)
        return midnight if midnight <= self.end else None


def utc_of(zone: ZoneInfo, day: date, seconds: int) -> int:
    """The instant at which the clocks of `zone` show `seconds` after midnight of `day`, in microseconds since 1970.

    Where the clocks go back it is the first of the two; where they jump over that time, it is the jump.
    """
    wall = datetime.combine(day, time()) + timedelta(seconds=seconds)
    local = wall.replace(tzinfo=UTC)
    first_offset = wall.replace(tzinfo=zone).utcoffset() or timedelta()
    second_offset = wall.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    first, second = micros(local - first_offset), micros(local - second_offset)
    if first <= second:
        return first
    while first - second > SECOND:
        middle = second + (first - second) // SECOND // 2 * SECOND
        if instant(middle).astimezone(zone).utcoffset() == first_offset:
            second = middle
        else:
            first = middle
    return first


def midnights(zone: ZoneInfo, days: range) -> Iterator[int]:
    """The instant at which each local date (by ordinal) begins: `utc_of` of its midnight, far cheaper."""
    before = None
    for ordinal in days:
        noon = datetime.fromordinal(ordinal).replace(hour=12, tzinfo=zone)
        offset = noon.utcoffset() or timedelta()
        # The same offset at two noons running: the clocks did not change at the midnight between them.
        if offset == before:
            yield (ordinal - EPOCH_DAY) * DAY - offset // MICROSECOND
        else:
            yield utc_of(zone, noon.date(), 0)
        before = offset
