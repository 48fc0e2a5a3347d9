"""Keep who looks, who is named and what belongs together.

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("sort in ('related', 'merged', 'split')", name=op.f("ck_case_link_sort_known")),
        sa.CheckConstraint("case_id <> other_id", name=op.f("ck_case_link_two_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        schema="routing",
    )
    op.create_index("ix_case_link_case_id", "case_link", ["case_id"], unique=False, schema="routing")
    op.create_index("ix_case_link_other_id", "case_link", ["other_id"], unique=False, schema="routing")
    op.create_index(
        "uq_case_link_pair",
        "case_link",
        [sa.literal_column("least(case_id, other_id)"), sa.literal_column("greatest(case_id, other_id)")],
        unique=True,
        schema="routing",
        postgresql_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "looking",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("screen", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writing", sa.String(), nullable=True),
        sa.Column("wrote_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "screen", name=op.f("pk_looking")),
        schema="routing",
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_looking_seen_at", "looking", ["seen_at"], unique=False, schema="routing")
    op.create_table(
        "mention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        schema="routing",
    )
    op.create_index("ix_mention_case_id", "mention", ["case_id"], unique=False, schema="routing")
    op.create_index("ix_mention_staff_id", "mention", ["staff_id", "at", "id"], unique=False, schema="routing")
    op.create_index(
        "ix_mention_unread",
        "mention",
        ["staff_id"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("read_at is null"),
    )
    op.create_index("ix_case_category_received", "case", ["category", "received_at"], unique=False, schema="routing")
    op.create_index("ix_case_place_received", "case", ["service_point", "received_at"], unique=False, schema="routing")
    op.create_index(
        "ix_case_reference",
        "case",
        ["reference"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("reference is not null"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_case_reference", table_name="case", schema="routing", postgresql_where=sa.text("reference is not null")
    )
    op.drop_index("ix_case_place_received", table_name="case", schema="routing")
    op.drop_index("ix_case_category_received", table_name="case", schema="routing")
    op.drop_index(
        "ix_mention_unread", table_name="mention", schema="routing", postgresql_where=sa.text("read_at is null")
    )
    op.drop_index("ix_mention_staff_id", table_name="mention", schema="routing")
    op.drop_index("ix_mention_case_id", table_name="mention", schema="routing")
    op.drop_table("mention", schema="routing")
    op.drop_index("ix_looking_seen_at", table_name="looking", schema="routing")
    op.drop_table("looking", schema="routing")
    op.drop_index(
        "uq_case_link_pair", table_name="case_link", schema="routing", postgresql_where=sa.text("undone_at is null")
    )
    op.drop_index("ix_case_link_other_id", table_name="case_link", schema="routing")
    op.drop_index("ix_case_link_case_id", table_name="case_link", schema="routing")
    op.drop_table("case_link", schema="routing")
