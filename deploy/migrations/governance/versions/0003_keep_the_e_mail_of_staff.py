"""Keep the e-mail of staff.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("email", sa.String(), nullable=True), schema="governance")


def downgrade() -> None:
    op.drop_column("staff", "email", schema="governance")
