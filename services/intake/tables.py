"""The tables of intake: complaints as filed, who filed them, what they did since, and the progress they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kit.tables import Moment, service_metadata

metadata = service_metadata("intake")

SERIAL_BLOCK = 32
"""How many serial numbers a process takes from the sequence at once."""

metadata.info["statements"] = [
    # Serial numbers are taken by the block, so that filing waits for nobody; a gap means nothing.
    f"create sequence if not exists intake.serial increment by {SERIAL_BLOCK}",
]


class Base(SQLModel):
    """What every table here has in common: it stands in the schema `intake`."""

    metadata = metadata


class Complaint(Base, table=True):
    """A complaint as filed (ISO 10002 7.2). Never changed but by an acknowledgement, a corrected receipt or erasure."""

    __tablename__ = "complaint"

    id: UUID = Field(primary_key=True)
    tracking_number: str = Field(unique=True)
    secret_digest: bytes = Field(sa_type=LargeBinary, description="keyed digest; the secret itself is not kept")
    kind: str
    channel: str
    narrative: str | None = None
    remedy_sought: str | None = None
    location: str | None = None
    category: str | None = None
    service_point: str | None = None
    area: str | None = None
    segment: str | None = None
    reference: str | None = None
    subject_unit: str | None = None
    subject_person: str | None = None
    identity: str
    complainant_ref: UUID | None = Field(default=None, index=True)
    represented: bool = False
    language: str
    happened_at: datetime | None = Field(default=None, sa_type=Moment)
    received_at: datetime = Field(sa_type=Moment)
    recorded_at: datetime = Field(sa_type=Moment)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    policy_version: str
    promised: dict[str, Any] = Field(sa_type=JSONB)
    unit: str = Field(description="where the rules place it; tracking.unit says where it is")
    restricted: bool = False
    external_reference: str | None = None
    filed_by: UUID | None = None
    consent_version: str | None = None
    historical: bool = False
    erased_at: datetime | None = Field(default=None, sa_type=Moment)

    __table_args__ = (
        # Words are there until they are erased, never simply missing.
        CheckConstraint("narrative is not null or erased_at is not null", name="narrative_unless_erased"),
        # Whoever gave no identity has no reference by which repeats could be linked.
        CheckConstraint("identity <> 'anonymous' or complainant_ref is null", name="anonymous_unlinked"),
    )


SEALED_BY = "id of the contact key its contacts are sealed with; null where they are not yet (`intake.contacts`)"


class IdentityRecord(Base, table=True):
    """Who filed a complaint and how to reach them, sealed. It never leaves intake, and every look at it is recorded."""

    __tablename__ = "identity"

    complaint_id: UUID = Field(primary_key=True)
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    representative_name: str | None = None
    representative_relation: str | None = None
    representative_authority: str | None = None
    contact_preference: str | None = None
    phone_digest: bytes | None = Field(default=None, sa_type=LargeBinary, description="by which it is found")
    email_digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_by: str | None = Field(default=None, index=True, description=SEALED_BY)

    __table_args__ = (
        Index("ix_identity_phone_digest", "phone_digest", postgresql_where=text("phone_digest is not null")),
        Index("ix_identity_email_digest", "email_digest", postgresql_where=text("email_digest is not null")),
    )


class Contact(Base, table=True):
    """Whose telephone number or e-mail address it is, by complainant reference; only a keyed digest of it is kept."""

    __tablename__ = "contact"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    ref: UUID = Field(index=True)
    known_since: datetime = Field(sa_type=Moment)


class Idempotency(Base, table=True):
    """A filing that was sent with an `Idempotency-Key`: a repeat is answered, another body under the key refused."""

    __tablename__ = "idempotency"

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    body_digest: bytes = Field(sa_type=LargeBinary)
    complaint_id: UUID
    at: datetime = Field(sa_type=Moment, index=True)


class Imported(Base, table=True):
    """A case of another system, by its identifier there, so that importing twice registers once."""

    __tablename__ = "imported"

    system: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    complaint_id: UUID


class Tracking(Base, table=True):
    """What intake learned about a case from the others: what its complainant is shown, and which staff may look.

    A row appears with the first event; a complaint without one is `received`.
    """

    __tablename__ = "tracking"

    case_id: UUID = Field(primary_key=True)
    version: int = Field(
        default=0,
        sa_column_kwargs={"server_default": text("0")},
        description="routing's count of changes; the newest wins",
    )
    state: str = Field(default="received", sa_column_kwargs={"server_default": text("'received'")})
    state_at: datetime | None = Field(default=None, sa_type=Moment)
    kind: str | None = None
    unit: str | None = None
    owner: UUID | None = None
    approving_unit: str | None = None
    restricted: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    subject_unit: str | None = None
    subject_person: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    reopened_count: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    proposal: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    decision: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    asked: str | None = Field(default=None, description="what the complainant is asked for while the case waits")
    pending_action: str | None = Field(default=None, description="asked by the complainant, not yet answered")
    pending_at: datetime | None = Field(default=None, sa_type=Moment)
    told_level: str | None = Field(default=None, description="the highest level of management told of a missed date")
    told_at: datetime | None = Field(default=None, sa_type=Moment)


class TrackingClock(Base, table=True):
    """A clock of a case as sla last told it."""

    __tablename__ = "tracking_clock"

    case_id: UUID = Field(primary_key=True)
    target: str = Field(primary_key=True)
    cycle: int = Field(primary_key=True)
    version: int
    state: str
    started_at: datetime = Field(sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    met_at: datetime | None = Field(default=None, sa_type=Moment)
    missed: bool = False
    pauses: list[Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'[]'")))


class TrackingStep(Base, table=True):
    """One line of a complainant's timeline: a code that is put into words when it is shown, and at most one text."""

    __tablename__ = "tracking_step"

    case_id: UUID = Field(primary_key=True)
    event_id: UUID = Field(primary_key=True, description="the event it came from, so that a repeat adds nothing")
    at: datetime = Field(sa_type=Moment)
    position: int = Field(
        default=0,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("0")},
        description="where its event stands in its journal, to order what happened at the same moment",
    )
    code: str
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    words: str | None = None


class ComplainantAction(Base, table=True):
    """What a complainant did after filing (ISO 10002 7.9)."""

    __tablename__ = "complainant_action"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    action: str
    at: datetime = Field(sa_type=Moment)
    words: str | None = None
    rating: int | None = None
    confidence: int | None = Field(default=None, description="with a rating: confidence in the handling, 1 to 5")
    closure: int | None = Field(default=None, description="with a rating: how often the case had been reopened")
    medium: str = "web"

    __table_args__ = (
        # One survey for each closure (ISO 10002 8.3).
        Index("uq_complainant_action_rating", "case_id", "closure", unique=True,
              postgresql_where=text("action = 'rate'")),
        # A rating is 1 to 5 and comes only with the action of that name.
        CheckConstraint("(action = 'rate') = (rating is not null) and (rating is null or rating between 1 and 5)",
                        name="rating_fits"),
        CheckConstraint("confidence is null or (rating is not null and confidence between 1 and 5)",
                        name="confidence_fits"),
    )  # fmt: skip


class IdentityLook(Base, table=True):
    """Somebody of the staff opened the identity behind a case; who, when and why."""

    __tablename__ = "identity_look"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    by: UUID
    at: datetime = Field(sa_type=Moment)
    reason: str = Field(sa_column=Column(Text, nullable=False))


class ReceiptCorrection(Base, table=True):
    """A supervisor corrected when a complaint was received; both values are kept (domain §3)."""

    __tablename__ = "receipt_correction"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    received_before: datetime = Field(sa_type=Moment)
    received_at: datetime = Field(sa_type=Moment)
    reason: str | None = None
    by: UUID
    at: datetime = Field(sa_type=Moment)


class ImportRun(Base, table=True):
    """How far the import of a file has come, noted with each batch, so that a killed run goes on where it stopped."""

    __tablename__ = "import_run"

    file_key: str = Field(primary_key=True, description="SHA-256 over the mapping and the file")
    read: int
    registered: int
    duplicate: int
    rejected: int
    finished: bool = False
    at: datetime = Field(sa_type=Moment)

    __table_args__ = (
        # Nothing is lost on the way: every row read is registered, a duplicate or rejected.
        CheckConstraint("read = registered + duplicate + rejected", name="reconciled"),
    )


import services.intake.dossier.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.intake.email.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.intake.files.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.intake.line.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.intake.messages.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.intake.phone.tables  # noqa: E402  (declares its classes on Base, defined above)
import services.intake.subjects.tables  # noqa: E402, F401  (declares its classes on Base, defined above)
