"""initial.

Revision 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("threshold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped", sa.String(), nullable=True),
        sa.Column("recipient", sa.Uuid(), nullable=True),
        sa.Column("recipient_unit", sa.String(), nullable=True),
        sa.Column("batch", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        schema="sla",
    )
    op.create_index(
        "ix_alert_held",
        "alert",
        ["not_before"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("sent_at is null and dropped is null"),
    )
    op.create_index("ix_alert_recipient", "alert", ["recipient", "sent_at"], unique=False, schema="sla")
    op.create_index(
        "ix_alert_sent_at",
        "alert",
        ["sent_at", "id"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("sent_at is not null"),
    )
    op.create_index("uq_alert_level", "alert", ["case_id", "target", "cycle", "level"], unique=True, schema="sla")
    op.create_table(
        "bucket",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_bucket")),
        schema="sla",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "calendar_edit",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("calendars", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_calendar_edit")),
        schema="sla",
    )
    op.create_table(
        "case_copy",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("filed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="received", nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("approving_unit", sa.String(), nullable=True),
        sa.Column("restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("subject_unit", sa.String(), nullable=True),
        sa.Column("subject_person", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("service_point", sa.String(), nullable=True),
        sa.Column("safety", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("gist", sa.String(), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("historical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "life", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_copy")),
        schema="sla",
    )
    op.create_index(
        "ix_case_copy_open_owner",
        "case_copy",
        ["owner"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("filed and not ended"),
    )
    op.create_table(
        "clock",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column(
            "pauses", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False
        ),
        sa.Column("pause_limit", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_seconds", sa.Float(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("calendar_version", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("within", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("fired", sa.Text(), server_default="", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "next_at is null or state in ('running', 'paused', 'missed')", name=op.f("ck_clock_nothing_stale")
        ),
        sa.CheckConstraint(
            "state in ('running', 'paused', 'met', 'missed', 'met_late', 'cancelled')", name=op.f("ck_clock_state")
        ),
        sa.CheckConstraint(
            "target in ('acknowledge', 'first_contact', 'progress', 'resolve')", name=op.f("ck_clock_target")
        ),
        sa.PrimaryKeyConstraint("case_id", "target", "cycle", name=op.f("pk_clock")),
        schema="sla",
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_clock_next_at",
        "clock",
        ["next_at"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("next_at is not null"),
    )
    op.create_index(
        "ix_clock_open_due_at",
        "clock",
        ["due_at", "unit"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("state in ('running', 'paused', 'missed')"),
    )
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", name=op.f("pk_cursor")),
        schema="sla",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "discarded",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", "position", name=op.f("pk_discarded")),
        schema="sla",
    )
    op.create_table(
        "journal",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "position", name=op.f("pk_journal")),
        schema="sla",
    )
    op.create_index(op.f("ix_journal_case_id"), "journal", ["case_id"], unique=False, schema="sla")
    op.create_table(
        "parked",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tried", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("event", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", "position", name=op.f("pk_parked")),
        schema="sla",
    )
    op.create_index(op.f("ix_parked_source_case_id"), "parked", ["source", "case_id"], unique=False, schema="sla")
    op.create_table(
        "policy_copy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_copy")),
        schema="sla",
    )
    op.create_index(
        op.f("ix_policy_copy_effective_from"), "policy_copy", ["effective_from"], unique=False, schema="sla"
    )
    op.create_table(
        "revoked_session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_revoked_session")),
        schema="sla",
    )
    op.create_index(op.f("ix_revoked_session_at"), "revoked_session", ["at"], unique=False, schema="sla")
    op.create_table(
        "staff_copy",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_copy")),
        schema="sla",
    )
    op.create_index(op.f("ix_staff_copy_changed_at"), "staff_copy", ["changed_at"], unique=False, schema="sla")
    op.create_table(
        "sweep",
        sa.Column("single", sa.Boolean(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("horizon", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_cases", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_sweep_one_row")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_sweep")),
        schema="sla",
    )
    op.execute("insert into sla.bucket (bucket) select generate_series(0, 63)")


def downgrade() -> None:
    op.drop_table("sweep", schema="sla")
    op.drop_index(op.f("ix_staff_copy_changed_at"), table_name="staff_copy", schema="sla")
    op.drop_table("staff_copy", schema="sla")
    op.drop_index(op.f("ix_revoked_session_at"), table_name="revoked_session", schema="sla")
    op.drop_table("revoked_session", schema="sla")
    op.drop_index(op.f("ix_policy_copy_effective_from"), table_name="policy_copy", schema="sla")
    op.drop_table("policy_copy", schema="sla")
    op.drop_index(op.f("ix_parked_source_case_id"), table_name="parked", schema="sla")
    op.drop_table("parked", schema="sla")
    op.drop_index(op.f("ix_journal_case_id"), table_name="journal", schema="sla")
    op.drop_table("journal", schema="sla")
    op.drop_table("discarded", schema="sla")
    op.drop_table("cursor", schema="sla")
    op.drop_index(
        "ix_clock_open_due_at",
        table_name="clock",
        schema="sla",
        postgresql_where=sa.text("state in ('running', 'paused', 'missed')"),
    )
    op.drop_index("ix_clock_next_at", table_name="clock", schema="sla", postgresql_where=sa.text("next_at is not null"))
    op.drop_table("clock", schema="sla")
    op.drop_index(
        "ix_case_copy_open_owner", table_name="case_copy", schema="sla", postgresql_where=sa.text("filed and not ended")
    )
    op.drop_table("case_copy", schema="sla")
    op.drop_table("calendar_edit", schema="sla")
    op.drop_table("bucket", schema="sla")
    op.drop_index("uq_alert_level", table_name="alert", schema="sla")
    op.drop_index("ix_alert_sent_at", table_name="alert", schema="sla", postgresql_where=sa.text("sent_at is not null"))
    op.drop_index("ix_alert_recipient", table_name="alert", schema="sla")
    op.drop_index(
        "ix_alert_held",
        table_name="alert",
        schema="sla",
        postgresql_where=sa.text("sent_at is null and dropped is null"),
    )
    op.drop_table("alert", schema="sla")
