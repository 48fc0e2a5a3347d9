"""Calendars and the slow, obvious way of counting that the tests of working time compare against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.kit.working_time import Pause, WorkingCalendar

BANGKOK = ZoneInfo("Asia/Bangkok")
OFFICE_DAY = ((30_600, 43_200), (46_800, 59_400))  # 08:30-12:00, 13:00-16:30
OFFICE_WEEK = dict.fromkeys(range(5), OFFICE_DAY)
SUBSTITUTION = ("วันหยุดชดเชย", "Substitution holiday")
CONSTITUTION = ("วันรัฐธรรมนูญ", "Constitution Day")


@dataclass(frozen=True)
class Within:
    """A span as the policy gives it."""

    working_days: int | None = None
    seconds: int | None = None


def office() -> WorkingCalendar:
    """Seven hours on weekdays; in December 2026 three holidays, a half day (30th) and a working Saturday (19th)."""
    return WorkingCalendar(
        "Asia/Bangkok",
        OFFICE_WEEK,
        {date(2026, 12, 7): SUBSTITUTION, date(2026, 12, 10): CONSTITUTION, date(2026, 12, 31): "สิ้นปี"},
        {date(2026, 12, 30): OFFICE_DAY[:1], date(2026, 12, 19): OFFICE_DAY},
    )


def bangkok(text: str) -> datetime:
    """A Bangkok wall time such as "2026-11-20 16:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=BANGKOK)


def walked_seconds(
    start: datetime, end: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause] = (), step: int = 1
) -> int:
    """Working seconds between two times, by asking of every `step` seconds whether they are worked."""
    total, at = 0, start.astimezone(UTC)
    while at < end:
        local = at.astimezone(calendar.zone)
        second = local.hour * 3600 + local.minute * 60 + local.second
        opened = any(each.start <= second < each.end for each in calendar.intervals_on(local.date()))
        if opened and not any(begun <= at and (ended is None or at < ended) for begun, ended in pauses):
            total += step
        at += timedelta(seconds=step)
    return total


def walked_days(start: datetime, days: int, calendar: WorkingCalendar) -> datetime:
    """Closing of the `days`-th working day after that of `start`, by turning the pages (zones of one offset)."""
    day = start.astimezone(calendar.zone).date()
    while days:
        day += timedelta(days=1)
        days -= bool(calendar.intervals_on(day))
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    return midnight + timedelta(seconds=calendar.intervals_on(day)[-1].end)
