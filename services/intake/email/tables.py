"""The table of mails: each as it came, what it was taken for, and the case it led to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, text
from sqlmodel import Field

from services.intake.tables import SEALED_BY, Base
from services.kit.tables import Moment


class Mail(Base, table=True):
    """A mail that came in, sealed. Its words go with those of its case when they are erased; that it came stays."""

    __tablename__ = "mail"

    source_id: str = Field(primary_key=True, description="digest of Message-ID and content; also the arrival's")
    message_id: str | None = None
    way: str = Field(description="lmtp, smtp, imap or import")
    received_at: datetime = Field(sa_type=Moment)
    envelope_from: str | None = None
    envelope_to: str | None = None
    size: int
    raw: bytes | None = Field(default=None, sa_type=LargeBinary, description="as it came, unless it lies in a file")
    raw_file: UUID | None = None
    kind: str | None = Field(default=None, description="what it was taken for; null until it is settled")
    folded: str | None = Field(default=None, description="quotation and signature, which the case does not repeat")
    html: str | None = Field(default=None, description="safe to show")
    left_out: int = Field(default=0, sa_column_kwargs={"server_default": text("0")},
                          description="attachments that are only within the raw message")  # fmt: skip
    case_id: UUID | None = None
    tries: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)

    __table_args__ = (
        Index("ix_mail_case_id", "case_id", postgresql_where=text("case_id is not null")),
        Index("ix_mail_message_id", "message_id", postgresql_where=text("message_id is not null")),
    )
