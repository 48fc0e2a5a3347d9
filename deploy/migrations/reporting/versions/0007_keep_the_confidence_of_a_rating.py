"""Keep the confidence of a rating.

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
    op.add_column(
        "rating_fact", sa.Column("confidence", sa.BigInteger(), autoincrement=False, nullable=True), schema="reporting"
    )


def downgrade() -> None:
    op.drop_column("rating_fact", "confidence", schema="reporting")
