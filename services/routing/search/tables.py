"""The tables of search: the words of each case, how far they were read, and which are to be read anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from services.kit.tables import Moment
from services.routing.tables import Base


class CaseWords(Base, table=True):
    """The words of a case and its facts (`=unit:…`), for finding it. Whoever looks, the case itself is asked again."""

    __tablename__ = "case_words"

    case_id: UUID = Field(primary_key=True)
    received_at: datetime = Field(sa_type=Moment)
    words: Any = Field(sa_column=Column(TSVECTOR, nullable=False))

    __table_args__ = (
        # No pending list: a search costs the same however much came in since the last vacuum.
        Index("ix_case_words_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("ix_case_words_received_at", "received_at", "case_id"),
    )


class WordsCursor(Base, table=True):
    """Up to where routing's own journal was read for the words of its cases."""

    __tablename__ = "words_cursor"

    bucket: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(sa_type=BigInteger)


class WordsDue(Base, table=True):
    """A case whose words changed without an event of routing: erased, taken back, corrected, another gist."""

    __tablename__ = "words_due"

    id: UUID = Field(primary_key=True)
    case_id: UUID
