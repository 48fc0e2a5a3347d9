"""Keep invitations to the survey.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation_fact",
        sa.Column("case_id", sa.Uuid(), autoincrement=False, nullable=False),
        sa.Column("closure", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "closure", name=op.f("pk_invitation_fact")),
        schema="reporting",
    )
    op.create_index("ix_invitation_fact_at", "invitation_fact", ["at", "case_id"], unique=False, schema="reporting")


def downgrade() -> None:
    op.drop_index("ix_invitation_fact_at", table_name="invitation_fact", schema="reporting")
    op.drop_table("invitation_fact", schema="reporting")
