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
        schema="governance",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "cursor",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("source", "bucket", name=op.f("pk_cursor")),
        schema="governance",
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
        schema="governance",
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
        schema="governance",
    )
    op.create_index(op.f("ix_journal_case_id"), "journal", ["case_id"], unique=False, schema="governance")
    op.create_index("ix_journal_recorded_at", "journal", ["recorded_at", "id"], unique=False, schema="governance")
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
        schema="governance",
    )
    op.create_index(
        op.f("ix_parked_source_case_id"), "parked", ["source", "case_id"], unique=False, schema="governance"
    )
    op.create_table(
        "policy_copy",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_copy")),
        schema="governance",
    )
    op.create_index(
        op.f("ix_policy_copy_effective_from"), "policy_copy", ["effective_from"], unique=False, schema="governance"
    )
    op.create_table(
        "policy_draft",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("approval", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_policy_draft")),
        schema="governance",
    )
    op.create_index(
        op.f("ix_policy_draft_changed_at"), "policy_draft", ["changed_at"], unique=False, schema="governance"
    )
    op.create_table(
        "policy_version",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by", sa.Uuid(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("bundle", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("approval", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("sample or approval is not null", name=op.f("ck_policy_version_approved_or_sample")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_version")),
        schema="governance",
    )
    op.create_index(
        op.f("ix_policy_version_effective_from"),
        "policy_version",
        ["effective_from"],
        unique=False,
        schema="governance",
    )
    op.create_table(
        "revoked_session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_revoked_session")),
        schema="governance",
    )
    op.create_index(op.f("ix_revoked_session_at"), "revoked_session", ["at"], unique=False, schema="governance")
    op.create_table(
        "session",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address_digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session")),
        schema="governance",
    )
    op.create_index(op.f("ix_session_staff_id"), "session", ["staff_id"], unique=False, schema="governance")
    op.create_index(
        op.f("ix_session_started_at_session_id"),
        "session",
        ["started_at", "session_id"],
        unique=False,
        schema="governance",
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("username ~ '^[a-z0-9][a-z0-9._-]*$'", name=op.f("ck_staff_username_plain")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_staff_capacity_positive")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
        schema="governance",
    )
    op.create_index(op.f("ix_staff_unit"), "staff", ["unit"], unique=False, schema="governance")
    op.create_table(
        "staff_copy",
        sa.Column("staff_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_copy")),
        schema="governance",
    )
    op.create_index(op.f("ix_staff_copy_changed_at"), "staff_copy", ["changed_at"], unique=False, schema="governance")
    op.execute("insert into governance.bucket (bucket) select generate_series(0, 63)")


def downgrade() -> None:
    op.drop_index(op.f("ix_staff_copy_changed_at"), table_name="staff_copy", schema="governance")
    op.drop_table("staff_copy", schema="governance")
    op.drop_index(op.f("ix_staff_unit"), table_name="staff", schema="governance")
    op.drop_table("staff", schema="governance")
    op.drop_index(op.f("ix_session_started_at_session_id"), table_name="session", schema="governance")
    op.drop_index(op.f("ix_session_staff_id"), table_name="session", schema="governance")
    op.drop_table("session", schema="governance")
    op.drop_index(op.f("ix_revoked_session_at"), table_name="revoked_session", schema="governance")
    op.drop_table("revoked_session", schema="governance")
    op.drop_index(op.f("ix_policy_version_effective_from"), table_name="policy_version", schema="governance")
    op.drop_table("policy_version", schema="governance")
    op.drop_index(op.f("ix_policy_draft_changed_at"), table_name="policy_draft", schema="governance")
    op.drop_table("policy_draft", schema="governance")
    op.drop_index(op.f("ix_policy_copy_effective_from"), table_name="policy_copy", schema="governance")
    op.drop_table("policy_copy", schema="governance")
    op.drop_index(op.f("ix_parked_source_case_id"), table_name="parked", schema="governance")
    op.drop_table("parked", schema="governance")
    op.drop_index("ix_journal_recorded_at", table_name="journal", schema="governance")
    op.drop_index(op.f("ix_journal_case_id"), table_name="journal", schema="governance")
    op.drop_table("journal", schema="governance")
    op.drop_table("discarded", schema="governance")
    op.drop_table("cursor", schema="governance")
    op.drop_table("bucket", schema="governance")
