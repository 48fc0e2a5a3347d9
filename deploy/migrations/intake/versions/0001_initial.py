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
        schema="intake",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "complainant_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("closure", sa.Integer(), nullable=True),
        sa.Column("medium", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(action = 'rate') = (rating is not null) and (rating is null or rating between 1 and 5)",
            name=op.f("ck_complainant_action_rating_fits"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complainant_action")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_complainant_action_case_id"), "complainant_action", ["case_id"], unique=False, schema="intake"
    )
    op.create_index(
        "uq_complainant_action_rating",
        "complainant_action",
        ["case_id", "closure"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("action = 'rate'"),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("narrative", sa.String(), nullable=True),
        sa.Column("remedy_sought", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("service_point", sa.String(), nullable=True),
        sa.Column("area", sa.String(), nullable=True),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("subject_unit", sa.String(), nullable=True),
        sa.Column("subject_person", sa.String(), nullable=True),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("complainant_ref", sa.Uuid(), nullable=True),
        sa.Column("represented", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("promised", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("external_reference", sa.String(), nullable=True),
        sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("consent_version", sa.String(), nullable=True),
        sa.Column("historical", sa.Boolean(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "identity <> 'anonymous' or complainant_ref is null", name=op.f("ck_complaint_anonymous_unlinked")
        ),
        sa.CheckConstraint(
            "narrative is not null or erased_at is not null", name=op.f("ck_complaint_narrative_unless_erased")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_complaint_tracking_number")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_complaint_complainant_ref"), "complaint", ["complainant_ref"], unique=False, schema="intake"
    )
    op.create_table(
        "contact",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ref", sa.Uuid(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_contact")),
        schema="intake",
    )
    op.create_index(op.f("ix_contact_ref"), "contact", ["ref"], unique=False, schema="intake")
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", name=op.f("pk_cursor")),
        schema="intake",
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
        schema="intake",
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency")),
        schema="intake",
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"], unique=False, schema="intake")
    op.create_table(
        "identity",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("representative_name", sa.String(), nullable=True),
        sa.Column("representative_relation", sa.String(), nullable=True),
        sa.Column("representative_authority", sa.String(), nullable=True),
        sa.Column("contact_preference", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_identity")),
        schema="intake",
    )
    op.create_table(
        "identity_look",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_look")),
        schema="intake",
    )
    op.create_index(op.f("ix_identity_look_case_id"), "identity_look", ["case_id"], unique=False, schema="intake")
    op.create_table(
        "import_run",
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("read = registered + duplicate + rejected", name=op.f("ck_import_run_reconciled")),
        sa.PrimaryKeyConstraint("file_key", name=op.f("pk_import_run")),
        schema="intake",
    )
    op.create_table(
        "imported",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("system", "reference", name=op.f("pk_imported")),
        schema="intake",
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
        schema="intake",
    )
    op.create_index(op.f("ix_journal_case_id"), "journal", ["case_id"], unique=False, schema="intake")
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
        schema="intake",
    )
    op.create_index(op.f("ix_parked_source_case_id"), "parked", ["source", "case_id"], unique=False, schema="intake")
    op.create_table(
        "policy_copy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_copy")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_policy_copy_effective_from"), "policy_copy", ["effective_from"], unique=False, schema="intake"
    )
    op.create_table(
        "receipt_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("received_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_correction")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_receipt_correction_case_id"), "receipt_correction", ["case_id"], unique=False, schema="intake"
    )
    op.create_table(
        "revoked_session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_revoked_session")),
        schema="intake",
    )
    op.create_index(op.f("ix_revoked_session_at"), "revoked_session", ["at"], unique=False, schema="intake")
    op.create_table(
        "staff_copy",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_copy")),
        schema="intake",
    )
    op.create_index(op.f("ix_staff_copy_changed_at"), "staff_copy", ["changed_at"], unique=False, schema="intake")
    op.create_table(
        "tracking",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'received'"), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("approving_unit", sa.String(), nullable=True),
        sa.Column("restricted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("subject_unit", sa.String(), nullable=True),
        sa.Column("subject_person", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("proposal", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("asked", sa.String(), nullable=True),
        sa.Column("pending_action", sa.String(), nullable=True),
        sa.Column("pending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_level", sa.String(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_tracking")),
        schema="intake",
    )
    op.create_table(
        "tracking_clock",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("pauses", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "target", "cycle", name=op.f("pk_tracking_clock")),
        schema="intake",
    )
    op.create_table(
        "tracking_step",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "event_id", name=op.f("pk_tracking_step")),
        schema="intake",
    )
    op.execute("insert into intake.bucket (bucket) select generate_series(0, 63)")
    op.execute("create sequence if not exists intake.serial increment by 32")


def downgrade() -> None:
    op.drop_table("tracking_step", schema="intake")
    op.drop_table("tracking_clock", schema="intake")
    op.drop_table("tracking", schema="intake")
    op.drop_index(op.f("ix_staff_copy_changed_at"), table_name="staff_copy", schema="intake")
    op.drop_table("staff_copy", schema="intake")
    op.drop_index(op.f("ix_revoked_session_at"), table_name="revoked_session", schema="intake")
    op.drop_table("revoked_session", schema="intake")
    op.drop_index(op.f("ix_receipt_correction_case_id"), table_name="receipt_correction", schema="intake")
    op.drop_table("receipt_correction", schema="intake")
    op.drop_index(op.f("ix_policy_copy_effective_from"), table_name="policy_copy", schema="intake")
    op.drop_table("policy_copy", schema="intake")
    op.drop_index(op.f("ix_parked_source_case_id"), table_name="parked", schema="intake")
    op.drop_table("parked", schema="intake")
    op.drop_index(op.f("ix_journal_case_id"), table_name="journal", schema="intake")
    op.drop_table("journal", schema="intake")
    op.drop_table("imported", schema="intake")
    op.drop_table("import_run", schema="intake")
    op.drop_index(op.f("ix_identity_look_case_id"), table_name="identity_look", schema="intake")
    op.drop_table("identity_look", schema="intake")
    op.drop_table("identity", schema="intake")
    op.drop_index(op.f("ix_idempotency_at"), table_name="idempotency", schema="intake")
    op.drop_table("idempotency", schema="intake")
    op.drop_table("discarded", schema="intake")
    op.drop_table("cursor", schema="intake")
    op.drop_index(op.f("ix_contact_ref"), table_name="contact", schema="intake")
    op.drop_table("contact", schema="intake")
    op.drop_index(op.f("ix_complaint_complainant_ref"), table_name="complaint", schema="intake")
    op.drop_table("complaint", schema="intake")
    op.drop_index(
        "uq_complainant_action_rating",
        table_name="complainant_action",
        schema="intake",
        postgresql_where=sa.text("action = 'rate'"),
    )
    op.drop_index(op.f("ix_complainant_action_case_id"), table_name="complainant_action", schema="intake")
    op.drop_table("complainant_action", schema="intake")
    op.drop_table("bucket", schema="intake")
