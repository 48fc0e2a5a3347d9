"""The tables of the telephone: events and calls as the switchboard told them, call-backs, and what staff typed.

A caller's number is a contact: it stands here sealed, with a keyed digest by which the same caller is found again.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field

from services.intake.tables import SEALED_BY, Base
from services.kit.tables import Moment


class PhoneEvent(Base, table=True):
    """An event of the switchboard, by its id, so that the same one sent twice is one."""

    __tablename__ = "phone_event"

    id: str = Field(primary_key=True)
    call_id: UUID = Field(index=True)
    event: str
    at: datetime = Field(sa_type=Moment, description="when it happened, by the switchboard's clock")
    arrived_at: datetime = Field(sa_type=Moment, index=True)


class PhoneCall(Base, table=True):
    """A call, folded from its events in whatever order they came. Its state follows from its times."""

    __tablename__ = "phone_call"

    id: UUID = Field(primary_key=True)
    source_id: str = Field(unique=True, description="the switchboard's own id of the call")
    direction: str = Field(default="in", sa_column_kwargs={"server_default": text("'in'")})
    number: bytes | None = Field(default=None, sa_type=LargeBinary, description="sealed; None: withheld")
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)
    caller: bytes | None = Field(default=None, sa_type=LargeBinary, description="keyed digest, as in `contact`")
    dialled: str | None = Field(default=None, description="the line that was called")
    extension: str | None = None
    agent: UUID | None = None
    state: str
    began_at: datetime = Field(sa_type=Moment)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    missed_at: datetime | None = Field(default=None, sa_type=Moment)
    recording: str | None = Field(default=None, description="where it is to be heard: an address or an id, not fetched")
    case_id: UUID | None = Field(default=None, index=True)
    settled_at: datetime | None = Field(default=None, sa_type=Moment, description="its agent said what came of it")
    changed_at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        CheckConstraint("state in ('ringing', 'answered', 'ended', 'missed')", name="state_is_known"),
        CheckConstraint("direction in ('in', 'out')", name="direction_is_known"),
        Index("ix_phone_call_open", "began_at", "id",
              postgresql_where=text("settled_at is null and direction = 'in' and state <> 'missed'")),
        Index("ix_phone_call_changed_at", "changed_at"),
        Index("ix_phone_call_ringing", "changed_at", postgresql_where=text("state = 'ringing'")),
        Index("ix_phone_call_caller", "caller", "began_at"),
    )  # fmt: skip


class PhoneDesk(Base, table=True):
    """Which extension a member of staff answers at, so that their calls pop up for them alone."""

    __tablename__ = "phone_desk"

    staff_id: UUID = Field(primary_key=True)
    extension: str = Field(unique=True)
    at: datetime = Field(sa_type=Moment)


class CallBack(Base, table=True):
    """A caller who was not answered and is owed a call, with the clock of that promise."""

    __tablename__ = "call_back"

    id: UUID = Field(primary_key=True)
    call_id: UUID = Field(index=True, description="the last call of theirs that was not answered")
    calls: int = Field(default=1, sa_column_kwargs={"server_default": text("1")}, description="how often they rang")
    number: bytes = Field(sa_type=LargeBinary)
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)
    caller: bytes = Field(sa_type=LargeBinary)
    why: str
    rang_at: datetime = Field(sa_type=Moment, description="the first of those calls: the clock starts here")
    due_at: datetime = Field(sa_type=Moment)
    next_at: datetime | None = Field(default=None, sa_type=Moment, description="when a level is reached next")
    policy_version: str
    calendar: str
    fired: str = Field(default="", sa_column_kwargs={"server_default": text("''")}, description="levels reached")
    missed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    state: str = Field(default="open", sa_column_kwargs={"server_default": text("'open'")})
    taken_by: UUID | None = None
    taken_at: datetime | None = Field(default=None, sa_type=Moment)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": text("0")}, description="rung in vain")
    tried_at: datetime | None = Field(default=None, sa_type=Moment)
    outcome: str | None = None
    note: str | None = None
    case_id: UUID | None = None
    closed_by: UUID | None = None
    closed_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        CheckConstraint("state in ('open', 'closed')", name="state_is_known"),
        CheckConstraint("(state = 'closed') = (closed_at is not null and outcome is not null)", name="closed_fits"),
        # Somebody who rings five times is owed one call.
        Index("uq_call_back_open", "caller", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_call_back_due", "due_at", "id", postgresql_where=text("state = 'open'")),
        Index("ix_call_back_next", "next_at", postgresql_where=text("state = 'open'")),
        Index("ix_call_back_closed", "closed_at", "id", postgresql_where=text("state = 'closed'")),
    )


class TypedForm(Base, table=True):
    """What staff typed of a call, letter or visit, from the moment it is sent until it is registered. Sealed."""

    __tablename__ = "typed_form"

    channel: str = Field(primary_key=True)
    source_id: str = Field(primary_key=True, description="that of its arrival")
    once: str
    by: UUID
    sealed: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=Moment)


class LetterIn(Base, table=True):
    """The date that stands on a letter; its number is the complaint's `external_reference`."""

    __tablename__ = "letter_in"

    case_id: UUID = Field(primary_key=True)
    dated: date
