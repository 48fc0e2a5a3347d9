"""Dossiers that were asked for, and what became of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.intake.tables import Base
from services.kit.tables import Moment


class Dossier(Base, table=True):
    """A dossier: who asked for it and when. What routing wrote for it is kept until it is made, and not longer."""

    __tablename__ = "dossier"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    asked_by: UUID | None = None
    asked_at: datetime = Field(sa_type=Moment)
    record: str | None = Field(default=None, description="the page of routing, gzip in base64")
    state: str = Field(default="waiting", sa_column_kwargs={"server_default": text("'waiting'")})
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    file_id: UUID | None = None
    settled_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'made', 'failed', 'dropped')", name="state_known"),
        Index("ix_dossier_waiting", "asked_at", "id", postgresql_where=text("state = 'waiting'")),
    )
