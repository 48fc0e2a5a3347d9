"""The tables every service carries in its own PostgreSQL schema: journal, buckets, cursors, relay, parked, copies.

`service_metadata(schema)` gives a service a metadata of its own with the common tables already declared, so that one
service's migrations never see another's.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Moment = DateTime(timezone=True)
"""Every time is stored as `timestamptz`, in UTC."""


def service_metadata(schema: str) -> MetaData:
    """A metadata for one service, holding the tables that every service carries."""
    metadata = MetaData(schema=schema, naming_convention=NAMING)
    _journal_tables(metadata)
    _copy_tables(metadata)
    return metadata


def _journal_tables(metadata: MetaData) -> None:
    Table(
        "bucket",
        metadata,
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False, server_default=text("0")),
        Column("head", LargeBinary, nullable=False, server_default=text("'\\x'::bytea")),
        # The counters are the hottest rows there are: room on the page keeps every update in place.
        postgresql_with={"fillfactor": 20},
    )
    Table(
        "journal",
        metadata,
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("id", UUID, nullable=False),
        Column("case_id", UUID, nullable=False),
        Column("type", Text, nullable=False),
        Column("version", SmallInteger, nullable=False),
        Column("occurred_at", Moment, nullable=False),
        Column("recorded_at", Moment, nullable=False),
        Column("historical", Boolean, nullable=False),
        Column("traceparent", Text),
        Column("body", Text, nullable=False),
        Column("texts", Text),
        Column("digest", LargeBinary, nullable=False),
        Column("head", LargeBinary, nullable=False),
        Index(None, "case_id"),
    )
    Table(
        "cursor",
        metadata,
        Column("source", Text, primary_key=True),
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False, server_default=text("0")),
        # Over a broker: the moment (UTC) before which everything recorded in this bucket has been read.
        Column("heard_until", Moment),
        postgresql_with={"fillfactor": 20},
    )
    Table(
        "relay",
        metadata,
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False, server_default=text("0")),
        Column("holder", Text),
        Column("held_until", Moment),
        postgresql_with={"fillfactor": 20},
    )
    Table(
        "relay_member",
        metadata,
        Column("holder", Text, primary_key=True),
        Column("seen_at", Moment, nullable=False),
    )
    Table(
        "parked",
        metadata,
        Column("source", Text, primary_key=True),
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("case_id", UUID, nullable=False),
        Column("type", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("parked_at", Moment, nullable=False, server_default=text("now()")),
        Column("tried", BigInteger, nullable=False, server_default=text("1")),
        Column("event", JSONB, nullable=False),
        Index(None, "source", "case_id"),
    )
    Table(
        "discarded",
        metadata,
        Column("source", Text, primary_key=True),
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("reason", Text, nullable=False),
        Column("by", Text, nullable=False),
        Column("at", Moment, nullable=False, server_default=text("now()")),
        Column("event", JSONB, nullable=False),
    )
    Table(
        "unheard",
        metadata,
        Column("source", Text, primary_key=True),
        Column("type", Text, primary_key=True),
        Column("version", SmallInteger, primary_key=True, autoincrement=False),
        Column("events", BigInteger, nullable=False),
        Column("first_at", Moment, nullable=False),
        Column("last_at", Moment, nullable=False),
    )


def _copy_tables(metadata: MetaData) -> None:
    Table(
        "policy_copy",
        metadata,
        Column("version", Text, primary_key=True),
        Column("effective_from", Moment, nullable=False),
        Column("adopted_at", Moment, nullable=False),
        Column("bundle", Text, nullable=False),
        Index(None, "effective_from"),
    )
    Table(
        "staff_copy",
        metadata,
        Column("staff_id", UUID, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("body", JSONB, nullable=False),
        Column("changed_at", Moment, nullable=False, server_default=text("now()")),
        Index(None, "changed_at"),
    )
    Table(
        "revoked_session",
        metadata,
        Column("session_id", UUID, primary_key=True),
        Column("at", Moment, nullable=False, server_default=text("now()")),
        Index(None, "at"),
    )
