"""The working time of the telephone desk and the promise to call back, from the policy. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.policy import PolicyBundle
from services.kit.working_days import WorkingCalendar, compile_calendar
from services.kit.working_time import due_at, threshold_at


class CallBackClock(NamedTuple):
    """When a call back is due, and the calendar it is counted in."""

    due_at: datetime
    calendar: str


def desk_calendar(bundle: PolicyBundle) -> tuple[str, WorkingCalendar]:
    """The calendar of the telephone desk: the policy's own for call-backs, else that of the triage unit."""
    chosen = bundle.call_back.calendar
    calendar = (
        next(each for each in bundle.calendars if each.code == chosen)
        if chosen is not None
        else bundle.calendar_for(bundle.triage_unit)
    )
    return calendar.code, compile_calendar(calendar)


def open_at(bundle: PolicyBundle, at: datetime) -> bool:
    """Whether the telephone desk works at a moment."""
    return desk_calendar(bundle)[1].is_open(at)


def call_back_clock(bundle: PolicyBundle, rang_at: datetime) -> CallBackClock:
    """The clock of a call back for a call that came at `rang_at`."""
    code, calendar = desk_calendar(bundle)
    return CallBackClock(due_at(rang_at, bundle.call_back.within, calendar), code)


def levels(bundle: PolicyBundle, rang_at: datetime, due: datetime) -> list[tuple[datetime, str]]:
    """Every level of the clock with the moment it is reached, in their order: `warn75`, …, `missed`."""
    _, calendar = desk_calendar(bundle)
    warnings = [(threshold_at(rang_at, due, percent, calendar), f"warn{percent}") for percent in
                sorted(set(bundle.call_back.warn_at))]  # fmt: skip
    return [*warnings, (due, "missed")]


def next_level(bundle: PolicyBundle, rang_at: datetime, due: datetime, fired: str) -> datetime | None:
    """When the next level that has not been reached is; None after the last."""
    known = set(fired.split())
    return next((at for at, level in levels(bundle, rang_at, due) if level not in known), None)
