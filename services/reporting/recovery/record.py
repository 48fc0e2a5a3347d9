"""A service-recovery record as the rules of its life see it: plain values, nothing of the database."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.working_days import WorkingCalendar, compile_calendar

ENDED = frozenset({"closed", "cancelled"})
"""States in which nothing is left to do."""

TRIGGERS = ("complaint", "in_service", "monitor", "bcm")
MODES = ("normal", "abnormal")


@dataclass(frozen=True, slots=True)
class Record:
    """Everything §6 asks of a record. Times in UTC, money in baht; staff by id, other words by policy code.

    `case_id` is the stream it is announced in: the complaint's, or the record's own. `tasks`, `open_tasks` and
    `deliverers` are counted from its tasks.
    """

    id: UUID
    case_id: UUID
    reason: str
    """What it was opened for, once: `missed:…`, `decision:…`, `staff:…`."""
    number: str
    version: int
    state: str
    mode: str
    trigger: str
    why: str
    unit: str
    policy_version: str
    opened_at: datetime
    changed_at: datetime
    reason_version: int = 0
    """The version of the fact behind it (sla's of the clock, routing's of the decision)."""
    complaint_id: UUID | None = None
    tracking_number: str | None = None
    opened_by: UUID | None = None
    owner: UUID | None = None
    approving_unit: str | None = None
    restricted: bool = False
    subject_unit: str | None = None
    subject_person: str | None = None
    what_failed: str | None = None
    service_point: str | None = None
    touch_point: str | None = None
    standard: str | None = None
    customers_affected: int | None = None
    containment: str | None = None
    apology: str | None = None
    explanation: str | None = None
    remedy: str | None = None
    baht: Decimal | None = None
    granted_remedy: str | None = None
    """A remedy that the decision or the entitlement grants, up to `granted_baht`: no other approval is needed."""
    granted_baht: Decimal | None = None
    entitlement: str | None = None
    entitlement_version: str | None = None
    authority: str | None = None
    cost_centre: str | None = None
    plan: str | None = None
    planned_by: UUID | None = None
    planned_at: datetime | None = None
    limit_baht: Decimal | None = None
    """What the planner's own roles may settle; None where the policy sets no limits."""
    approved_by: UUID | None = None
    approved_at: datetime | None = None
    offer: str | None = None
    offer_medium: str | None = None
    offered_by: UUID | None = None
    offered_at: datetime | None = None
    offer_expires_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str | None = None
    promised_by: datetime | None = None
    """Until when the remedy is promised: by the decision, else from the acceptance of the offer."""
    deliverer: UUID | None = None
    delivery_began_at: datetime | None = None
    completed_at: datetime | None = None
    evidence: str | None = None
    verified_by: UUID | None = None
    verified_at: datetime | None = None
    verification: str | None = None
    satisfaction: int | None = None
    cause: str | None = None
    lesson: str | None = None
    """What is corrected or prevented for good (CAPA)."""
    bcm_number: str | None = None
    declared_at: datetime | None = None
    stood_down_at: datetime | None = None
    vulnerable: str | None = None
    """Vulnerable customers among those affected, and what is done for them."""
    outcome: str | None = None
    """Why it ended without delivery."""
    tasks: int = 0
    open_tasks: int = 0
    """Open ones but the delivery itself, which is finished by the evidence of its completion."""
    deliverers: tuple[UUID, ...] = ()

    @property
    def open(self) -> bool:
        """Whether anything is still to be done."""
        return self.state not in ENDED

    @property
    def abnormal(self) -> bool:
        """Whether it belongs to an abnormal situation under the continuity plan."""
        return self.mode == "abnormal"

    @property
    def worth(self) -> Decimal:
        """The value of the remedy in baht."""
        return self.baht or Decimal(0)

    def changed(self, now: datetime, **values: Any) -> Record:
        """The record after one more change."""
        return replace(self, version=self.version + 1, changed_at=now, **values)


COLUMNS: tuple[str, ...] = tuple(one.name for one in fields(Record))
STORED: tuple[str, ...] = tuple(name for name in COLUMNS if name != "deliverers")
"""The columns of `reporting.recovery` that a `Record` is made of; the deliverers stand in its tasks."""


def record_of(row: Any, deliverers: tuple[UUID, ...] = ()) -> Record:
    """The record in a row of `reporting.recovery`."""
    return Record(**{name: row[name] for name in STORED}, deliverers=deliverers)


def calendar_of(record: Record, bundle: PolicyBundle) -> WorkingCalendar:
    """The working time its offer and its delivery are counted in: that of the service point, else of the unit."""
    point = record.service_point
    point = point if point and bundle.has("service_points", point) else None
    return compile_calendar(bundle.calendar_for(record.unit if bundle.has_unit(record.unit) else None, point))


def limit_of(bundle: PolicyBundle, roles: tuple[str, ...]) -> Decimal | None:
    """The most a holder of the roles may offer without another's approval; None where the policy sets no limits."""
    limits = bundle.recovery.approval_limits
    if not limits:
        return None
    return max((limit.baht for limit in limits if limit.role in roles), default=Decimal(0))


def is_granted(record: Record) -> bool:
    """Whether what is planned is what a decision or an entitlement already grants."""
    return (
        record.granted_remedy is not None
        and record.remedy == record.granted_remedy
        and record.worth <= (record.granted_baht or Decimal(0))
    )


def needs_approval(record: Record) -> bool:
    """Whether the plan is above what its planner may offer alone (policy `recovery.approval_limits`)."""
    return record.limit_baht is not None and record.worth > record.limit_baht and not is_granted(record)
