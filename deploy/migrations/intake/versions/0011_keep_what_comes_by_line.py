"""Keep what comes by LINE.

Revision 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(case_id is null) <> (staff_id is null)", name=op.f("ck_line_code_for_one_thing")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_line_code")),
        schema="intake",
    )
    op.create_index(op.f("ix_line_code_expires_at"), "line_code", ["expires_at"], unique=False, schema="intake")
    op.create_table(
        "line_event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("talker", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("token_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'filing', 'answering', 'done', 'ignored', 'held')",
            name=op.f("ck_line_event_state_is_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_event")),
        sa.UniqueConstraint("seq", name=op.f("uq_line_event_seq")),
        schema="intake",
    )
    op.create_index("ix_line_event_arrived_at", "line_event", ["arrived_at"], unique=False, schema="intake")
    op.create_index(op.f("ix_line_event_message_id"), "line_event", ["message_id"], unique=False, schema="intake")
    op.create_index(
        "ix_line_event_open",
        "line_event",
        ["talker", "at", "seq"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state in ('waiting', 'filing', 'answering')"),
    )
    op.create_table(
        "line_message",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("talker", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("tried", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('said', 'fetching', 'kept', 'refused', 'unsent')", name=op.f("ck_line_message_state_is_known")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_line_message")),
        schema="intake",
    )
    op.create_index(op.f("ix_line_message_case_id"), "line_message", ["case_id"], unique=False, schema="intake")
    op.create_index(
        "ix_line_message_fetching",
        "line_message",
        ["not_before"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'fetching'"),
    )
    op.create_table(
        "line_talk",
        sa.Column("talker", sa.LargeBinary(), nullable=False),
        sa.Column("talk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("talker", name=op.f("pk_line_talk")),
        schema="intake",
    )
    op.create_index(op.f("ix_line_talk_touched_at"), "line_talk", ["touched_at"], unique=False, schema="intake")
    op.create_table(
        "line_user",
        sa.Column("talker", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("language", sa.String(), server_default=sa.text("'th'"), nullable=False),
        sa.Column("following", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_misses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("code_missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("talker", name=op.f("pk_line_user")),
        schema="intake",
    )


def downgrade() -> None:
    op.drop_table("line_user", schema="intake")
    op.drop_index(op.f("ix_line_talk_touched_at"), table_name="line_talk", schema="intake")
    op.drop_table("line_talk", schema="intake")
    op.drop_index(
        "ix_line_message_fetching",
        table_name="line_message",
        schema="intake",
        postgresql_where=sa.text("state = 'fetching'"),
    )
    op.drop_index(op.f("ix_line_message_case_id"), table_name="line_message", schema="intake")
    op.drop_table("line_message", schema="intake")
    op.drop_index(
        "ix_line_event_open",
        table_name="line_event",
        schema="intake",
        postgresql_where=sa.text("state in ('waiting', 'filing', 'answering')"),
    )
    op.drop_index(op.f("ix_line_event_message_id"), table_name="line_event", schema="intake")
    op.drop_index("ix_line_event_arrived_at", table_name="line_event", schema="intake")
    op.drop_table("line_event", schema="intake")
    op.drop_index(op.f("ix_line_code_expires_at"), table_name="line_code", schema="intake")
    op.drop_table("line_code", schema="intake")
