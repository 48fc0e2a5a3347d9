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
        "alert_fact",
        sa.Column("alert_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("cycle", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("threshold_at", sa.DateTime(timezone=True), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), autoincrement=False, nullable=False),
        sa.Column("historical", sa.Boolean(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_fact")),
        schema="reporting",
    )
    op.create_index("ix_alert_fact_sent", "alert_fact", ["sent_at", "alert_id"], unique=False, schema="reporting")
    op.create_table(
        "bucket",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_bucket")),
        schema="reporting",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "case_fact",
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("tracking_number", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("filed", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("routing_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("category", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("service_point", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("segment", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("identity", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("complainant_ref", sa.Uuid(), autoincrement=False, nullable=True),
        sa.Column("reference", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("policy_version", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("owner", sa.Uuid(), autoincrement=False, nullable=True),
        sa.Column("approving_unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("priority", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("restricted", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("subject_unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("subject_person", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("cause", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("transfers", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complaint_until", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("escalated", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("imported", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("out_of_scope", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("left_acknowledged", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("left_contacted", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("left_decided", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("decided_before", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("left_closed", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("spans", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("valid", sa.Boolean(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_fact")),
        schema="reporting",
    )
    op.create_index(
        "ix_case_fact_complainant",
        "case_fact",
        ["complainant_ref", "received_at"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("complainant_ref is not null"),
    )
    op.create_index(
        "ix_case_fact_received_at", "case_fact", ["received_at", "case_id"], unique=False, schema="reporting"
    )
    op.create_index(
        "ix_case_fact_reference",
        "case_fact",
        ["reference", "received_at"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("reference is not null"),
    )
    op.create_table(
        "clock_fact",
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("cycle", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("missed", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("policy_version", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("calendar", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("owner", sa.Uuid(), autoincrement=False, nullable=True),
        sa.Column("pauses", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("gross_seconds", sa.Float(), autoincrement=False, nullable=True),
        sa.Column("net_seconds", sa.Float(), autoincrement=False, nullable=True),
        sa.Column("entitlement", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("counted", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("on_time", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("timed", sa.Boolean(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "target", "cycle", name=op.f("pk_clock_fact")),
        schema="reporting",
    )
    op.create_index(
        "ix_clock_fact_due",
        "clock_fact",
        ["target", "due_at", "case_id"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("counted"),
    )
    op.create_index(
        "ix_clock_fact_met",
        "clock_fact",
        ["target", "met_at", "case_id"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("timed"),
    )
    op.create_index(
        "ix_clock_fact_running",
        "clock_fact",
        ["target", "started_at"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("met_at is null and state <> 'cancelled'"),
    )
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", name=op.f("pk_cursor")),
        schema="reporting",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "daily_sum",
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("service_point", sa.Text(), nullable=False),
        sa.Column("restricted", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "measure",
            "day",
            "unit",
            "owner",
            "category",
            "channel",
            "service_point",
            "restricted",
            name=op.f("pk_daily_sum"),
        ),
        schema="reporting",
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
        schema="reporting",
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
        schema="reporting",
    )
    op.create_index(op.f("ix_journal_case_id"), "journal", ["case_id"], unique=False, schema="reporting")
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
        schema="reporting",
    )
    op.create_index(op.f("ix_parked_source_case_id"), "parked", ["source", "case_id"], unique=False, schema="reporting")
    op.create_table(
        "policy_copy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_copy")),
        schema="reporting",
    )
    op.create_index(
        op.f("ix_policy_copy_effective_from"), "policy_copy", ["effective_from"], unique=False, schema="reporting"
    )
    op.create_table(
        "rating_fact",
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), autoincrement=False, nullable=False),
        sa.Column("rating", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "at", name=op.f("pk_rating_fact")),
        schema="reporting",
    )
    op.create_index("ix_rating_fact_at", "rating_fact", ["at", "case_id"], unique=False, schema="reporting")
    op.create_table(
        "recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reason_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("approving_unit", sa.String(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("subject_unit", sa.String(), nullable=True),
        sa.Column("subject_person", sa.String(), nullable=True),
        sa.Column("what_failed", sa.String(), nullable=True),
        sa.Column("service_point", sa.String(), nullable=True),
        sa.Column("touch_point", sa.String(), nullable=True),
        sa.Column("standard", sa.String(), nullable=True),
        sa.Column("customers_affected", sa.Integer(), nullable=True),
        sa.Column("containment", sa.String(), nullable=True),
        sa.Column("apology", sa.String(), nullable=True),
        sa.Column("explanation", sa.String(), nullable=True),
        sa.Column("remedy", sa.String(), nullable=True),
        sa.Column("baht", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("granted_remedy", sa.String(), nullable=True),
        sa.Column("granted_baht", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("entitlement", sa.String(), nullable=True),
        sa.Column("entitlement_version", sa.String(), nullable=True),
        sa.Column("authority", sa.String(), nullable=True),
        sa.Column("cost_centre", sa.String(), nullable=True),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("planned_by", sa.Uuid(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_baht", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer", sa.String(), nullable=True),
        sa.Column("offer_medium", sa.String(), nullable=True),
        sa.Column("offered_by", sa.Uuid(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deliverer", sa.Uuid(), nullable=True),
        sa.Column("delivery_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verification", sa.String(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("lesson", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("bcm_number", sa.String(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stood_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vulnerable", sa.String(), nullable=True),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.Column("open_tasks", sa.Integer(), nullable=False),
        sa.CheckConstraint("mode in ('normal', 'abnormal')", name=op.f("ck_recovery_mode_known")),
        sa.CheckConstraint(
            "state in ('detected', 'contained', 'planned', 'approved', 'offered', 'accepted', 'declined', 'lapsed', 'in_delivery', 'completed', 'verified', 'closed', 'cancelled')",
            name=op.f("ck_recovery_state_known"),
        ),
        sa.CheckConstraint(
            "trigger in ('complaint', 'in_service', 'monitor', 'bcm')", name=op.f("ck_recovery_trigger_known")
        ),
        sa.CheckConstraint("approved_by <> planned_by", name=op.f("ck_recovery_approver_is_another")),
        sa.CheckConstraint("open_tasks between 0 and tasks", name=op.f("ck_recovery_tasks_counted")),
        sa.CheckConstraint("satisfaction between 1 and 5", name=op.f("ck_recovery_satisfaction_in_range")),
        sa.CheckConstraint("verified_at is null or completed_at is not null", name=op.f("ck_recovery_proved")),
        sa.CheckConstraint("verified_by <> deliverer", name=op.f("ck_recovery_verifier_is_another")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("case_id", "reason", name=op.f("uq_recovery_case_id_reason")),
        sa.UniqueConstraint("number", name=op.f("uq_recovery_number")),
        schema="reporting",
    )
    op.create_index(
        "ix_recovery_complaint_id",
        "recovery",
        ["complaint_id"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("complaint_id is not null"),
    )
    op.create_index(
        "ix_recovery_offer_expires_at",
        "recovery",
        ["offer_expires_at"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index("ix_recovery_opened_at", "recovery", ["opened_at", "id"], unique=False, schema="reporting")
    op.create_index("ix_recovery_state", "recovery", ["state", "opened_at", "id"], unique=False, schema="reporting")
    op.create_index("ix_recovery_unit", "recovery", ["unit", "opened_at", "id"], unique=False, schema="reporting")
    op.create_table(
        "recovery_complaint",
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("recovery_id", "complaint_id", name=op.f("pk_recovery_complaint")),
        schema="reporting",
    )
    op.create_index(
        op.f("ix_recovery_complaint_complaint_id"),
        "recovery_complaint",
        ["complaint_id"],
        unique=False,
        schema="reporting",
    )
    op.create_table(
        "recovery_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("came_from", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_event")),
        schema="reporting",
    )
    op.create_index(
        "ix_recovery_event_recovery_id", "recovery_event", ["recovery_id", "version"], unique=False, schema="reporting"
    )
    op.create_table(
        "recovery_fact",
        sa.Column("recovery_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("complaint_id", sa.Uuid(), autoincrement=False, nullable=True),
        sa.Column("number", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("service_point", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("baht", sa.Numeric(precision=14, scale=2), autoincrement=False, nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("decision", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("promised_by", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("recovery_id", name=op.f("pk_recovery_fact")),
        schema="reporting",
    )
    op.create_index(
        op.f("ix_recovery_fact_complaint_id"), "recovery_fact", ["complaint_id"], unique=False, schema="reporting"
    )
    op.create_index(
        "ix_recovery_fact_opened", "recovery_fact", ["opened_at", "recovery_id"], unique=False, schema="reporting"
    )
    op.create_table(
        "recovery_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("medium", sa.String(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("customers > 0", name=op.f("ck_recovery_notice_reaches_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_notice")),
        sa.UniqueConstraint("recovery_id", "number", name=op.f("uq_recovery_notice_recovery_id_number")),
        schema="reporting",
    )
    op.create_index(
        op.f("ix_recovery_notice_recovery_id"), "recovery_notice", ["recovery_id"], unique=False, schema="reporting"
    )
    op.create_table(
        "recovery_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(status = 'done') = (done_at is not null)", name=op.f("ck_recovery_task_done_has_a_time")),
        sa.CheckConstraint("status in ('open', 'done', 'dropped')", name=op.f("ck_recovery_task_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_task")),
        schema="reporting",
    )
    op.create_index(
        op.f("ix_recovery_task_recovery_id"), "recovery_task", ["recovery_id"], unique=False, schema="reporting"
    )
    op.create_table(
        "remedy_fact",
        sa.Column("task_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("owner", sa.Uuid(), autoincrement=False, nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("status", sa.Text(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_remedy_fact")),
        schema="reporting",
    )
    op.create_index(op.f("ix_remedy_fact_case_id"), "remedy_fact", ["case_id"], unique=False, schema="reporting")
    op.create_index("ix_remedy_fact_due", "remedy_fact", ["due_at", "task_id"], unique=False, schema="reporting")
    op.create_table(
        "revoked_session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_revoked_session")),
        schema="reporting",
    )
    op.create_index(op.f("ix_revoked_session_at"), "revoked_session", ["at"], unique=False, schema="reporting")
    op.create_table(
        "span_fact",
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("ended_in", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("unit", sa.Text(), autoincrement=False, nullable=True),
        sa.Column("owner", sa.Uuid(), autoincrement=False, nullable=True),
        sa.Column("transfers", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        sa.Column("counted", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("first_point", sa.Boolean(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_span_fact")),
        schema="reporting",
    )
    op.create_index("ix_span_fact_ended", "span_fact", ["ended_at", "case_id"], unique=False, schema="reporting")
    op.create_index(
        "ix_span_fact_open",
        "span_fact",
        ["opened_at", "case_id"],
        unique=False,
        schema="reporting",
        postgresql_where=sa.text("ended_in is null"),
    )
    op.create_table(
        "staff_copy",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_copy")),
        schema="reporting",
    )
    op.create_index(op.f("ix_staff_copy_changed_at"), "staff_copy", ["changed_at"], unique=False, schema="reporting")
    op.execute("insert into reporting.bucket (bucket) select generate_series(0, 63)")
    op.execute("create sequence if not exists reporting.recovery_serial")


def downgrade() -> None:
    op.drop_index(op.f("ix_staff_copy_changed_at"), table_name="staff_copy", schema="reporting")
    op.drop_table("staff_copy", schema="reporting")
    op.drop_index(
        "ix_span_fact_open", table_name="span_fact", schema="reporting", postgresql_where=sa.text("ended_in is null")
    )
    op.drop_index("ix_span_fact_ended", table_name="span_fact", schema="reporting")
    op.drop_table("span_fact", schema="reporting")
    op.drop_index(op.f("ix_revoked_session_at"), table_name="revoked_session", schema="reporting")
    op.drop_table("revoked_session", schema="reporting")
    op.drop_index("ix_remedy_fact_due", table_name="remedy_fact", schema="reporting")
    op.drop_index(op.f("ix_remedy_fact_case_id"), table_name="remedy_fact", schema="reporting")
    op.drop_table("remedy_fact", schema="reporting")
    op.drop_index(op.f("ix_recovery_task_recovery_id"), table_name="recovery_task", schema="reporting")
    op.drop_table("recovery_task", schema="reporting")
    op.drop_index(op.f("ix_recovery_notice_recovery_id"), table_name="recovery_notice", schema="reporting")
    op.drop_table("recovery_notice", schema="reporting")
    op.drop_index("ix_recovery_fact_opened", table_name="recovery_fact", schema="reporting")
    op.drop_index(op.f("ix_recovery_fact_complaint_id"), table_name="recovery_fact", schema="reporting")
    op.drop_table("recovery_fact", schema="reporting")
    op.drop_index("ix_recovery_event_recovery_id", table_name="recovery_event", schema="reporting")
    op.drop_table("recovery_event", schema="reporting")
    op.drop_index(op.f("ix_recovery_complaint_complaint_id"), table_name="recovery_complaint", schema="reporting")
    op.drop_table("recovery_complaint", schema="reporting")
    op.drop_index("ix_recovery_unit", table_name="recovery", schema="reporting")
    op.drop_index("ix_recovery_state", table_name="recovery", schema="reporting")
    op.drop_index("ix_recovery_opened_at", table_name="recovery", schema="reporting")
    op.drop_index(
        "ix_recovery_offer_expires_at",
        table_name="recovery",
        schema="reporting",
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.drop_index(
        "ix_recovery_complaint_id",
        table_name="recovery",
        schema="reporting",
        postgresql_where=sa.text("complaint_id is not null"),
    )
    op.drop_table("recovery", schema="reporting")
    op.drop_index("ix_rating_fact_at", table_name="rating_fact", schema="reporting")
    op.drop_table("rating_fact", schema="reporting")
    op.drop_index(op.f("ix_policy_copy_effective_from"), table_name="policy_copy", schema="reporting")
    op.drop_table("policy_copy", schema="reporting")
    op.drop_index(op.f("ix_parked_source_case_id"), table_name="parked", schema="reporting")
    op.drop_table("parked", schema="reporting")
    op.drop_index(op.f("ix_journal_case_id"), table_name="journal", schema="reporting")
    op.drop_table("journal", schema="reporting")
    op.drop_table("discarded", schema="reporting")
    op.drop_table("daily_sum", schema="reporting")
    op.drop_table("cursor", schema="reporting")
    op.drop_index(
        "ix_clock_fact_running",
        table_name="clock_fact",
        schema="reporting",
        postgresql_where=sa.text("met_at is null and state <> 'cancelled'"),
    )
    op.drop_index("ix_clock_fact_met", table_name="clock_fact", schema="reporting", postgresql_where=sa.text("timed"))
    op.drop_index("ix_clock_fact_due", table_name="clock_fact", schema="reporting", postgresql_where=sa.text("counted"))
    op.drop_table("clock_fact", schema="reporting")
    op.drop_index(
        "ix_case_fact_reference",
        table_name="case_fact",
        schema="reporting",
        postgresql_where=sa.text("reference is not null"),
    )
    op.drop_index("ix_case_fact_received_at", table_name="case_fact", schema="reporting")
    op.drop_index(
        "ix_case_fact_complainant",
        table_name="case_fact",
        schema="reporting",
        postgresql_where=sa.text("complainant_ref is not null"),
    )
    op.drop_table("case_fact", schema="reporting")
    op.drop_table("bucket", schema="reporting")
    op.drop_index("ix_alert_fact_sent", table_name="alert_fact", schema="reporting")
    op.drop_table("alert_fact", schema="reporting")
