"""Which cases belong together."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.kit.tables import Moment
from services.routing.tables import Base


class CaseLink(Base, table=True):
    """Two cases that belong together: `related` either way, `merged` one into another, `split` one off another.

    Of `merged` and `split` the case that goes on, or the one it came from, is `other_id`. A link that was undone stays.
    """

    __tablename__ = "case_link"

    id: UUID = Field(primary_key=True)
    case_id: UUID
    other_id: UUID
    sort: str
    reason: str | None = Field(default=None, description="erased with the words of either case")
    by: UUID | None = None
    at: datetime = Field(sa_type=Moment)
    undone_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_by: UUID | None = None

    __table_args__ = (
        CheckConstraint("sort in ('related', 'merged', 'split')", name="sort_known"),
        CheckConstraint("case_id <> other_id", name="two_cases"),
        # Two cases are linked once, whichever was named first.
        Index(
            "uq_case_link_pair", text("least(case_id, other_id)"), text("greatest(case_id, other_id)"), unique=True,
            postgresql_where=text("undone_at is null"),
        ),
        Index("ix_case_link_case_id", "case_id"),
        Index("ix_case_link_other_id", "other_id"),
    )  # fmt: skip
