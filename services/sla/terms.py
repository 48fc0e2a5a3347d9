"""The policy as it applies to one case: its own version's targets, in calendars that may have been edited since. Pure.

A case is judged by the version in force when it was received; a later version changes nothing for it but the days and
hours of its calendar, from the moment that version takes effect (domain §4.2, docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schemas.policy import PolicyBundle, Span, Target
from services.kit.promises import promise_for
from services.kit.working_time import WorkingCalendar, compile_calendar


class Edition(NamedTuple):
    """A policy version and the moment from which it holds: the later of its effect and its adoption."""

    since: datetime
    version: str
    bundle: PolicyBundle


@dataclass(frozen=True, slots=True)
class Term:
    """One target with the calendar it is counted in."""

    target: Target
    calendar_code: str
    calendar_version: str
    calendar: WorkingCalendar

    def within(self, *, later_period: bool) -> Span:
        """The length of this clock."""
        return self.target.period if later_period else self.target.within


@dataclass(frozen=True, slots=True)
class Terms:
    """The case's own edition and those that came into force after it, oldest first."""

    own: Edition
    later: Sequence[Edition]
    unit: str | None
    service_point: str | None

    @property
    def pause_cap(self) -> Span:
        """How much working time a clock may stand still in all."""
        return self.own.bundle.lifecycle.pause_cap

    def term(self, target: str, kind: str, priority: str | None, at: datetime) -> Term | None:
        """What holds at a moment for a target, or None where the policy promises nothing."""
        promise = promise_for(
            self.own.bundle, target, kind=kind, priority=priority, unit=self.unit, service_point=self.service_point
        )
        if promise is None:
            return None
        version, calendar = self.own.version, promise.calendar
        for edition in self.later:
            if edition.since > at:
                break
            if promise.calendar_code in calendar_codes(edition.bundle):
                version = edition.version
                calendar = compile_calendar(edition.bundle.calendar(promise.calendar_code))
        return Term(promise.target, promise.calendar_code, version, calendar)


def calendar_codes(bundle: PolicyBundle) -> frozenset[str]:
    """The codes of a policy's calendars."""
    return frozenset(calendar.code for calendar in bundle.calendars)


def edited_calendars(before: PolicyBundle, after: PolicyBundle) -> list[str]:
    """The calendars that two versions share and that have other days or hours in the second."""
    shared = calendar_codes(before) & calendar_codes(after)
    return sorted(
        code for code in shared if compile_calendar(before.calendar(code)) != compile_calendar(after.calendar(code))
    )


def terms_for(
    editions: Sequence[Edition], version: str, now: datetime, unit: str | None, service_point: str | None
) -> Terms | None:
    """The terms of a case of a policy version; None when that version is not among the editions."""
    own = next((edition for edition in editions if edition.version == version), None)
    if own is None:
        return None
    later = [edition for edition in editions if own.since < edition.since <= now]
    return Terms(own, sorted(later, key=lambda edition: edition.since), unit, service_point)
