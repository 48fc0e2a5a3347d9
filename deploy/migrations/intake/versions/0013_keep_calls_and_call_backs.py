"""Keep calls and call-backs.

Revision 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("calls", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("rang_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("fired", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("missed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at is not null and outcome is not null)",
            name=op.f("ck_call_back_closed_fits"),
        ),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_call_back_state_is_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_back")),
        schema="intake",
    )
    op.create_index(op.f("ix_call_back_call_id"), "call_back", ["call_id"], unique=False, schema="intake")
    op.create_index(
        "ix_call_back_closed",
        "call_back",
        ["closed_at", "id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'closed'"),
    )
    op.create_index(
        "ix_call_back_due",
        "call_back",
        ["due_at", "id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_call_back_next",
        "call_back",
        ["next_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_call_back_open",
        "call_back",
        ["caller"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "letter_in",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_letter_in")),
        schema="intake",
    )
    op.create_table(
        "phone_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), server_default=sa.text("'in'"), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("caller", sa.LargeBinary(), nullable=True),
        sa.Column("dialled", sa.String(), nullable=True),
        sa.Column("extension", sa.String(), nullable=True),
        sa.Column("agent", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recording", sa.String(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_phone_call_direction_is_known")),
        sa.CheckConstraint(
            "state in ('ringing', 'answered', 'ended', 'missed')", name=op.f("ck_phone_call_state_is_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_call")),
        sa.UniqueConstraint("source_id", name=op.f("uq_phone_call_source_id")),
        schema="intake",
    )
    op.create_index("ix_phone_call_caller", "phone_call", ["caller", "began_at"], unique=False, schema="intake")
    op.create_index(op.f("ix_phone_call_case_id"), "phone_call", ["case_id"], unique=False, schema="intake")
    op.create_index("ix_phone_call_changed_at", "phone_call", ["changed_at"], unique=False, schema="intake")
    op.create_index(
        "ix_phone_call_open",
        "phone_call",
        ["began_at", "id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("settled_at is null and direction = 'in' and state <> 'missed'"),
    )
    op.create_index(
        "ix_phone_call_ringing",
        "phone_call",
        ["changed_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'ringing'"),
    )
    op.create_table(
        "phone_desk",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_phone_desk")),
        sa.UniqueConstraint("extension", name=op.f("uq_phone_desk_extension")),
        schema="intake",
    )
    op.create_table(
        "phone_event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_event")),
        schema="intake",
    )
    op.create_index(op.f("ix_phone_event_arrived_at"), "phone_event", ["arrived_at"], unique=False, schema="intake")
    op.create_index(op.f("ix_phone_event_call_id"), "phone_event", ["call_id"], unique=False, schema="intake")
    op.create_table(
        "typed_form",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "source_id", name=op.f("pk_typed_form")),
        schema="intake",
    )
    op.alter_column("staff_notice", "case_id", existing_type=sa.UUID(), nullable=True, schema="intake")


def downgrade() -> None:
    op.alter_column("staff_notice", "case_id", existing_type=sa.UUID(), nullable=False, schema="intake")
    op.drop_table("typed_form", schema="intake")
    op.drop_index(op.f("ix_phone_event_call_id"), table_name="phone_event", schema="intake")
    op.drop_index(op.f("ix_phone_event_arrived_at"), table_name="phone_event", schema="intake")
    op.drop_table("phone_event", schema="intake")
    op.drop_table("phone_desk", schema="intake")
    op.drop_index(
        "ix_phone_call_ringing", table_name="phone_call", schema="intake", postgresql_where=sa.text("state = 'ringing'")
    )
    op.drop_index(
        "ix_phone_call_open",
        table_name="phone_call",
        schema="intake",
        postgresql_where=sa.text("settled_at is null and direction = 'in' and state <> 'missed'"),
    )
    op.drop_index("ix_phone_call_changed_at", table_name="phone_call", schema="intake")
    op.drop_index(op.f("ix_phone_call_case_id"), table_name="phone_call", schema="intake")
    op.drop_index("ix_phone_call_caller", table_name="phone_call", schema="intake")
    op.drop_table("phone_call", schema="intake")
    op.drop_table("letter_in", schema="intake")
    op.drop_index(
        "uq_call_back_open", table_name="call_back", schema="intake", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index(
        "ix_call_back_next", table_name="call_back", schema="intake", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index(
        "ix_call_back_due", table_name="call_back", schema="intake", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index(
        "ix_call_back_closed", table_name="call_back", schema="intake", postgresql_where=sa.text("state = 'closed'")
    )
    op.drop_index(op.f("ix_call_back_call_id"), table_name="call_back", schema="intake")
    op.drop_table("call_back", schema="intake")
