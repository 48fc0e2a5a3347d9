"""The tables of routing: the case and its life, and what it learned from sla and reporting to show beside it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Computed, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlmodel import Field, SQLModel

from schemas.cases import State
from services.kit.tables import Moment, service_metadata

metadata = service_metadata("routing")


class Base(SQLModel):
    """What every table here has in common: it stands in the schema `routing`."""

    metadata = metadata


STATES: tuple[str, ...] = get_args(State)

OPEN = "state not in ('closed', 'not_accepted', 'referred', 'merged', 'withdrawn') and kind <> 'spam'"

TO_WORK_ON = "is_open and state not in ('decision_communicated', 'external_dispute')"
"""Cases that give their owner work now; those that wait for the complainant's answer are none."""

NO_DEADLINE = "'9999-12-31 00:00:00+00'::timestamptz"
"""Where a case without a running clock stands in a queue ordered by what is due first."""


def _moment(*, optional: bool = True) -> Any:
    return Field(default=None, sa_type=Moment) if optional else Field(sa_type=Moment)


def _document(default: str | None = None) -> Any:
    if default is None:
        return Field(default=None, sa_type=JSONB)
    return Field(sa_column=Column(JSONB, nullable=False, server_default=text(f"'{default}'")))


class Case(Base, table=True):
    """A case as routing holds it: what was filed, where it stands, who answers for it (ISO 10002 clause 7).

    `version` counts routing's own changes. `due_at` is the next deadline over the clocks sla told of.
    """

    __tablename__ = "case"

    id: UUID = Field(primary_key=True)
    tracking_number: str = Field(unique=True)
    state: str
    kind: str
    version: int
    unit: str
    owner: UUID | None = None
    approving_unit: str
    priority: str | None = None
    category: str | None = None
    service_point: str | None = None
    channel: str
    segment: str | None = None
    safety: bool = False
    restricted: bool = False
    subject_unit: str | None = None
    subject_person: str | None = None
    cause: str | None = None
    policy_version: str
    received_at: datetime = _moment(optional=False)
    decided_at: datetime | None = _moment()
    transfers: int = 0
    reopened_count: int = 0

    gist: str = ""
    narrative: str | None = None
    remedy_sought: str | None = None
    location: str | None = None
    reference: str | None = None
    identity: str
    complainant_ref: UUID | None = None
    represented: bool = False
    language: str = "th"
    happened_at: datetime | None = _moment()
    recorded_at: datetime = _moment(optional=False)
    acknowledged_at: datetime | None = _moment()
    external_reference: str | None = None
    filed_by: UUID | None = None
    historical: bool = False
    rule: str | None = Field(default=None, description="the routing rule that placed it")
    ratings: dict[str, Any] | None = _document()

    declared_by: UUID | None = Field(default=None, description="who declared to have no conflict of interest")
    declared_at: datetime | None = _moment()
    waiting: dict[str, Any] | None = _document()
    waits: list[Any] = _document("[]")
    proposal: dict[str, Any] | None = _document()
    decision: dict[str, Any] | None = _document()
    outcome: dict[str, Any] | None = _document()
    proposed_by: UUID | None = None
    decided_by: UUID | None = None
    told_at: datetime | None = _moment()
    accepted_at: datetime | None = _moment()
    ended_at: datetime | None = _moment()
    silence_at: datetime | None = _moment()
    notices: int = Field(default=0, description="how many notices of an unanswered decision went out")
    open_tasks: int = 0
    open_remedies: int = Field(default=0, description="those of the open tasks that deliver a promised remedy")
    deliverers: list[UUID] = Field(
        sa_column=Column(ARRAY(PG_UUID), nullable=False, server_default=text("'{}'")),
        description="who delivered remedies; none of them verifies",
    )
    changed_at: datetime = _moment(optional=False)

    due_at: datetime | None = _moment()
    due_target: str | None = None
    due_started_at: datetime | None = _moment()
    paused: bool = Field(default=False, description="every clock that is not over stands still")
    missed: bool = Field(default=False, description="a deadline was passed, whatever became of it")
    due_order: datetime = Field(
        sa_column=Column(Moment, Computed(f"coalesce(due_at, {NO_DEADLINE})", persisted=True), nullable=False)
    )
    is_open: bool = Field(sa_column=Column(Boolean, Computed(OPEN, persisted=True), nullable=False))

    __table_args__ = (
        # The states are those of the life of a case, and no others.
        CheckConstraint(f"state in {STATES!r}", name="state_known"),
        # Every change is counted from one.
        CheckConstraint("version >= 1", name="version_counts"),
        # Tasks that deliver a remedy are among the open ones.
        CheckConstraint("open_tasks >= open_remedies and open_remedies >= 0", name="tasks_counted"),
        Index("ix_case_due_order", "due_order", "id"),
        Index("ix_case_state", "state", "due_order", "id"),
        # Open or not stands before the deadline: what is over, nearly all there is in time, is never read through.
        Index("ix_case_unit", "unit", "is_open", "due_order", "id"),
        Index("ix_case_owner", "owner", "is_open", "due_order", "id"),
        # Load per officer: read off the index, whatever they have had before and whatever waits for an answer.
        Index("ix_case_load", "owner", postgresql_where=text(TO_WORK_ON)),
        Index("ix_case_approving_unit", "approving_unit", "is_open", "due_order", "id"),
        Index("ix_case_open", "due_order", "id", postgresql_where=text("is_open")),
        # Few cases touch safety, so a step of any other pays nothing for this one.
        Index("ix_case_safety", "due_order", "id", postgresql_where=text("safety and is_open")),
        Index("ix_case_silence_at", "silence_at", postgresql_where=text("silence_at is not null")),
        Index("ix_case_complainant_ref", "complainant_ref", postgresql_where=text("complainant_ref is not null")),
        # Cases of the same matter, the newest first: of one category, at one place, about one contract or order.
        Index("ix_case_category_received", "category", "received_at"),
        Index("ix_case_place_received", "service_point", "received_at"),
        Index("ix_case_reference", "reference", postgresql_where=text("reference is not null")),
    )


class CaseEvent(Base, table=True):
    """A row of a case's timeline (ISO 10002 7.3): what happened, who did it, what the step recorded."""

    __tablename__ = "case_event"

    id: UUID = Field(primary_key=True)
    case_id: UUID
    version: int | None = Field(default=None, description="routing's count; none for what another service announced")
    at: datetime = _moment(optional=False)
    kind: str
    came_from: str | None = None
    to_state: str | None = None
    by: UUID | None = None
    actor: str
    rule: str | None = None
    reason: str | None = None
    fields: dict[str, Any] = _document("{}")
    texts: dict[str, Any] = _document("{}")
    public: bool = Field(default=False, description="whether the complainant is shown that it happened")

    __table_args__ = (Index("ix_case_event_case_id", "case_id", "at"),)


class Task(Base, table=True):
    """Something to be done for a case: a remedy to deliver, a fact to find."""

    __tablename__ = "task"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    what: str
    owner: UUID | None = None
    due_at: datetime | None = _moment()
    remedy: bool = False
    remedy_code: str | None = None
    baht: Decimal | None = Field(default=None, sa_type=Numeric(14, 2))
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


class Handover(Base, table=True):
    """A case whose owner went on leave: who took it for the time, or `taken` false where the substitute may not."""

    __tablename__ = "handover"

    leave_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    owner: UUID
    substitute: UUID
    at: datetime = _moment(optional=False)
    taken: bool
    settled_at: datetime | None = Field(
        default=None, sa_type=Moment, description="when the leave was over and it was given back, or left where it was"
    )

    __table_args__ = (Index("ix_handover_open", "leave_id", "case_id", postgresql_where=text("settled_at is null")),)


class ClockCopy(Base, table=True):
    """A clock as sla last told of it. It may arrive before the case does."""

    __tablename__ = "clock_copy"

    case_id: UUID = Field(primary_key=True)
    target: str = Field(primary_key=True)
    cycle: int = Field(primary_key=True)
    version: int
    state: str
    started_at: datetime = _moment(optional=False)
    due_at: datetime | None = _moment()
    met_at: datetime | None = _moment()
    missed: bool = False
    priority: str | None = None
    calendar: str | None = None
    within: str | None = None
    policy_version: str
    paused_seconds: float = 0
    pauses: list[Any] = _document("[]")
    unit: str | None = None
    owner: UUID | None = None


class RecoveryCopy(Base, table=True):
    """A service-recovery record of a case as reporting last told of it (SE-AM 5.1)."""

    __tablename__ = "recovery_copy"

    recovery_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    number: str
    version: int
    state: str
    remedy: str | None = None
    baht: Decimal | None = Field(default=None, sa_type=Numeric(14, 2))
    at: datetime = _moment(optional=False)


import services.routing.links.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.routing.looking.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.routing.mentions.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.routing.queue.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.routing.search.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.routing.suggest.tables  # noqa: E402, F401  (declares its classes on Base, defined above)
