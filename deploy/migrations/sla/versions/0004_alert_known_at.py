"""Keep when an alert was due to be known.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert", sa.Column("known_at", sa.DateTime(timezone=True), nullable=True), schema="sla")


def downgrade() -> None:
    op.drop_column("alert", "known_at", schema="sla")
