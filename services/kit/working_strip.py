"""Why a deadline is when it is, day by day: what the working-day strip draws and its sentence says. Pure, no clock.

The sentence ("นับ 15 วันทำการ เริ่มวันถัดไป ข้ามเสาร์–อาทิตย์ 4 ครั้ง วันหยุดชดเชย 7 ธ.ค.") is composed from these facts
by whoever shows it, through the translation catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.kit.working_days import Names, WorkingCalendar
from services.kit.working_pauses import Pause, Stretch, advance, net_worked, stretches
from services.kit.working_timeline import SECOND, micros


@dataclass(frozen=True, slots=True)
class StripDay:
    """One cell: a local date. `kind` is paused when at least half of its working time is.

    `used` is the share of its working time that lies before now, `paused` the share in pauses (0 to 1; 0 when closed).
    `name` is that of the dated closure or exception.
    """

    date: date
    kind: Literal["open", "closed", "paused"]
    name: Names | None
    used: float
    paused: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The facts behind a deadline.

    `days` run from the first day to the day of the deadline (or of `until`, if later). `counted_days` are working days
    after the first day, pauses taken out: 15 for a promise of 15. What is skipped lies after the first day and before
    the deadline: `weekends_skipped` runs of the weekdays that are always closed (`weekly_closed`, 0 = Monday), and
    `holidays_skipped`, dated closures of days that would be open. `paused_days` are working days of the usual length,
    `paused_ranges` the first and last working date of each pause.
    """

    start_day: date
    due_day: date
    days: tuple[StripDay, ...]
    counted_days: int
    working_seconds: float
    weekends_skipped: int
    weekly_closed: tuple[int, ...]
    holidays_skipped: tuple[tuple[date, Names | None], ...]
    paused_seconds: float
    paused_days: float
    paused_ranges: tuple[tuple[date, date], ...]


def explain(
    start: datetime,
    due: datetime,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
    until: datetime | None = None,
) -> Explanation:
    """What lies between `start` and `due`, as it stands at `now` (without `now` nothing is used yet).

    `due` is that of `due_at` for the same pauses and `now`. `until` lengthens the strip, say to today or to a new
    deadline when the old one was missed. Raises NaiveTime, TimeOutOfRange.
    """
    begin, finish = micros(start), micros(due)
    moment = None if now is None else micros(now)
    paused = [
        (begins, min(ends, finish)) for begins, ends in stretches(pauses, begin, moment) if begins < min(ends, finish)
    ]
    first, last = calendar.local_date(begin), _last_day(calendar, begin, finish)
    shown = last if until is None else max(last, _last_day(calendar, begin, micros(until)))
    dates = [date.fromordinal(ordinal) for ordinal in range(first.toordinal(), shown.toordinal() + 1)]
    budget = net_worked(calendar, begin, finish, paused)
    paused_for = net_worked(calendar, begin, finish, ()) - budget
    usual = calendar.seconds_per_typical_day
    return Explanation(
        start_day=first,
        due_day=last,
        days=tuple(_strip_day(calendar, day, paused, moment) for day in dates),
        counted_days=_counted_days(calendar, begin, budget),
        working_seconds=budget / SECOND,
        weekends_skipped=_runs([_is_weekend(calendar, day) for day in dates if first < day < last]),
        weekly_closed=tuple(weekday for weekday in range(7) if not calendar.week[weekday]),
        holidays_skipped=tuple(
            (day, calendar.names.get(day))
            for day in dates
            if first < day < last and not calendar.intervals_on(day) and calendar.week[day.weekday()]
        ),
        paused_seconds=paused_for / SECOND,
        paused_days=paused_for / SECOND / usual if usual else 0.0,
        paused_ranges=_paused_dates(calendar, paused),
    )


def _last_day(calendar: WorkingCalendar, begin: int, end: int) -> date:
    """The local date of `end`; a deadline at 24:00 belongs to the day that it closes."""
    return calendar.local_date(max(begin, end - 1))


def _counted_days(calendar: WorkingCalendar, begin: int, budget: int) -> int:
    if not budget:
        return 0
    # Where the deadline would lie without the pauses: a pause of three hours must not make 15 days look like 16.
    unpaused = advance(calendar, begin, budget) - 1
    line = calendar.covering(begin, unpaused)
    return line.days_begun(unpaused) - line.days_begun(begin)


def _is_weekend(calendar: WorkingCalendar, day: date) -> bool:
    return not calendar.week[day.weekday()] and not calendar.intervals_on(day)


def _runs(flags: list[bool]) -> int:
    """How many unbroken runs of True there are."""
    return sum(flag and not before for before, flag in zip([False, *flags], flags, strict=False))


def _strip_day(calendar: WorkingCalendar, day: date, paused: Sequence[Stretch], moment: int | None) -> StripDay:
    opens, closes = calendar.midnight(day), calendar.midnight(date.fromordinal(day.toordinal() + 1))
    name = calendar.names.get(day)
    working = net_worked(calendar, opens, closes, ())
    if not working:
        return StripDay(day, "closed", name, 0.0, 0.0)
    used = 0 if moment is None else net_worked(calendar, opens, min(moment, closes), ())
    stopped = sum(
        net_worked(calendar, max(begins, opens), min(ends, closes), ())
        for begins, ends in paused
        if begins < closes and opens < ends
    )
    kind: Literal["open", "paused"] = "paused" if 2 * stopped >= working else "open"
    return StripDay(day, kind, name, used / working, stopped / working)


def _paused_dates(calendar: WorkingCalendar, paused: Sequence[Stretch]) -> tuple[tuple[date, date], ...]:
    """First and last working date of each pause that holds working time at all."""
    found = []
    for begins, ends in paused:
        if length := net_worked(calendar, begins, ends, ()):
            first, last = advance(calendar, begins, 1) - 1, advance(calendar, begins, length) - 1
            found.append((calendar.local_date(first), calendar.local_date(last)))
    return tuple(found)
