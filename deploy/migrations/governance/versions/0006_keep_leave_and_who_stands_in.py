"""Keep leave and who stands in.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leave",
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("substitute", sa.Uuid(), nullable=True),
        sa.Column("hand_over", sa.Boolean(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_leave_period_lasts")),
        sa.CheckConstraint("substitute is not null or not hand_over", name=op.f("ck_leave_handed_to_somebody")),
        sa.PrimaryKeyConstraint("leave_id", name=op.f("pk_leave")),
        schema="governance",
    )
    op.create_index(
        op.f("ix_leave_staff_id_ends_at"), "leave", ["staff_id", "ends_at"], unique=False, schema="governance"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_leave_staff_id_ends_at"), table_name="leave", schema="governance")
    op.drop_table("leave", schema="governance")
