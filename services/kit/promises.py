"""What the policy promises for a complaint: which target applies, in which calendar, and until when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.complaints import Promised
from schemas.policy import PolicyBundle, Target, target_for
from services.kit.working_days import WorkingCalendar, compile_calendar
from services.kit.working_time import Pause, due_at

ONCE = ("acknowledge", "first_contact", "resolve")
"""Targets with one clock a cycle; `progress` repeats."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A target with the calendar it is judged in."""

    target: Target
    calendar_code: str
    calendar: WorkingCalendar

    def due(
        self, start: datetime, *, later_period: bool = False, pauses: Sequence[Pause] = (), now: datetime | None = None
    ) -> datetime:
        """The deadline (UTC) for a clock started at `start`; a later progress period may have a length of its own."""
        within = self.target.period if later_period else self.target.within
        return due_at(start, within, self.calendar, pauses, now)


def promise_for(
    bundle: PolicyBundle, target: str, *, kind: str, priority: str | None, unit: str | None, service_point: str | None
) -> Promise | None:
    """The promise for one target, or None where the policy has none for this kind and priority."""
    found = target_for(bundle, kind, target, priority)
    if found is None:
        return None
    point = service_point if service_point and bundle.has("service_points", service_point) else None
    place = unit if unit and bundle.has("units", unit) else None
    # Every filing asks for three of the same few.
    key = ("promise", found.code, place, point)
    promise: Promise | None = bundle.derived.get(key)
    if promise is None:
        calendar = bundle.calendar_for_target(found, place, point)
        promise = bundle.derived[key] = Promise(found, calendar.code, compile_calendar(calendar))
    return promise


def promised(
    bundle: PolicyBundle,
    received_at: datetime,
    *,
    kind: str,
    priority: str | None,
    unit: str | None,
    service_point: str | None,
) -> Promised:
    """The deadlines of a complaint received at `received_at`, as shown on the receipt and stamped on the complaint."""
    due: dict[str, datetime] = {}
    for target in ONCE:
        promise = promise_for(bundle, target, kind=kind, priority=priority, unit=unit, service_point=service_point)
        if promise is not None:
            due[target] = promise.due(received_at)
    return Promised(**due)
