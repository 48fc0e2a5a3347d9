"""The tables of the LINE channel: events as they came, who talks with us, the talk so far, messages and codes.

A LINE user id is a contact like a telephone number: it stays in intake and is never in an event or a log. A *talker* is
the keyed digest of a user, group or room id, so that order and locks need no id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.tables import SEALED_BY, Base
from services.kit.tables import Moment

OPEN = ("waiting", "filing", "answering")
"""States of an event with which the worker is not done."""

_OPEN = text("state in ('waiting', 'filing', 'answering')")


class LineEvent(Base, table=True):
    """A webhook event as it came. `id` is its `webhookEventId`, so that a redelivery adds nothing."""

    __tablename__ = "line_event"

    id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False, unique=True))
    talker: bytes = Field(sa_type=LargeBinary)
    type: str
    message_id: str | None = Field(default=None, index=True)
    at: datetime = Field(sa_type=Moment, description="when it happened, by LINE's clock")
    arrived_at: datetime = Field(sa_type=Moment)
    state: str = Field(default="waiting", sa_column_kwargs={"server_default": text("'waiting'")})
    raw: dict[str, Any] | None = Field(default=None, sa_type=JSONB, description="sealed; gone after a while, or unsent")
    draft: dict[str, Any] | None = Field(default=None, sa_type=JSONB, description="the talk it confirmed, to be filed")
    answer: list[Any] | None = Field(default=None, sa_type=JSONB, description="messages still to be sent for it")
    token_tried_at: datetime | None = Field(default=None, sa_type=Moment, description="when its reply token was used")
    tried: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    problem: str | None = Field(default=None, description="why it is held or was tried again; never personal data")
    done_at: datetime | None = Field(default=None, sa_type=Moment)
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)

    __table_args__ = (
        CheckConstraint(
            "state in ('waiting', 'filing', 'answering', 'done', 'ignored', 'held')", name="state_is_known"
        ),
        Index("ix_line_event_open", "talker", "at", "seq", postgresql_where=_OPEN),
        Index("ix_line_event_arrived_at", "arrived_at"),
    )


class LineUser(Base, table=True):
    """Somebody who talked with us on LINE, and whether messages may be sent to them. Their id and name are sealed."""

    __tablename__ = "line_user"

    talker: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    user_id: str
    name: str | None = Field(default=None, description="the display name, as LINE told it")
    language: str = Field(default="th", sa_column_kwargs={"server_default": text("'th'")})
    following: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    followed_at: datetime = Field(sa_type=Moment, description="the last follow or unfollow, by LINE's clock")
    code_misses: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    code_missed_at: datetime | None = Field(default=None, sa_type=Moment)
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)


class LineTalk(Base, table=True):
    """A talk under way: the step it is at and what was said so far. Gone when it is filed, cancelled or expired."""

    __tablename__ = "line_talk"

    talker: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    talk: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    touched_at: datetime = Field(sa_type=Moment, index=True)
    reminded_at: datetime | None = Field(default=None, sa_type=Moment)


class LineMessage(Base, table=True):
    """A message with content, or one that joined a case: where it went, so that `unsend` finds it."""

    __tablename__ = "line_message"

    message_id: str = Field(primary_key=True)
    talker: bytes = Field(sa_type=LargeBinary)
    kind: str
    name: str | None = None
    at: datetime = Field(sa_type=Moment)
    state: str = Field(description="said (text), fetching, kept, refused, unsent")
    case_id: UUID | None = Field(default=None, index=True)
    file_id: UUID | None = None
    tried: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    not_before: datetime | None = Field(default=None, sa_type=Moment)
    problem: str | None = None

    __table_args__ = (
        CheckConstraint("state in ('said', 'fetching', 'kept', 'refused', 'unsent')", name="state_is_known"),
        Index("ix_line_message_fetching", "not_before", postgresql_where=text("state = 'fetching'")),
    )


class LineCode(Base, table=True):
    """A one-time code shown on the tracking or the account page, typed into the talk to link it. Only its digest."""

    __tablename__ = "line_code"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    case_id: UUID | None = None
    staff_id: UUID | None = None
    expires_at: datetime = Field(sa_type=Moment, index=True)
    used_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (CheckConstraint("(case_id is null) <> (staff_id is null)", name="for_one_thing"),)
