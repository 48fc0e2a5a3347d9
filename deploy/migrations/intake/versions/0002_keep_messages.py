"""Keep messages.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("chosen", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("dedupe", sa.String(), nullable=True),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_message_direction_known")),
        sa.CheckConstraint(
            "state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'unreachable', 'dropped', 'received')",
            name=op.f("ck_message_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_message_dedupe")),
        schema="intake",
    )
    op.create_index("ix_message_case", "message", ["case_id", "id"], unique=False, schema="intake")
    op.create_index(
        "ix_message_provider",
        "message",
        ["channel", "provider_id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("provider_id is not null"),
    )
    op.create_index(
        "ix_message_queued",
        "message",
        ["not_before", "id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_message_sending",
        "message",
        ["claimed_until"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "ix_message_trouble",
        "message",
        ["id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state in ('failed', 'unreachable')"),
    )
    op.create_index(
        "uq_message_received",
        "message",
        ["channel", "provider_id"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("direction = 'in' and provider_id is not null"),
    )
    op.create_table(
        "message_attempt",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", "attempt", name=op.f("pk_message_attempt")),
        schema="intake",
    )
    op.create_table(
        "reply_address",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "channel", name=op.f("pk_reply_address")),
        schema="intake",
    )
    op.create_index("ix_reply_address_address", "reply_address", ["channel", "address"], unique=False, schema="intake")
    op.create_table(
        "staff_address",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "channel", name=op.f("pk_staff_address")),
        schema="intake",
    )
    op.create_index(op.f("ix_staff_address_address"), "staff_address", ["address"], unique=False, schema="intake")
    op.create_table(
        "staff_notice",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_staff_notice")),
        schema="intake",
    )
    op.create_index(op.f("ix_staff_notice_message_id"), "staff_notice", ["message_id"], unique=False, schema="intake")
    op.create_index(
        "ix_staff_notice_waiting",
        "staff_notice",
        ["staff_id", "learned_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("message_id is null"),
    )
    op.add_column("complainant_action", sa.Column("confidence", sa.Integer(), nullable=True), schema="intake")
    op.create_check_constraint(
        op.f("ck_complainant_action_confidence_fits"),
        "complainant_action",
        "confidence is null or (rating is not null and confidence between 1 and 5)",
        schema="intake",
    )


def downgrade() -> None:
    op.drop_column("complainant_action", "confidence", schema="intake")
    op.drop_index(
        "ix_staff_notice_waiting",
        table_name="staff_notice",
        schema="intake",
        postgresql_where=sa.text("message_id is null"),
    )
    op.drop_index(op.f("ix_staff_notice_message_id"), table_name="staff_notice", schema="intake")
    op.drop_table("staff_notice", schema="intake")
    op.drop_index(op.f("ix_staff_address_address"), table_name="staff_address", schema="intake")
    op.drop_table("staff_address", schema="intake")
    op.drop_index("ix_reply_address_address", table_name="reply_address", schema="intake")
    op.drop_table("reply_address", schema="intake")
    op.drop_table("message_attempt", schema="intake")
    op.drop_index(
        "uq_message_received",
        table_name="message",
        schema="intake",
        postgresql_where=sa.text("direction = 'in' and provider_id is not null"),
    )
    op.drop_index(
        "ix_message_trouble",
        table_name="message",
        schema="intake",
        postgresql_where=sa.text("state in ('failed', 'unreachable')"),
    )
    op.drop_index(
        "ix_message_sending", table_name="message", schema="intake", postgresql_where=sa.text("state = 'sending'")
    )
    op.drop_index(
        "ix_message_queued", table_name="message", schema="intake", postgresql_where=sa.text("state = 'queued'")
    )
    op.drop_index(
        "ix_message_provider",
        table_name="message",
        schema="intake",
        postgresql_where=sa.text("provider_id is not null"),
    )
    op.drop_index("ix_message_case", table_name="message", schema="intake")
    op.drop_table("message", schema="intake")
