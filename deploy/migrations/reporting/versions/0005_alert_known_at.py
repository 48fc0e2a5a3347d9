"""Keep when an alert was due to be known.

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "alert_fact",
        sa.Column("known_at", sa.DateTime(timezone=True), autoincrement=False, nullable=True),
        schema="reporting",
    )


def downgrade() -> None:
    op.drop_column("alert_fact", "known_at", schema="reporting")
