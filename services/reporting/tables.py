"""The tables of reporting: facts by case, the daily sums made of them, and (in `recovery/`) its own recovery records.

Everything here but the recovery records is a projection: `rebuild.py` can make it anew from the journals.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid, text
from sqlmodel import SQLModel

from services.kit.tables import service_metadata
from services.reporting.facts import (
    AlertFact,
    CaseFact,
    ClockFact,
    InvitationFact,
    RatingFact,
    RecoveryFact,
    RemedyFact,
    SpanFact,
)
from services.reporting.store import store

metadata = service_metadata("reporting")


class Base(SQLModel):
    """What every table class here has in common: it stands in the schema `reporting`."""

    metadata = metadata


def _where(name: str, condition: str, *indexed: str) -> Index:
    return Index(name, *indexed, postgresql_where=text(condition))


CASES = store(
    metadata,
    "case_fact",
    CaseFact,
    ("case_id",),
    Index("ix_case_fact_received_at", "received_at", "case_id"),
    Index(
        "ix_case_fact_complainant",
        "complainant_ref",
        "received_at",
        postgresql_where=text("complainant_ref is not null"),
    ),
    _where("ix_case_fact_reference", "reference is not null", "reference", "received_at"),
)
"""One row a case (`CaseFact`)."""

CLOCKS = store(
    metadata,
    "clock_fact",
    ClockFact,
    ("case_id", "target", "cycle"),
    _where("ix_clock_fact_due", "counted", "target", "due_at", "case_id"),
    _where("ix_clock_fact_met", "met_at is not null", "target", "met_at", "case_id"),
    Index(
        "ix_clock_fact_running",
        "target",
        "started_at",
        postgresql_where=text("met_at is null and state <> 'cancelled'"),
    ),
)
"""One row a clock (`ClockFact`); the indexes serve the due cohort, durations and the clocks that ran at a cut-off."""

SPANS = store(
    metadata,
    "span_fact",
    SpanFact,
    ("case_id", "number"),
    Index("ix_span_fact_ended", "ended_at", "case_id"),
    _where("ix_span_fact_open", "ended_in is null", "opened_at", "case_id"),
)
"""One row for each stretch a case was open (`SpanFact`)."""

ALERTS = store(metadata, "alert_fact", AlertFact, ("alert_id",), Index("ix_alert_fact_sent", "sent_at", "alert_id"))
"""One row an alert (`AlertFact`)."""

RATINGS = store(metadata, "rating_fact", RatingFact, ("case_id", "at"), Index("ix_rating_fact_at", "at", "case_id"))
"""One row a rating (`RatingFact`)."""

INVITATIONS = store(
    metadata,
    "invitation_fact",
    InvitationFact,
    ("case_id", "closure"),
    Index("ix_invitation_fact_at", "at", "case_id"),
)
"""One row an invitation that was delivered (`InvitationFact`)."""

REMEDIES = store(
    metadata,
    "remedy_fact",
    RemedyFact,
    ("task_id",),
    Index("ix_remedy_fact_due", "due_at", "task_id"),
    Index(None, "case_id"),
)
"""One row a promised remedy (`RemedyFact`)."""

RECOVERIES = store(
    metadata,
    "recovery_fact",
    RecoveryFact,
    ("recovery_id",),
    Index("ix_recovery_fact_opened", "opened_at", "recovery_id"),
    Index(None, "complaint_id"),
)
"""One row a recovery record, as its events tell it (`RecoveryFact`)."""

Table(
    "daily_sum",
    metadata,
    Column("measure", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("unit", Text, primary_key=True),
    Column("owner", Uuid, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("service_point", Text, primary_key=True),
    Column("restricted", Text, primary_key=True),
    Column("numerator", BigInteger, nullable=False),
    Column("denominator", BigInteger, nullable=False),
)
"""Numerators and denominators by local day and place (`rules.Place`); a row of zeros is one that emptied again."""

PROJECTIONS = (
    "case_fact",
    "clock_fact",
    "span_fact",
    "alert_fact",
    "rating_fact",
    "invitation_fact",
    "remedy_fact",
    "recovery_fact",
    "daily_sum",
)
"""What a rebuild makes anew."""

import services.reporting.recovery.tables  # noqa: E402, F401  (declares its classes on Base, defined above)
