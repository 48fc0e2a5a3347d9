"""How a deadline stands now, in working time of its own calendar: what the chip beside it says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.kit.i18n import N_, Lang, translate
from services.kit.thai import working_time
from services.kit.working_time import Pause, WorkingCalendar, used_fraction, working_seconds_between

Standing = Literal["late", "near", "ok", "wait", "met"]

NEAR_SHARE = 0.75
"""A deadline is near once this share of its working time is used, or less than a working day is left."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """Working seconds to a deadline, or since it when late; `seconds_per_day` is a working day of its calendar."""

    standing: Standing
    seconds: float = 0.0
    seconds_per_day: int = 0

    def say(self, lang: Lang, *, short: bool = False) -> str:
        """`เกิน 1 ว. 4 ชม.`, `เหลือ 55 น.`; `short` leaves the word out where there is time enough."""
        if self.standing == "wait":
            return translate(lang, N_("Not counting"))
        span = working_time(self.seconds, self.seconds_per_day, lang)
        if self.standing == "late":
            return translate(lang, N_("%(span)s over"), span=span) if self.seconds >= 1 else translate(lang, "Overdue")
        if self.standing == "ok" and short:
            return span
        return translate(lang, N_("%(span)s left"), span=span)


PAUSED = TimeLeft("wait")


def time_left(
    started_at: datetime | None,
    due_at: datetime,
    calendar: WorkingCalendar,
    now: datetime,
    pauses: Sequence[Pause] = (),
) -> TimeLeft:
    """How a running deadline stands at `now`."""
    day = int(calendar.seconds_per_typical_day)
    if due_at <= now:
        return TimeLeft("late", working_seconds_between(due_at, now, calendar), day)
    left = working_seconds_between(now, due_at, calendar)
    used = used_fraction(started_at, due_at, now, calendar, pauses) if started_at else 0.0
    return TimeLeft("near" if used >= NEAR_SHARE or left < day else "ok", left, day)
