"""What sla announces: clocks, their warnings and breaches, and the alerts that follow.

A clock is (case, target, cycle). Durations are in working seconds of the clock's calendar; times are UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.envelope import FreeText, Payload

TargetCode = Literal["acknowledge", "first_contact", "progress", "resolve"]
ClockState = Literal["running", "paused", "met", "missed", "met_late", "cancelled"]
"""`missed` is overdue and still open; `met_late` was met after its deadline: both are breaches (domain §4.9)."""


class Clock(BaseModel):
    """A clock as it stands after the event."""

    model_config = ConfigDict(frozen=True)

    target: TargetCode
    cycle: int = 1
    """1 at first; reopening, or the next progress period, starts the next."""
    state: ClockState
    started_at: datetime
    due_at: datetime | None = None
    """None where the policy has no target (any more) for the kind and priority."""
    met_at: datetime | None = None
    missed: bool = False
    """Whether the deadline was passed, whatever the state is now."""
    policy_version: str
    priority: str | None = None
    calendar: str | None = None
    """The code of the calendar it is judged in."""
    within: str | None = None
    """The target's span as the policy writes it."""
    paused_seconds: float = 0
    """Working seconds during which it stood still."""
    pauses: list[tuple[datetime, datetime | None]] = []
    unit: str | None = None
    """Who answers for it: the unit and owner when it was met or fell due, else the present ones."""
    owner: UUID | None = None


class SlaFact(Payload):
    """A fact of which sla is the one writer."""

    SOURCE: ClassVar[str] = "sla"

    clock: Clock
    version: int
    """Sla's own count of changes to this clock, from 1: the newest wins."""


class ClockStarted(SlaFact):
    """A clock began to run."""

    TYPE: ClassVar[str] = "clock-started"


class ClockMoved(SlaFact):
    """The deadline changed: priority, policy, calendar, holiday, receipt or a pause."""

    TYPE: ClassVar[str] = "clock-moved"

    due_before: datetime | None = None
    why: str


class ClockPaused(SlaFact):
    """The clock stands still from `at` (waiting for the complainant)."""

    TYPE: ClassVar[str] = "clock-paused"

    at: datetime


class ClockResumed(SlaFact):
    """The clock runs again from `at`; `clock.due_at` is the new deadline."""

    TYPE: ClassVar[str] = "clock-resumed"

    at: datetime


class ClockMet(SlaFact):
    """What was promised was done at `clock.met_at`, in time or late."""

    TYPE: ClassVar[str] = "clock-met"

    working_seconds: float
    """From the start to the meeting, working time, gross of pauses."""
    net_seconds: float
    """The same less the pauses."""


class ClockCancelled(SlaFact):
    """The clock no longer counts: merged, withdrawn, referred, no target for the new priority."""

    TYPE: ClassVar[str] = "clock-cancelled"

    why: str


class DeadlineMissed(SlaFact):
    """The deadline passed unmet, or a meeting after it came to light. Judged by timestamps (domain §4.9)."""

    TYPE: ClassVar[str] = "deadline-missed"

    entitlement: str | None = None
    """The policy's entitlement that this breach owes the customer, if any (SE-AM 5.1)."""
    historical_case: bool = False


class MissWithdrawn(SlaFact):
    """A breach was disproved by an event that came late; shown, never silently undone."""

    TYPE: ClassVar[str] = "miss-withdrawn"

    why: str


class AlertRaised(SlaFact):
    """Somebody was warned. Once for each (case, target, cycle, level), whatever happens (domain §4.12)."""

    TYPE: ClassVar[str] = "alert-raised"

    alert_id: UUID
    level: str
    """`warn50`, `warn75`, `warn90` or `missed` for the owner; for others a step of the chain by its code, such as
    `unit_head:missed` or `executive:missed+P2WD`; `safety` for a safety-critical case as it is assigned."""
    threshold_at: datetime
    known_at: datetime | None = None
    """When the threshold was due to be known, where that is later: a complaint typed in late, a change of priority,
    receipt or calendar may put a threshold into the past. The lag of an alert counts from here (KPI 25)."""
    sent_at: datetime
    recipient: UUID | None = None
    recipient_unit: str | None = None
    gist: FreeText | None = None


class AlertSeen(SlaFact):
    """The recipient said they know."""

    TYPE: ClassVar[str] = "alert-seen"

    alert_id: UUID
    by: UUID
    at: datetime
