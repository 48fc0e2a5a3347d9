"""The tables of suggestions: the models that were learned, and what the newest suggests for each open case."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.kit.tables import Moment
from services.routing.tables import Base


class SuggestionModel(Base, table=True):
    """A model: arrays without code, the digest they are checked by, and how well it told later cases."""

    __tablename__ = "suggestion_model"

    version: str = Field(primary_key=True)
    trained_at: datetime = Field(sa_type=Moment, index=True)
    data_until: datetime = Field(sa_type=Moment, description="when the newest case it learned from was received")
    cases: int
    digest: str = Field(description="SHA-256 of the content")
    content: bytes = Field(sa_type=LargeBinary)
    measured: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class SuggestionRow(Base, table=True):
    """What a model suggests for a case, with its share of 1."""

    __tablename__ = "suggestion"

    case_id: UUID = Field(primary_key=True)
    model: str = Field(index=True)
    unit: str | None = None
    unit_share: float | None = None
    category: str | None = None
    category_share: float | None = None
    at: datetime = Field(sa_type=Moment)
