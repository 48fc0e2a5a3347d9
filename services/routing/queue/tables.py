"""What the desk keeps of its own: who watches what, tags, saved views, chosen columns, changes of many cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kit.tables import Moment
from services.routing.tables import Base


class Watch(Base, table=True):
    """Somebody follows a case that need not be theirs."""

    __tablename__ = "watch"

    staff_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=Moment)


class CaseTag(Base, table=True):
    """A word by which officers find cases again. It is theirs, no classification; erased with the words of the case."""

    __tablename__ = "case_tag"

    case_id: UUID = Field(primary_key=True)
    tag: str = Field(primary_key=True)
    by: UUID
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (Index("ix_case_tag_tag", "tag", "case_id"),)


class SavedView(Base, table=True):
    """A view with filters that somebody kept under a name, for themselves or for their unit."""

    __tablename__ = "saved_view"

    id: UUID = Field(primary_key=True)
    owner: UUID = Field(index=True)
    unit: str | None = Field(default=None, index=True, description="the unit it is shared with; none: private")
    name: str
    asked: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    at: datetime = Field(sa_type=Moment)


class DeskChoice(Base, table=True):
    """How a member of staff wants the queue: the columns beside number and gist, in their order."""

    __tablename__ = "desk_choice"

    staff_id: UUID = Field(primary_key=True)
    columns: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    at: datetime = Field(sa_type=Moment)


class BulkChange(Base, table=True):
    """One change of many cases by a member of staff, or the undoing of one."""

    __tablename__ = "bulk_change"

    id: UUID = Field(primary_key=True)
    by: UUID
    at: datetime = Field(sa_type=Moment)
    kind: str
    asked: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    undoes: UUID | None = Field(default=None, unique=True, description="the change this one takes back; only once")


class BulkChangeCase(Base, table=True):
    """What became of one case in a change of many. Done: the version it then had and what it was before."""

    __tablename__ = "bulk_change_case"

    change_id: UUID = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    outcome: str
    version: int | None = None
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSONB)

    __table_args__ = (
        # A case was changed, was so already, or was refused with a problem that says why.
        CheckConstraint("outcome in ('done', 'same', 'refused')", name="outcome_known"),
        CheckConstraint("(outcome = 'refused') = (problem is not null)", name="refused_says_why"),
    )
