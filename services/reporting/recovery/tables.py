"""The tables of service recovery: reporting's own facts. A rebuild of the projections never touches them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kit.tables import Moment
from services.reporting.recovery.life import STATES
from services.reporting.recovery.record import MODES, TRIGGERS
from services.reporting.tables import Base, metadata

metadata.info.setdefault("statements", []).append(
    # Numbers follow one another over the years; a gap means nothing.
    "create sequence if not exists reporting.recovery_serial"
)

OPEN = "state not in ('closed', 'cancelled')"


def _moment(*, optional: bool = True) -> Any:
    return Field(default=None, sa_type=Moment) if optional else Field(sa_type=Moment)


def _baht() -> Any:
    return Field(default=None, sa_type=Numeric(14, 2))


class Recovery(Base, table=True):
    """A service-recovery record (domain §6). What each column means stands in `record.Record`."""

    __tablename__ = "recovery"

    id: UUID = Field(primary_key=True)
    case_id: UUID
    reason: str
    reason_version: int = 0
    number: str = Field(unique=True)
    version: int
    state: str
    mode: str
    trigger: str
    why: str
    complaint_id: UUID | None = None
    tracking_number: str | None = None
    policy_version: str
    opened_by: UUID | None = None
    opened_at: datetime = _moment(optional=False)
    changed_at: datetime = _moment(optional=False)

    unit: str
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
    baht: Decimal | None = _baht()
    granted_remedy: str | None = None
    granted_baht: Decimal | None = _baht()
    entitlement: str | None = None
    entitlement_version: str | None = None
    authority: str | None = None
    cost_centre: str | None = None
    plan: str | None = None
    planned_by: UUID | None = None
    planned_at: datetime | None = _moment()
    limit_baht: Decimal | None = _baht()
    approved_by: UUID | None = None
    approved_at: datetime | None = _moment()

    offer: str | None = None
    offer_medium: str | None = None
    offered_by: UUID | None = None
    offered_at: datetime | None = _moment()
    offer_expires_at: datetime | None = _moment()
    answered_at: datetime | None = _moment()
    answer: str | None = None
    promised_by: datetime | None = _moment()

    deliverer: UUID | None = None
    delivery_began_at: datetime | None = _moment()
    completed_at: datetime | None = _moment()
    evidence: str | None = None
    verified_by: UUID | None = None
    verified_at: datetime | None = _moment()
    verification: str | None = None
    satisfaction: int | None = None
    cause: str | None = None
    lesson: str | None = None
    outcome: str | None = None

    bcm_number: str | None = None
    declared_at: datetime | None = _moment()
    stood_down_at: datetime | None = _moment()
    vulnerable: str | None = None

    tasks: int = 0
    open_tasks: int = 0

    __table_args__ = (
        # One record for each thing that owes one, however often it is told.
        UniqueConstraint("case_id", "reason"),
        # States, modes and triggers are those of domain §6, and no others.
        CheckConstraint(f"state in {STATES!r}", name="state_known"),
        CheckConstraint(f"mode in {MODES!r}", name="mode_known"),
        CheckConstraint(f"trigger in {TRIGGERS!r}", name="trigger_known"),
        # Nobody approves their own plan, and nobody verifies what they delivered.
        CheckConstraint("approved_by <> planned_by", name="approver_is_another"),
        CheckConstraint("verified_by <> deliverer", name="verifier_is_another"),
        # What was verified was completed.
        CheckConstraint("verified_at is null or completed_at is not null", name="proved"),
        CheckConstraint("satisfaction between 1 and 5", name="satisfaction_in_range"),
        CheckConstraint("open_tasks between 0 and tasks", name="tasks_counted"),
        Index("ix_recovery_opened_at", "opened_at", "id"),
        Index("ix_recovery_state", "state", "opened_at", "id"),
        Index("ix_recovery_unit", "unit", "opened_at", "id"),
        Index("ix_recovery_complaint_id", "complaint_id", postgresql_where=text("complaint_id is not null")),
        # What the lapsing job looks for.
        Index("ix_recovery_offer_expires_at", "offer_expires_at", postgresql_where=text("state = 'offered'")),
    )


class RecoveryTask(Base, table=True):
    """Something to be done for a record, by whom and until when; the `delivery` is finished by its evidence."""

    __tablename__ = "recovery_task"

    id: UUID = Field(primary_key=True)
    recovery_id: UUID = Field(index=True)
    what: str
    owner: UUID | None = None
    due_at: datetime | None = _moment()
    delivery: bool = False
    status: str = "open"
    done_at: datetime | None = _moment()
    done_by: UUID | None = None
    created_at: datetime = _moment(optional=False)
    created_by: UUID | None = None

    __table_args__ = (
        # A task is open, done or dropped, and has a time of doing only when it is done.
        CheckConstraint("status in ('open', 'done', 'dropped')", name="status_known"),
        CheckConstraint("(status = 'done') = (done_at is not null)", name="done_has_a_time"),
    )


class RecoveryEvent(Base, table=True):
    """A line of a record's timeline: what happened, who did it, what the step recorded."""

    __tablename__ = "recovery_event"

    id: UUID = Field(primary_key=True)
    recovery_id: UUID
    version: int
    at: datetime = _moment(optional=False)
    kind: str
    came_from: str | None = None
    to_state: str | None = None
    by: UUID | None = None
    words: str | None = None
    fields: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))

    __table_args__ = (Index("ix_recovery_event_recovery_id", "recovery_id", "version"),)


class RecoveryComplaint(Base, table=True):
    """A complaint about the incident of a record (domain §6): many complaints, one recovery."""

    __tablename__ = "recovery_complaint"

    recovery_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(primary_key=True, index=True)
    linked_at: datetime = _moment(optional=False)
    linked_by: UUID | None = None


class RecoveryNotice(Base, table=True):
    """A batch of notifications in an abnormal situation: how many were told, by which medium, in what words."""

    __tablename__ = "recovery_notice"

    id: UUID = Field(primary_key=True)
    recovery_id: UUID = Field(index=True)
    number: int = Field(description="1 for the first batch of the record")
    sent_at: datetime = _moment(optional=False)
    medium: str
    customers: int
    words: str
    recorded_by: UUID | None = None

    __table_args__ = (
        UniqueConstraint("recovery_id", "number"),
        # A batch reaches somebody.
        CheckConstraint("customers > 0", name="reaches_somebody"),
    )
