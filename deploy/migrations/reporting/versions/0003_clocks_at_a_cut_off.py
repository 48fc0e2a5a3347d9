"""Find the clocks that ran at a cut-off by an index.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME, TABLE, COLUMNS = "ix_clock_fact_met", "clock_fact", ["target", "met_at", "case_id"]


def upgrade() -> None:
    op.drop_index(NAME, table_name=TABLE, schema="reporting")
    op.create_index(NAME, TABLE, COLUMNS, schema="reporting", postgresql_where=sa.text("met_at is not null"))


def downgrade() -> None:
    op.drop_index(NAME, table_name=TABLE, schema="reporting")
    op.create_index(NAME, TABLE, COLUMNS, schema="reporting", postgresql_where=sa.text("timed"))
