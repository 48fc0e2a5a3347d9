"""The facts reporting keeps of a case: what each KPI needs, filled field by field in whatever order events come.

One `CaseFact` a case, with its `ClockFact`s (target, cycle) and `SpanFact`s (each stretch it was open). Newest wins by
the writer's own version. Fields marked *derived* follow from the others by `services.reporting.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from schemas.cases import ENDED

DECIDED = frozenset({"decision_communicated", "implementing", "internal_review", "external_dispute", "closed"})
"""States that a case reaches only after its decision was told (domain §3)."""


@dataclass(slots=True)
class CaseFact:
    """What is known of a case. Times are UTC; empty means not known yet or never happened."""

    case_id: UUID
    tracking_number: str | None = None
    filed: bool = False
    """Whether intake's own account has been read; its `received_at` then wins over routing's copy."""
    routing_version: int = 0
    kind: str = "complaint"
    state: str = "received"
    channel: str | None = None
    category: str | None = None
    service_point: str | None = None
    segment: str | None = None
    identity: str | None = None
    complainant_ref: UUID | None = None
    reference: str | None = None
    policy_version: str | None = None
    received_at: datetime | None = None
    unit: str | None = None
    owner: UUID | None = None
    approving_unit: str | None = None
    priority: str | None = None
    restricted: bool = False
    subject_unit: str | None = None
    subject_person: str | None = None
    cause: str | None = None
    decided_at: datetime | None = None
    transfers: int = 0
    complaint_until: datetime | None = None
    """When it was last reclassified away from a complaint: a target missed before stays missed."""
    escalated: bool = False
    """An alert reached the unit head or above, or a person raised it (KPI 12)."""
    imported: bool = False
    out_of_scope: bool = False
    left_acknowledged: bool = False
    """History that does not know when it was acknowledged; alike for the next two."""
    left_contacted: bool = False
    left_decided: bool = False
    decided_before: bool = False
    """History that had its decision, whether or not it knows when."""
    left_closed: bool = False
    """History with a closing, or a reopening, at a time it does not know."""
    spans: int = 0
    """How many stretches it has been open, the present one included."""
    valid: bool = False
    """*Derived*: a complaint that is neither merged, withdrawn, referred, not accepted nor out of scope (§5)."""


@dataclass(slots=True)
class ClockFact:
    """A clock of the sla service as last announced; seconds are working time of its calendar."""

    case_id: UUID
    target: str
    cycle: int
    version: int = 0
    state: str = "running"
    started_at: datetime | None = None
    due_at: datetime | None = None
    met_at: datetime | None = None
    missed: bool = False
    policy_version: str | None = None
    calendar: str | None = None
    unit: str | None = None
    owner: UUID | None = None
    pauses: str | None = None
    """JSON `[[from, until or null], …]` in ISO 8601, for the age of a clock that still runs at a cut-off."""
    gross_seconds: float | None = None
    net_seconds: float | None = None
    entitlement: str | None = None
    counted: bool = False
    """*Derived*: whether it belongs to the due cohort of the day its deadline falls on."""
    on_time: bool = False
    """*Derived*: met at or before its deadline, judged by timestamps (§4.9)."""
    timed: bool = False
    """*Derived*: whether its duration counts among those of the day it was met."""


@dataclass(slots=True)
class SpanFact:
    """A stretch during which a case was open: from receipt or reopening to its end, if it has ended."""

    case_id: UUID
    number: int
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    ended_in: str | None = None
    """The state it ended in; with `ended_at` empty it ended at a time nobody knows (imported history)."""
    unit: str | None = None
    owner: UUID | None = None
    """Who had it when it ended."""
    transfers: int = 0
    reopened_at: datetime | None = None
    counted: bool = False
    """*Derived*: a closing of a valid case at a known time."""
    first_point: bool = False
    """*Derived*: closed without transfer and not reopened since (KPI 7)."""


@dataclass(slots=True)
class CaseFile:
    """A case with all its clocks and spans, as loaded and folded together."""

    case: CaseFact
    clocks: dict[tuple[str, int], ClockFact]
    spans: dict[int, SpanFact]

    @classmethod
    def empty(cls, case_id: UUID) -> CaseFile:
        """A case of which nothing is known yet."""
        return cls(CaseFact(case_id), {}, {})

    def span(self) -> SpanFact:
        """The latest span; the first is made when the case is first heard of."""
        if not self.case.spans:
            self.case.spans = 1
            self.spans[1] = SpanFact(self.case.case_id, 1)
        return self.spans[self.case.spans]

    def clock(self, target: str, cycle: int) -> ClockFact:
        """The clock, made when it is first heard of."""
        found = self.clocks.get((target, cycle))
        if found is None:
            found = self.clocks[target, cycle] = ClockFact(self.case.case_id, target, cycle)
        return found

    def end(self, state: str, at: datetime | None) -> None:
        """The open span ends; said twice, it ends once."""
        span = self.span()
        if span.ended_in is None:
            span.ended_in, span.ended_at = state, at
            span.unit, span.owner, span.transfers = self.case.unit, self.case.owner, self.case.transfers

    def reopen(self, at: datetime) -> None:
        """A new span begins after one that ended."""
        span = self.span()
        if span.ended_in is not None:
            span.reopened_at = at
            self.case.spans += 1
            self.spans[self.case.spans] = SpanFact(self.case.case_id, self.case.spans, opened_at=at)


def has_ended(state: str) -> bool:
    """Whether a case in that state is no longer open."""
    return state in ENDED


@dataclass(slots=True)
class AlertFact:
    """An alert as sent (KPI 25)."""

    alert_id: UUID
    case_id: UUID
    target: str
    cycle: int
    level: str
    threshold_at: datetime
    sent_at: datetime
    historical: bool
    known_at: datetime | None = None
    """When the threshold was due to be known, if that is later."""


@dataclass(slots=True)
class RatingFact:
    """A rating of the handling by the complainant, 1 to 5 (ISO 10002 8.3); at most one counts for each closing."""

    case_id: UUID
    at: datetime
    rating: int
    confidence: int | None = None
    """1 to 5, confidence in how complaints are handled, where it was answered."""


@dataclass(slots=True)
class InvitationFact:
    """An invitation to rate the handling of one closing that reached the complainant (KPI 16)."""

    case_id: UUID
    closure: int
    at: datetime


@dataclass(slots=True)
class RemedyFact:
    """A task whose finishing delivers a promised remedy (KPI 27)."""

    task_id: UUID
    case_id: UUID
    version: int
    unit: str | None
    owner: UUID | None
    due_at: datetime | None
    done_at: datetime | None
    status: str


@dataclass(slots=True)
class RecoveryFact:
    """A service-recovery record as its events tell it (KPIs 20 to 22)."""

    recovery_id: UUID
    case_id: UUID
    complaint_id: UUID | None = None
    number: str | None = None
    version: int = 0
    state: str = "detected"
    unit: str | None = None
    service_point: str | None = None
    baht: Decimal | None = None
    opened_at: datetime | None = None
    offered_at: datetime | None = None
    decided_at: datetime | None = None
    decision: str | None = None
    promised_by: datetime | None = None
    completed_at: datetime | None = None
