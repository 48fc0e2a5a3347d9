"""The tables of governance: policy versions with their approval, drafts, staff with their passwords, second steps
and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from services.kit.tables import Moment, service_metadata

metadata = service_metadata("governance")


class Base(SQLModel):
    """What every table here has in common: it stands in the schema `governance`."""

    metadata = metadata


class PolicyVersion(Base, table=True):
    """A policy as adopted: the whole document, who adopted it, from when it holds, and the approval behind it."""

    __tablename__ = "policy_version"

    version: str = Field(primary_key=True)
    effective_from: datetime = Field(sa_type=Moment)
    adopted_at: datetime = Field(sa_type=Moment)
    adopted_by: UUID | None = None
    sample: bool
    digest: str = Field(description="SHA-256 of what the policy says, whatever its spelling")
    bundle: dict[str, Any] = Field(sa_type=JSONB)
    approval: dict[str, Any] | None = Field(default=None, sa_type=JSONB)

    __table_args__ = (
        # A real policy is in force only with the record of the body that approved it (SE-AM 5.3, FAQ rulings).
        CheckConstraint("sample or approval is not null", name="approved_or_sample"),
        Index(None, "effective_from"),
    )


class StaffAccount(Base, table=True):
    """A member of staff and how they sign in. Only an argon2 digest of the password is kept."""

    __tablename__ = "staff"

    staff_id: UUID = Field(primary_key=True)
    username: str = Field(unique=True)
    display_name: str
    unit: str = Field(index=True)
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    active: bool = True
    on_duty: bool = True
    capacity: int = 20
    email: str | None = Field(default=None, description="address at work, for alerts")
    version: int = 1
    password_hash: str
    failed_sign_ins: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    second_step_due_at: datetime | None = Field(
        default=None, sa_type=Moment, description="until when a second step that the roles demand may be lacking"
    )

    __table_args__ = (
        # A user name is typed on phones and read out: lower case, no spaces.
        CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]*$'", name="username_plain"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
    )


class StaffSession(Base, table=True):
    """A signed-in session; `ended_at` is set when it is revoked before it expires."""

    __tablename__ = "session"

    session_id: UUID = Field(primary_key=True)
    staff_id: UUID = Field(index=True)
    started_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    address_digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    device: str | None = Field(default=None, description="browser and system in two words")
    second_step: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}, description="whether a code was asked for"
    )

    __table_args__ = (Index(None, "started_at", "session_id"),)


class SecondStep(Base, table=True):
    """The authenticator app of a member: its secret, sealed, and the last interval that a code was taken of."""

    __tablename__ = "second_step"

    staff_id: UUID = Field(primary_key=True)
    secret: bytes = Field(sa_type=LargeBinary)
    begun_at: datetime = Field(sa_type=Moment)
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment, description="none until a code proved the app")
    last_interval: int = Field(default=0, sa_type=BigInteger)


class RecoveryCode(Base, table=True):
    """A code for the day the telephone is lost, as a keyed digest; good once."""

    __tablename__ = "recovery_code"

    staff_id: UUID = Field(primary_key=True)
    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class LeavePeriod(Base, table=True):
    """A period in which a member is away, and who stands in. Cancelled ones stay: it is known what held when."""

    __tablename__ = "leave"

    leave_id: UUID = Field(primary_key=True)
    staff_id: UUID
    starts_at: datetime = Field(sa_type=Moment)
    ends_at: datetime = Field(sa_type=Moment, description="the first moment they are back")
    substitute: UUID | None = None
    hand_over: bool = Field(default=False, description="whether open cases go to the substitute and come back")
    noted_by: UUID | None = None
    noted_at: datetime = Field(sa_type=Moment)
    cancelled_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        # A period lasts, and nobody hands over to nobody.
        CheckConstraint("starts_at < ends_at", name="period_lasts"),
        CheckConstraint("substitute is not null or not hand_over", name="handed_to_somebody"),
        Index(None, "staff_id", "ends_at"),
    )


class PolicyDraft(Base, table=True):
    """A policy on its way to adoption: the text as given, mended or not, and the approval entered for it."""

    __tablename__ = "policy_draft"

    draft_id: UUID = Field(primary_key=True)
    text: str
    approval: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    changed_by: UUID
    changed_at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        # Drafts are deleted a while after the last change.
        Index(None, "changed_at"),
    )


_journal = metadata.tables["governance.journal"]
Index("ix_journal_recorded_at", _journal.c.recorded_at, _journal.c.id)
# The audit page reads the journal from its newest end.
