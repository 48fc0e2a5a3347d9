"""The tables of data subjects: their requests with what was done about them, what was disposed of, and who is whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.tables import SEALED_BY, Base
from services.kit.tables import Moment

REQUEST_STATES = ("open", "done", "refused")
REQUEST_KINDS = ("access", "correct", "erase")


class SubjectRequest(Base, table=True):
    """A request of a person about their own data, with a clock of its own (personal-data law)."""

    __tablename__ = "subject_request"

    id: UUID = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False, unique=True))
    kind: str
    state: str = Field(default="open", sa_column_kwargs={"server_default": text("'open'")})
    restricted: bool = Field(default=False, description="about restricted cases: seen by who handles those, alone")
    contact_kind: str = Field(description="phone, email, line or case: what the person is found by")
    contact: str | None = Field(default=None, description="sealed; gone when the request is long over")
    digest: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)
    verified: str = Field(description="how it was made sure that they are this person")
    wish: str | None = Field(default=None, description="what they ask for, in the words of who took it down")
    received_at: datetime = Field(sa_type=Moment)
    due_at: datetime = Field(sa_type=Moment)
    warn_at: datetime = Field(sa_type=Moment)
    told: str | None = Field(default=None, description="the last of `warned` and `overdue` that was told")
    recorded_by: UUID | None = None
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    settled_by: UUID | None = None
    outcome: str | None = Field(default=None, description="what was answered, or why it was refused")

    __table_args__ = (
        CheckConstraint(f"state in {REQUEST_STATES}", name="state_known"),
        CheckConstraint(f"kind in {REQUEST_KINDS}", name="kind_known"),
        Index("ix_subject_request_open", "due_at", "id", postgresql_where=text("state = 'open'")),
        Index("ix_subject_request_listed", "received_at", "id"),
    )


class SubjectRequestCase(Base, table=True):
    """A case that a request is about, and what was done with it there."""

    __tablename__ = "subject_request_case"

    request_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    done: str = Field(
        default="found",
        sa_column_kwargs={"server_default": text("'found'")},
        description="found, exported, corrected, erased, forgotten, or waiting: to be erased when the case has ended",
    )
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        Index("ix_subject_request_case_waiting", "case_id", postgresql_where=text("done = 'waiting'")),
        CheckConstraint(
            "done in ('found', 'exported', 'corrected', 'erased', 'forgotten', 'waiting')", name="done_known"
        ),
    )


class SubjectRequestStep(Base, table=True):
    """What was done about a request: who, when, what and why. Never changed."""

    __tablename__ = "subject_request_step"

    id: UUID = Field(primary_key=True)
    request_id: UUID = Field(index=True)
    at: datetime = Field(sa_type=Moment)
    by: UUID | None = None
    what: str
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    reason: str | None = None


class Disposal(Base, table=True):
    """What was taken away of a case by schedule or on request (ISO 10002 8.1): the disposal log."""

    __tablename__ = "disposal"

    case_id: UUID = Field(primary_key=True)
    what: str = Field(primary_key=True, description="identity, attachment or case")
    at: datetime = Field(sa_type=Moment, index=True)
    ground: str
    by: UUID | None = None
    request_id: UUID | None = None


class PersonLink(Base, table=True):
    """Two cases of one person, as a member of staff decided on evidence; undone, it stays as a fact."""

    __tablename__ = "person_link"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(description="the smaller of the two ids")
    other_id: UUID = Field(index=True)
    evidence: str = Field(description="phone, email, line: proven on both; stated: how else, in `reason`")
    reason: str | None = None
    by: UUID
    at: datetime = Field(sa_type=Moment)
    refused: bool = Field(default=False, description="known to be two persons: not suggested again")
    undone_by: UUID | None = None
    undone_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        # One answer at a time about two cases.
        Index("uq_person_link_pair", "case_id", "other_id", unique=True, postgresql_where=text("undone_at is null")),
        CheckConstraint("case_id < other_id", name="ordered"),
    )


class ContactProof(Base, table=True):
    """The complainant of a case proved that a contact is theirs: by writing from it, or by a code sent to it."""

    __tablename__ = "contact_proof"

    case_id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    kind: str = Field(description="phone, email or line")
    how: str = Field(description="wrote, code or staff")
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (Index("ix_contact_proof_digest", "digest"),)
