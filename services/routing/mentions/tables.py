"""Whom a note names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.kit.tables import Moment
from services.routing.tables import Base


class Mention(Base, table=True):
    """A colleague named in a note. It holds none of the words: those stand in the timeline, and are erased there."""

    __tablename__ = "mention"

    id: UUID = Field(primary_key=True)
    case_id: UUID
    line_id: UUID = Field(description="the note, in the timeline")
    staff_id: UUID = Field(description="who is named")
    by: UUID
    at: datetime = Field(sa_type=Moment)
    read_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        Index("ix_mention_staff_id", "staff_id", "at", "id"),
        Index("ix_mention_unread", "staff_id", postgresql_where=text("read_at is null")),
        Index("ix_mention_case_id", "case_id"),
    )
