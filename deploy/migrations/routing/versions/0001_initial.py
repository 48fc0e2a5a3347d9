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
        "bucket",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_bucket")),
        schema="routing",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("approving_unit", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("service_point", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("safety", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("subject_unit", sa.String(), nullable=True),
        sa.Column("subject_person", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("gist", sa.String(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=True),
        sa.Column("remedy_sought", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("complainant_ref", sa.Uuid(), nullable=True),
        sa.Column("represented", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_reference", sa.String(), nullable=True),
        sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("ratings", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("declared_by", sa.Uuid(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("waits", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silence_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("open_tasks", sa.Integer(), nullable=False),
        sa.Column("open_remedies", sa.Integer(), nullable=False),
        sa.Column("deliverers", sa.ARRAY(sa.UUID()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_target", sa.String(), nullable=True),
        sa.Column("due_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column(
            "due_order",
            sa.DateTime(timezone=True),
            sa.Computed("coalesce(due_at, '9999-12-31 00:00:00+00'::timestamptz)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "is_open",
            sa.Boolean(),
            sa.Computed(
                "state not in ('closed', 'not_accepted', 'referred', 'merged', 'withdrawn') and kind <> 'spam'",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "state in ('received', 'assessed', 'assigned', 'investigating', 'awaiting_complainant', 'awaiting_third_party', 'response_proposed', 'decision_communicated', 'implementing', 'internal_review', 'external_dispute', 'closed', 'reopened', 'not_accepted', 'referred', 'merged', 'withdrawn')",
            name=op.f("ck_case_state_known"),
        ),
        sa.CheckConstraint("open_tasks >= open_remedies and open_remedies >= 0", name=op.f("ck_case_tasks_counted")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_case_version_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_case_tracking_number")),
        schema="routing",
    )
    op.create_index(
        "ix_case_approving_unit", "case", ["approving_unit", "due_order", "id"], unique=False, schema="routing"
    )
    op.create_index(
        "ix_case_complainant_ref",
        "case",
        ["complainant_ref"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("complainant_ref is not null"),
    )
    op.create_index("ix_case_due_order", "case", ["due_order", "id"], unique=False, schema="routing")
    op.create_index(
        "ix_case_load",
        "case",
        ["owner"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("is_open and state not in ('decision_communicated', 'external_dispute')"),
    )
    op.create_index(
        "ix_case_open", "case", ["due_order", "id"], unique=False, schema="routing", postgresql_where=sa.text("is_open")
    )
    op.create_index("ix_case_owner", "case", ["owner", "is_open", "due_order", "id"], unique=False, schema="routing")
    op.create_index(
        "ix_case_silence_at",
        "case",
        ["silence_at"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("silence_at is not null"),
    )
    op.create_index("ix_case_state", "case", ["state", "due_order", "id"], unique=False, schema="routing")
    op.create_index("ix_case_unit", "case", ["unit", "due_order", "id"], unique=False, schema="routing")
    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("came_from", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
        schema="routing",
    )
    op.create_index("ix_case_event_case_id", "case_event", ["case_id", "at"], unique=False, schema="routing")
    op.create_table(
        "clock_copy",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("within", sa.String(), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("paused_seconds", sa.Float(), nullable=False),
        sa.Column("pauses", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "target", "cycle", name=op.f("pk_clock_copy")),
        schema="routing",
    )
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", name=op.f("pk_cursor")),
        schema="routing",
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
        schema="routing",
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
        schema="routing",
    )
    op.create_index(op.f("ix_journal_case_id"), "journal", ["case_id"], unique=False, schema="routing")
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
        schema="routing",
    )
    op.create_index(op.f("ix_parked_source_case_id"), "parked", ["source", "case_id"], unique=False, schema="routing")
    op.create_table(
        "policy_copy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_copy")),
        schema="routing",
    )
    op.create_index(
        op.f("ix_policy_copy_effective_from"), "policy_copy", ["effective_from"], unique=False, schema="routing"
    )
    op.create_table(
        "recovery_copy",
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=True),
        sa.Column("baht", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("recovery_id", name=op.f("pk_recovery_copy")),
        schema="routing",
    )
    op.create_index(op.f("ix_recovery_copy_case_id"), "recovery_copy", ["case_id"], unique=False, schema="routing")
    op.create_table(
        "revoked_session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_revoked_session")),
        schema="routing",
    )
    op.create_index(op.f("ix_revoked_session_at"), "revoked_session", ["at"], unique=False, schema="routing")
    op.create_table(
        "staff_copy",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_copy")),
        schema="routing",
    )
    op.create_index(op.f("ix_staff_copy_changed_at"), "staff_copy", ["changed_at"], unique=False, schema="routing")
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remedy", sa.Boolean(), nullable=False),
        sa.Column("remedy_code", sa.String(), nullable=True),
        sa.Column("baht", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(status = 'done') = (done_at is not null)", name=op.f("ck_task_done_has_a_time")),
        sa.CheckConstraint("status in ('open', 'done', 'dropped')", name=op.f("ck_task_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        schema="routing",
    )
    op.create_index(op.f("ix_task_case_id"), "task", ["case_id"], unique=False, schema="routing")
    op.execute("insert into routing.bucket (bucket) select generate_series(0, 63)")


def downgrade() -> None:
    op.drop_index(op.f("ix_task_case_id"), table_name="task", schema="routing")
    op.drop_table("task", schema="routing")
    op.drop_index(op.f("ix_staff_copy_changed_at"), table_name="staff_copy", schema="routing")
    op.drop_table("staff_copy", schema="routing")
    op.drop_index(op.f("ix_revoked_session_at"), table_name="revoked_session", schema="routing")
    op.drop_table("revoked_session", schema="routing")
    op.drop_index(op.f("ix_recovery_copy_case_id"), table_name="recovery_copy", schema="routing")
    op.drop_table("recovery_copy", schema="routing")
    op.drop_index(op.f("ix_policy_copy_effective_from"), table_name="policy_copy", schema="routing")
    op.drop_table("policy_copy", schema="routing")
    op.drop_index(op.f("ix_parked_source_case_id"), table_name="parked", schema="routing")
    op.drop_table("parked", schema="routing")
    op.drop_index(op.f("ix_journal_case_id"), table_name="journal", schema="routing")
    op.drop_table("journal", schema="routing")
    op.drop_table("discarded", schema="routing")
    op.drop_table("cursor", schema="routing")
    op.drop_table("clock_copy", schema="routing")
    op.drop_index("ix_case_event_case_id", table_name="case_event", schema="routing")
    op.drop_table("case_event", schema="routing")
    op.drop_index("ix_case_unit", table_name="case", schema="routing")
    op.drop_index("ix_case_state", table_name="case", schema="routing")
    op.drop_index(
        "ix_case_silence_at", table_name="case", schema="routing", postgresql_where=sa.text("silence_at is not null")
    )
    op.drop_index("ix_case_owner", table_name="case", schema="routing")
    op.drop_index("ix_case_open", table_name="case", schema="routing", postgresql_where=sa.text("is_open"))
    op.drop_index(
        "ix_case_load",
        table_name="case",
        schema="routing",
        postgresql_where=sa.text("is_open and state not in ('decision_communicated', 'external_dispute')"),
    )
    op.drop_index("ix_case_due_order", table_name="case", schema="routing")
    op.drop_index(
        "ix_case_complainant_ref",
        table_name="case",
        schema="routing",
        postgresql_where=sa.text("complainant_ref is not null"),
    )
    op.drop_index("ix_case_approving_unit", table_name="case", schema="routing")
    op.drop_table("case", schema="routing")
    op.drop_table("bucket", schema="routing")
