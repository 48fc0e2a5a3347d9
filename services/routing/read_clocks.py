"""The clocks of cases with the calendar each is judged in, so that what is left can be said in working time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.listening import NotYet
from services.kit.working_time import Pause, WorkingCalendar, compile_calendar
from services.routing.read_case import ClockRow
from services.routing.store import Fetches


@dataclass(frozen=True, slots=True)
class NextClock:
    """The clock that a case's next deadline comes from."""

    case_id: UUID
    target: str
    calendar: str | None
    policy_version: str
    pauses: list[list[str | None]]


async def next_clocks(source: Fetches, case_ids: Collection[UUID]) -> dict[UUID, NextClock]:
    """By case, the clock of its next deadline; none where only the promise of the receipt is known yet."""
    rows = await source.fetch(
        "select k.case_id, k.target, k.calendar, k.policy_version, k.pauses from routing.case c"
        " join routing.clock_copy k on k.case_id = c.id and k.target = c.due_target"
        " and k.started_at = c.due_started_at and k.due_at = c.due_at and k.state in ('running', 'missed', 'paused')"
        " where c.id = any($1::uuid[])",
        list(case_ids),
    )
    return {row["case_id"]: NextClock(**row) for row in rows}


async def bundles_of(
    copies: Copies, source: Fetches, versions: Iterable[str], otherwise: PolicyBundle
) -> dict[str, PolicyBundle]:
    """The policies by version; one that has not been read here yet is answered by `otherwise`."""
    found = {}
    for version in set(versions):
        try:
            found[version] = await copies.policy(source, version)
        except NotYet:
            found[version] = otherwise
    return found


def calendar_of(clock: NextClock | ClockRow, bundle: PolicyBundle) -> WorkingCalendar | None:
    """The calendar a clock is judged in; None where it names none that the policy has."""
    if clock.calendar is None or not any(known.code == clock.calendar for known in bundle.calendars):
        return None
    return compile_calendar(bundle.calendar(clock.calendar))


def place_calendar(bundle: PolicyBundle, unit: str | None, service_point: str | None) -> WorkingCalendar:
    """The calendar of the place: that of the service point, else of the unit, else the default one."""
    point = service_point if service_point and bundle.has("service_points", service_point) else None
    return compile_calendar(bundle.calendar_for(unit if unit and bundle.has_unit(unit) else None, point))


def pauses_of(
    clock: NextClock | ClockRow, waiting: Mapping[str, Any] | None = None, now: datetime | None = None
) -> list[Pause]:
    """When a clock stood still; a pause that lasts is counted up to its limit, as its deadline is."""
    limit = (waiting or {}).get("pause_until")
    lasting = datetime.fromisoformat(limit) if limit else now
    return [
        (datetime.fromisoformat(begun), datetime.fromisoformat(until) if until else lasting)
        for begun, until in clock.pauses
        if begun
    ]
