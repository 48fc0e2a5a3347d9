"""The tables of messages: what was said to and by complainants, each attempt to say it, and where they are reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.tables import SEALED_BY, Base
from services.kit.tables import Moment

STATES = ("queued", "sending", "sent", "delivered", "failed", "unreachable", "dropped", "received")
"""`sent` was handed over, without word yet that it arrived · `failed` no channel is left · `unreachable` no address
that a configured channel reaches · `dropped` overtaken by events or erased before it left · `received` came in."""


def _where(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, postgresql_where=sql(condition))


class Message(Base, table=True):
    """A message to or from a complainant, or an alert to staff. Its words are frozen by the first attempt."""

    __tablename__ = "message"

    id: UUID = Field(primary_key=True)
    direction: str
    case_id: UUID | None = None
    staff_id: UUID | None = Field(default=None, description="the member of staff it is for; None: the complainant")
    template: str | None = Field(default=None, description="the purpose, such as `decision`; None: own words")
    language: str = "th"
    channel: str | None = Field(default=None, description="None until it is known which channel it leaves by")
    chosen: str | None = Field(default=None, description="the channel a person or the caller asked for")
    state: str
    urgent: bool = False
    data: dict[str, Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=sql("'{}'")),
        description="the words and facts that the template is filled with",
    )
    extra: dict[str, Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=sql("'{}'")),
        description="what only its channel understands",
    )
    subject: str | None = None
    text: str | None = None
    by: UUID | None = Field(default=None, description="the person who wrote it")
    dedupe: str | None = Field(default=None, unique=True, description="what it follows from: it is said once")
    refused: list[Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=sql("'[]'")),
        description="channels that will not carry it",
    )
    not_before: datetime = Field(sa_type=Moment)
    claimed_until: datetime | None = Field(default=None, sa_type=Moment)
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": sql("0")})
    provider_id: str | None = None
    reason: str | None = Field(default=None, description="why it failed or was dropped, without personal data")
    files: list[Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=sql("'[]'")))
    created_at: datetime = Field(sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        CheckConstraint(f"state in {STATES}", name="state_known"),
        CheckConstraint("direction in ('in', 'out')", name="direction_known"),
        Index("ix_message_case", "case_id", "id"),
        _where("ix_message_queued", "state = 'queued'", "not_before", "id"),
        _where("ix_message_sending", "state = 'sending'", "claimed_until"),
        _where("ix_message_trouble", "state in ('failed', 'unreachable')", "id"),
        _where("ix_message_provider", "provider_id is not null", "channel", "provider_id"),
        # The same message that arrives twice on a channel is one message.
        _where("uq_message_received", "direction = 'in' and provider_id is not null", "channel", "provider_id",
               unique=True),
    )  # fmt: skip


class MessageAttempt(Base, table=True):
    """One attempt to hand a message over, and what came of it."""

    __tablename__ = "message_attempt"

    message_id: UUID = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    channel: str
    at: datetime = Field(sa_type=Moment)
    outcome: str = Field(description="`sent`, `delivered`, `later`, `refused` or `bounced`")
    reason: str | None = None
    provider_id: str | None = None


class ReplyAddress(Base, table=True):
    """Where the complainant of a case answers from on a channel: the sender of a mail, a LINE user. Sealed."""

    __tablename__ = "reply_address"

    case_id: UUID = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    address: str
    digest: bytes | None = Field(default=None, sa_type=LargeBinary, index=True, description="by which it is found")
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)
    stopped_at: datetime | None = Field(default=None, sa_type=Moment, description="unfollowed, or asked for no more")
    at: datetime = Field(sa_type=Moment)


class SurveyRefusal(Base, table=True):
    """A complainant who asked not to be asked how their cases were handled; they are told everything else."""

    __tablename__ = "survey_refusal"

    complainant_ref: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)


class StaffAddress(Base, table=True):
    """A channel that a member of staff linked to their account, such as LINE by a one-time code; sealed."""

    __tablename__ = "staff_address"

    staff_id: UUID = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    address: str
    digest: bytes | None = Field(default=None, sa_type=LargeBinary, index=True, description="by which it is found")
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)
    at: datetime = Field(sa_type=Moment)


class StaffNotice(Base, table=True):
    """An alert that a member of staff is to be told of outside the program; those due together leave as one message."""

    __tablename__ = "staff_notice"

    alert_id: UUID = Field(primary_key=True)
    staff_id: UUID
    case_id: UUID | None = Field(default=None, description="None: it is about calling somebody back")
    level: str
    target: str
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    missed: bool = False
    unit: str | None = None
    owner: UUID | None = None
    urgent: bool = False
    raised_at: datetime = Field(sa_type=Moment)
    learned_at: datetime = Field(sa_type=Moment)
    message_id: UUID | None = Field(default=None, index=True)

    __table_args__ = (_where("ix_staff_notice_waiting", "message_id is null", "staff_id", "learned_at"),)
