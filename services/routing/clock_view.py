"""The clocks of a case as its page shows them: running ones with strip and sentence, met ones in a line. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.policy import PolicyBundle
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import working_time
from services.kit.working_time import Explanation, WorkingCalendar, explain, working_seconds_between
from services.routing.read_case import CaseFile, ClockRow
from services.routing.read_clocks import calendar_of, pauses_of, place_calendar
from services.routing.time_left import PAUSED, TimeLeft, time_left
from services.routing.timeline import TARGETS

LONGEST_STRIP = timedelta(days=400)
"""Beyond this no strip is drawn: its cells would be hair lines."""


@dataclass(frozen=True, slots=True)
class OpenClock:
    """A clock that has not been met."""

    name: str
    standing: str
    chip: str
    due_at: datetime
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class MetClock:
    """A clock that is over: when, and whether in time."""

    name: str
    at: datetime
    standing: str
    text: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """All of them, and the working hours they are counted in (empty where days differ)."""

    running: Sequence[OpenClock]
    over: Sequence[MetClock]
    hours: str
    next_left: TimeLeft | None
    """How the next deadline stands; that of the promise while no clock is known."""


def clock_name(clock: ClockRow, lang: Lang) -> str:
    """`รายงานคืบหน้า รอบที่ 2`."""
    name = translate(lang, TARGETS.get(clock.target, clock.target))
    if clock.cycle == 1 and clock.target != "progress":
        return name
    return translate(lang, N_("%(target)s, round %(cycle)s"), target=name, cycle=clock.cycle)


def clocks_view(
    found: CaseFile, bundles: Mapping[str, PolicyBundle], bundle: PolicyBundle, now: datetime, lang: Lang
) -> Clocks:
    """The clocks, what runs out first on top, then what is over."""
    place = place_calendar(bundle, found.case.unit, found.case.service_point)
    running, over = [], []
    next_left: TimeLeft | None = None
    hours = place
    for clock in sorted(found.clocks, key=lambda each: (each.due_at is None, each.due_at, each.target)):
        calendar = calendar_of(clock, bundles.get(clock.policy_version, bundle)) or place
        if clock.state in ("running", "missed", "paused") and clock.due_at is not None:
            shown, left = _running(clock, clock.due_at, calendar, found, now, lang)
            running.append(shown)
            if clock.state != "paused" and next_left is None:
                next_left, hours = left, calendar
        elif clock.met_at is not None and clock.state in ("met", "met_late"):
            over.append(_over(clock, clock.met_at, calendar, lang))
    if not running and found.due_at is not None and found.case.open and not found.paused:
        next_left = time_left(found.due_started_at, found.due_at, place, now)
    over.sort(key=lambda each: each.at, reverse=True)
    return Clocks(running, over, hours_of(hours), next_left)


def _running(
    clock: ClockRow, due_at: datetime, calendar: WorkingCalendar, found: CaseFile, now: datetime, lang: Lang
) -> tuple[OpenClock, TimeLeft]:
    pauses = pauses_of(clock, found.case.waiting, now)
    left = PAUSED if clock.state == "paused" else time_left(clock.started_at, due_at, calendar, now, pauses)
    late = left.standing == "late"
    short = max(due_at, now) - clock.started_at <= LONGEST_STRIP
    explained = explain(clock.started_at, due_at, calendar, pauses, now, until=now if late else None) if short else None
    return OpenClock(clock_name(clock, lang), left.standing, left.say(lang), due_at, explained), left


def _over(clock: ClockRow, met_at: datetime, calendar: WorkingCalendar, lang: Lang) -> MetClock:
    day = int(calendar.seconds_per_typical_day)
    name = clock_name(clock, lang)
    if (clock.missed or clock.state == "met_late") and clock.due_at is not None and clock.due_at < met_at:
        late = working_time(working_seconds_between(clock.due_at, met_at, calendar), day, lang)
        return MetClock(name, met_at, "late", translate(lang, N_("%(span)s over"), span=late))
    used = working_seconds_between(clock.started_at, met_at, calendar, pauses_of(clock, now=met_at))
    if used < 60:
        return MetClock(name, met_at, "met", translate(lang, N_("in time, at once")))
    took = working_time(used, day, lang)
    return MetClock(name, met_at, "met", translate(lang, N_("in time, took %(span)s"), span=took))


def hours_of(calendar: WorkingCalendar) -> str:
    """`08:30–12:00, 13:00–16:30` where every open weekday has the same hours, else nothing."""
    kinds = {hours for hours in calendar.week if hours}
    if len(kinds) != 1:
        return ""
    (hours,) = kinds
    return ", ".join(f"{_clock(each.start)}–{_clock(each.end)}" for each in hours)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
