"""Keep watches, tags, saved views and changes of many cases; lists of what is open read nothing that is over.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
phase = "pre"  # only adds, so that older programs go on running
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_change")),
        sa.UniqueConstraint("undoes", name=op.f("uq_bulk_change_undoes")),
        schema="routing",
    )
    op.create_table(
        "bulk_change_case",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'refused') = (problem is not null)", name=op.f("ck_bulk_change_case_refused_says_why")
        ),
        sa.CheckConstraint("outcome in ('done', 'same', 'refused')", name=op.f("ck_bulk_change_case_outcome_known")),
        sa.PrimaryKeyConstraint("change_id", "case_id", name=op.f("pk_bulk_change_case")),
        schema="routing",
    )
    op.create_table(
        "case_tag",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "tag", name=op.f("pk_case_tag")),
        schema="routing",
    )
    op.create_index("ix_case_tag_tag", "case_tag", ["tag", "case_id"], unique=False, schema="routing")
    op.create_table(
        "desk_choice",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_desk_choice")),
        schema="routing",
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        schema="routing",
    )
    op.create_index(op.f("ix_saved_view_owner"), "saved_view", ["owner"], unique=False, schema="routing")
    op.create_index(op.f("ix_saved_view_unit"), "saved_view", ["unit"], unique=False, schema="routing")
    op.create_table(
        "watch",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "case_id", name=op.f("pk_watch")),
        schema="routing",
    )
    op.drop_index(op.f("ix_case_approving_unit"), table_name="case", schema="routing")
    op.create_index(
        "ix_case_approving_unit",
        "case",
        ["approving_unit", "is_open", "due_order", "id"],
        unique=False,
        schema="routing",
    )
    op.drop_index(op.f("ix_case_unit"), table_name="case", schema="routing")
    op.create_index("ix_case_unit", "case", ["unit", "is_open", "due_order", "id"], unique=False, schema="routing")
    op.create_index(
        "ix_case_safety",
        "case",
        ["due_order", "id"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("safety and is_open"),
    )


def downgrade() -> None:
    op.drop_index("ix_case_safety", table_name="case", schema="routing", postgresql_where=sa.text("safety and is_open"))
    op.drop_index("ix_case_unit", table_name="case", schema="routing")
    op.create_index(op.f("ix_case_unit"), "case", ["unit", "due_order", "id"], unique=False, schema="routing")
    op.drop_index("ix_case_approving_unit", table_name="case", schema="routing")
    op.create_index(
        op.f("ix_case_approving_unit"), "case", ["approving_unit", "due_order", "id"], unique=False, schema="routing"
    )
    op.drop_table("watch", schema="routing")
    op.drop_index(op.f("ix_saved_view_unit"), table_name="saved_view", schema="routing")
    op.drop_index(op.f("ix_saved_view_owner"), table_name="saved_view", schema="routing")
    op.drop_table("saved_view", schema="routing")
    op.drop_table("desk_choice", schema="routing")
    op.drop_index("ix_case_tag_tag", table_name="case_tag", schema="routing")
    op.drop_table("case_tag", schema="routing")
    op.drop_table("bulk_change_case", schema="routing")
    op.drop_table("bulk_change", schema="routing")
