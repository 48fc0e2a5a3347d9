"""Due-date computations a second, each beside the obvious way of counting (the floor) in the same run.

    python -m bench due_dates

The floor walks: minute by minute for spans of working time, day by day for working days. Each line first checks that
both agree. What bounds it: pure Python, one or two bisections and the making of a datetime.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bench.figures import Figure
from services.kit.working_time import Pause, WorkingCalendar, due_at

SECONDS = 0.4
HOURS = ((30_600, 43_200), (46_800, 59_400))
CALENDAR = WorkingCalendar(
    "Asia/Bangkok",
    dict.fromkeys(range(5), HOURS),
    {date(2026, 12, 7): "วันหยุดชดเชย", date(2026, 12, 10): "วันรัฐธรรมนูญ", date(2027, 1, 1): "วันขึ้นปีใหม่"},
    {date(2026, 12, 30): HOURS[:1]},
)
Compute = Callable[[datetime], datetime]


@dataclass(frozen=True)
class Within:
    """A span as the policy gives it."""

    working_days: int | None = None
    seconds: int | None = None


def _is_worked(local: datetime) -> bool:
    second = local.hour * 3600 + local.minute * 60
    return any(each.start <= second < each.end for each in CALENDAR.intervals_on(local.date()))


def walk_minutes(start: datetime, minutes: int, pauses: Sequence[Pause] = ()) -> datetime:
    """The deadline found by asking of every minute whether it is worked."""
    at = start
    while minutes:
        paused = any(begun <= at and (ended is None or at < ended) for begun, ended in pauses)
        minutes -= _is_worked(at.astimezone(CALENDAR.zone)) and not paused
        at += timedelta(minutes=1)
    return at


def walk_days(start: datetime, days: int) -> datetime:
    """The deadline found by turning the pages of the calendar."""
    day = start.astimezone(CALENDAR.zone).date()
    while days:
        day += timedelta(days=1)
        days -= bool(CALENDAR.intervals_on(day))
    midnight = datetime(day.year, day.month, day.day, tzinfo=CALENDAR.zone)
    return (midnight + timedelta(seconds=CALENDAR.intervals_on(day)[-1].end)).astimezone(UTC)


def rate(compute: Compute, starts: Sequence[datetime], seconds: float) -> float:
    """Computations a second, over the starts again and again for about `seconds`."""
    done, spent, begun = 0, 0.0, time.perf_counter()
    while spent < seconds:
        # A full round only when it is short: the floor is so slow that one could take minutes.
        whole = done and spent * len(starts) < seconds * done
        batch = starts if whole else (starts[done % len(starts)],)
        for start in batch:
            compute(start)
        done += len(batch)
        spent = time.perf_counter() - begun
    return done / spent


def cases() -> list[tuple[str, Compute, Compute]]:
    """Name, computation and floor of each line of the table."""
    begun = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    pauses = [(begun, begun + timedelta(hours=30)), (begun + timedelta(hours=20), begun + timedelta(hours=50))]

    def days(number: int) -> tuple[str, Compute, Compute]:
        within = Within(working_days=number)
        return f"{number} working days", lambda at: due_at(at, within, CALENDAR), lambda at: walk_days(at, number)

    def hours(number: int, paused: Sequence[Pause] = ()) -> tuple[str, Compute, Compute]:
        within = Within(seconds=number * 3600)
        name = f"{number} working hours" + (f", {len(paused)} pauses" if paused else "")
        return (
            name,
            lambda at: due_at(at, within, CALENDAR, paused),
            lambda at: walk_minutes(at, number * 60, paused),
        )

    return [days(1), days(15), days(250), hours(7), hours(105), hours(1750), hours(105, pauses)]


def main() -> list[Figure]:
    """The figures."""
    chance = random.Random(2569)
    first = datetime(2026, 11, 1, tzinfo=UTC)
    starts = [first + timedelta(minutes=chance.randrange(60 * 24 * 60)) for _ in range(1000)]
    figures = []
    for name, compute, walk in cases():
        for start in starts[:3]:
            if compute(start) != walk(start):
                raise SystemExit(f"{name}: {compute(start)} is not {walk(start)} for {start}")
        fast, floor = rate(compute, starts, SECONDS), rate(walk, starts, SECONDS)
        figures.append(Figure(f"due dates: {name}", fast, "/s", floor, "walking the calendar"))
    return figures
