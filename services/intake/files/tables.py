"""The table of files: what arrived, where it belongs, and what became of it. Contents lie in the storage, not here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlmodel import Field

from services.intake.tables import Base
from services.kit.tables import Moment


class StoredFile(Base, table=True):
    """A file. Its row outlives its content: what was erased or found infected stays as a fact (ISO 10002 7.3)."""

    __tablename__ = "stored_file"

    id: UUID = Field(primary_key=True)
    case_id: UUID | None = Field(default=None, index=True)
    origin: str = Field(description="web, tracking, api, staff, or the channel it came by")
    origin_id: str | None = Field(default=None, description="its id there, so that a repeat keeps nothing twice")
    name: str | None = None
    media_type: str
    treatment: str = Field(description="picture: drawn anew; document: kept as it is; opaque: to be downloaded only")
    size: int
    sha256: bytes = Field(sa_type=LargeBinary, description="of what is stored")
    arrived_sha256: bytes = Field(sa_type=LargeBinary, description="of what arrived, before a picture was drawn anew")
    width: int | None = None
    height: int | None = None
    thumbnail: bool = False
    state: str
    reason: str | None = None
    draft: bytes | None = Field(default=None, sa_type=LargeBinary, description="of a form not yet sent: whose it is")
    added_by: UUID | None = Field(default=None, description="the member of staff who added it")
    internal: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment, description="when its content went")

    __table_args__ = (
        Index("uq_stored_file_origin", "origin", "origin_id", unique=True,
              postgresql_where=text("origin_id is not null")),
        Index("ix_stored_file_draft", "draft", postgresql_where=text("draft is not null")),
        # What somebody still has to do: have it scanned, or take its content away.
        Index("ix_stored_file_open", "state", "at",
              postgresql_where=text("state = 'held' or (state in ('erased', 'infected') and settled_at is null)")),
        CheckConstraint("state in ('kept', 'held', 'infected', 'erased')", name="state_known"),
        CheckConstraint("draft is null or case_id is null", name="draft_or_case"),
    )  # fmt: skip


class WebDraft(Base, table=True):
    """The answers of a public form from the moment it is sent until its complaint is committed; sealed."""

    __tablename__ = "web_draft"

    id: str = Field(primary_key=True, description="the form's own key, which is also that of the arrival")
    draft: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=Moment, index=True)


class Arrival(Base, table=True):
    """Something that arrived on a channel, and whether it was registered: nothing is lost between the two."""

    __tablename__ = "arrival"

    channel: str = Field(primary_key=True)
    source_id: str = Field(primary_key=True)
    arrived_at: datetime = Field(sa_type=Moment)
    state: str = Field(default="arrived", sa_column_kwargs={"server_default": text("'arrived'")})
    reason: str | None = None
    case_id: UUID | None = None
    raw: UUID | None = None
    updated_at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        Index("ix_arrival_counted", "channel", "arrived_at", "state"),
        Index("ix_arrival_open", "arrived_at", postgresql_where=text("state in ('arrived', 'held', 'failed')")),
        Index("ix_arrival_ignored", "arrived_at", postgresql_where=text("state = 'ignored'")),
        CheckConstraint("state in ('arrived', 'registered', 'held', 'ignored', 'failed')", name="state_known"),
    )


class AccessCode(Base, table=True):
    """A one-time code sent to the contact on file; only its keyed digest is kept."""

    __tablename__ = "access_code"

    case_id: UUID = Field(primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary)
    until: datetime = Field(sa_type=Moment)
    tried: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    message_id: UUID | None = Field(default=None, description="the message it left in: which contact it proves")


class Allowance(Base, table=True):
    """How often something was done in a span of time, by a keyed digest of who did it; forgotten soon after."""

    __tablename__ = "allowance"

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    begun_at: datetime = Field(sa_type=Moment, primary_key=True, index=True)
    count: int = 0
