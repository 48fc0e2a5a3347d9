"""Who has a case open: rows of seconds, which a restart may lose."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.kit.tables import Moment
from services.routing.tables import Base


class Looking(Base, table=True):
    """A screen on which somebody has a case open. Swept by `seen_at`; unlogged, for it is stale after a minute."""

    __tablename__ = "looking"

    case_id: UUID = Field(primary_key=True)
    screen: UUID = Field(primary_key=True)
    staff_id: UUID
    seen_at: datetime = Field(sa_type=Moment)
    writing: str | None = Field(default=None, description="the act or step whose form they write in")
    wrote_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (Index("ix_looking_seen_at", "seen_at"), {"prefixes": ["UNLOGGED"]})
