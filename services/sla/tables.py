"""The tables of sla: what it knows of a case, its clocks, the alerts they raised, and where the sweep stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.kit.tables import Moment, service_metadata

metadata = service_metadata("sla")


class Base(SQLModel):
    """What every table here has in common: it stands in the schema `sla`."""

    metadata = metadata


class CaseCopy(Base, table=True):
    """What sla learned of a case. `life` holds the facts its clocks follow from; clocks are only their outcome."""

    __tablename__ = "case_copy"

    case_id: UUID = Field(primary_key=True)
    filed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether intake's ComplaintFiled has been read; before it no clock is judged."""
    tracking_number: str | None = None
    kind: str | None = None
    state: str = Field(default="received", sa_column_kwargs={"server_default": "received"})
    unit: str | None = None
    owner: UUID | None = None
    approving_unit: str | None = None
    restricted: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    subject_unit: str | None = None
    subject_person: str | None = None
    priority: str | None = None
    category: str | None = None
    service_point: str | None = None
    safety: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    gist: str | None = None
    policy_version: str | None = None
    received_at: datetime | None = Field(default=None, sa_type=Moment)
    historical: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    ended: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    version: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """The newest of routing's versions that was read: an older one changes nothing."""
    life: dict[str, Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    )

    __table_args__ = (
        # Load per officer is counted over open cases only.
        Index("ix_case_copy_open_owner", "owner", postgresql_where=text("filed and not ended")),
    )


class ClockRow(Base, table=True):
    """A clock: one target of one case in one cycle. Breach, warning, escalation and the end of a pause are found by
    one index: the next moment at which something falls due."""

    __tablename__ = "clock"

    case_id: UUID = Field(primary_key=True)
    target: str = Field(primary_key=True)
    cycle: int = Field(primary_key=True)
    state: str
    started_at: datetime = Field(sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    met_at: datetime | None = Field(default=None, sa_type=Moment)
    missed: bool = False
    pauses: list[Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb")))
    pause_limit: datetime | None = Field(default=None, sa_type=Moment)
    """When a pause that lasts ends by itself, at the latest."""
    paused_seconds: float = 0
    policy_version: str
    calendar_version: str
    """The policy version whose calendar of this code it is judged in; newer than `policy_version` after an edit."""
    priority: str | None = None
    calendar: str | None = None
    within: str | None = None
    unit: str | None = None
    owner: UUID | None = None
    fired: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    """The levels that were reached, parted by spaces; none is ever reached again."""
    next_at: datetime | None = Field(default=None, sa_type=Moment)
    """The next moment at which the sweep has something to do here; empty when nothing is left."""
    historical: bool = False
    version: int = 1

    __table_args__ = (
        CheckConstraint("target in ('acknowledge', 'first_contact', 'progress', 'resolve')", name="target"),
        CheckConstraint("state in ('running', 'paused', 'met', 'missed', 'met_late', 'cancelled')", name="state"),
        # What no longer runs has nothing left to fall due: no stale alert can fire.
        CheckConstraint("next_at is null or state in ('running', 'paused', 'missed')", name="nothing_stale"),
        # The sweep: its cost follows what is due, not what is open.
        Index("ix_clock_next_at", "next_at", postgresql_where=text("next_at is not null")),
        # The managers' page: what is overdue or falls due soon.
        Index(
            "ix_clock_open_due_at",
            "due_at",
            "unit",
            postgresql_where=text("state in ('running', 'paused', 'missed')"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class Alert(Base, table=True):
    """Somebody was warned, or will be when quiet hours or batch end. Once for each (case, target, cycle, level)."""

    __tablename__ = "alert"

    id: UUID = Field(primary_key=True)
    case_id: UUID
    target: str
    cycle: int
    level: str
    chain: str
    """The level of the escalation chain that it reached: owner, unit_head, line_manager, executive."""
    threshold_at: datetime = Field(sa_type=Moment)
    known_at: datetime | None = Field(default=None, sa_type=Moment)
    """When the threshold was due to be known, if that is later: what the lag is counted from."""
    raised_at: datetime = Field(sa_type=Moment)
    not_before: datetime = Field(sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    dropped: str | None = None
    """Why it was not sent after all: what it warned of was settled while it was held back."""
    recipient: UUID | None = None
    recipient_unit: str | None = None
    batch: UUID
    """Alerts of one recipient that go out together."""
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    seen_by: UUID | None = None

    __table_args__ = (
        # Exactly one alert for each of these, across replicas, restarts and retries (domain §4.12).
        Index("uq_alert_level", "case_id", "target", "cycle", "level", unique=True),
        Index("ix_alert_sent_at", "sent_at", "id", postgresql_where=text("sent_at is not null")),
        Index("ix_alert_recipient", "recipient", "sent_at"),
        Index("ix_alert_held", "not_before", postgresql_where=text("sent_at is null and dropped is null")),
    )


class CalendarEdit(Base, table=True):
    """A policy version whose calendars differ, and how far open clocks have been recomputed with them."""

    __tablename__ = "calendar_edit"

    version: str = Field(primary_key=True)
    calendars: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    reached: UUID | None = None
    """The last case done; a job that was interrupted goes on after it."""
    done_at: datetime | None = Field(default=None, sa_type=Moment)


class SweepState(Base, table=True):
    """Where the sweep stands, for the operator and `redress doctor`: one row."""

    __tablename__ = "sweep"

    single: bool = Field(primary_key=True, default=True)
    ran_at: datetime = Field(sa_type=Moment)
    horizon: datetime = Field(sa_type=Moment)
    """What it has judged up to: no further than the events it has read."""
    waiting_since: datetime | None = Field(default=None, sa_type=Moment)
    """Since when the reader lags by more than the bound; empty when it does not."""
    held_cases: int = 0
    """Cases not judged because an event of theirs is parked."""
    found: int = 0

    __table_args__ = (CheckConstraint("single", name="one_row"),)
