"""Working time for the figures: ages of open cases and clocks, in the calendar that applied to each. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas.policy import PolicyBundle
from services.kit.working_days import WorkingCalendar, compile_calendar
from services.kit.working_time import working_days_between, working_seconds_between
from services.kit.working_timeline import SECOND, micros

JUST_BEFORE = timedelta(microseconds=1)


class Calendars:
    """The calendars of every policy version, compiled once; an unknown version or code means what is in force."""

    def __init__(self, versions: Iterable[tuple[datetime, str, PolicyBundle]], in_force: PolicyBundle) -> None:
        self.bundles = {version: bundle for _, version, bundle in versions}
        self.in_force = in_force
        self.one_zone = {
            calendar.zone for bundle in (*self.bundles.values(), in_force) for calendar in bundle.calendars
        } == {in_force.zone}
        """Whether every calendar keeps the policy's zone, so that a day is the same day in all of them."""
        self._by_code: dict[tuple[str | None, str | None], WorkingCalendar] = {}
        self._by_place: dict[tuple[str | None, str | None, str | None], WorkingCalendar] = {}

    def of_clock(self, version: str | None, code: str | None) -> WorkingCalendar:
        """The calendar a clock is judged in."""
        found = self._by_code.get((version, code))
        if found is None:
            bundle = self._bundle(version)
            try:
                calendar = bundle.calendar(code or bundle.default_calendar)
            except KeyError:
                calendar = bundle.calendar(bundle.default_calendar)
            found = self._by_code[version, code] = compile_calendar(calendar)
        return found

    def of_case(self, version: str | None, unit: str | None, service_point: str | None) -> WorkingCalendar:
        """The calendar of a case by its service point and unit."""
        found = self._by_place.get((version, unit, service_point))
        if found is None:
            bundle = self._bundle(version)
            place = unit if unit and bundle.has_unit(unit) else None
            point = service_point if service_point and bundle.has("service_points", service_point) else None
            found = self._by_place[version, unit, service_point] = compile_calendar(bundle.calendar_for(place, point))
        return found

    def day_seconds(self, version: str | None, code: str | None) -> int:
        """Seconds of a typical working day of a clock's calendar: what a working day of a duration is."""
        return self.of_clock(version, code).seconds_per_typical_day or 86_400

    def age_of_clock(
        self, version: str | None, code: str | None, started_at: datetime, cut: datetime, pauses: str | None
    ) -> tuple[float, float]:
        """Working days from the start of a clock to the cut-off, gross and net of pauses."""
        calendar = self.of_clock(version, code)
        stood = [
            (datetime.fromisoformat(begun), datetime.fromisoformat(ended) if ended else None)
            for begun, ended in json.loads(pauses or "[]")
        ]
        day = self.day_seconds(version, code)
        gross = working_seconds_between(started_at, cut, calendar)
        return gross / day, working_seconds_between(started_at, cut, calendar, stood) / day if stood else gross / day

    def ages_of_clocks(
        self, version: str | None, code: str | None, starts: Sequence[int], cut: datetime
    ) -> list[float]:
        """Working days from each start (microseconds since 1970) to the cut-off, for clocks that never paused."""
        calendar, day, end = self.of_clock(version, code), self.day_seconds(version, code), micros(cut)
        line = calendar.covering(min(starts), end)
        until = line.worked(end)
        return [(until - line.worked(start)) / SECOND / day for start in starts]

    def working_days(
        self, version: str | None, unit: str | None, service_point: str | None, opened_at: datetime, cut: datetime
    ) -> int:
        """Whole working days of age just before the cut-off, the first day left out: midnight begins no new day."""
        return working_days_between(opened_at, cut - JUST_BEFORE, self.of_case(version, unit, service_point))

    def _bundle(self, version: str | None) -> PolicyBundle:
        return self.bundles.get(version or "", self.in_force)
