"""Keep what changed hands for a leave.

Revision 0007, after 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handover",
        sa.Column("leave_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("substitute", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("leave_id", "case_id", name=op.f("pk_handover")),
        schema="routing",
    )
    op.create_index(
        "ix_handover_open",
        "handover",
        ["leave_id", "case_id"],
        unique=False,
        schema="routing",
        postgresql_where=sa.text("settled_at is null"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_handover_open", table_name="handover", schema="routing", postgresql_where=sa.text("settled_at is null")
    )
    op.drop_table("handover", schema="routing")
