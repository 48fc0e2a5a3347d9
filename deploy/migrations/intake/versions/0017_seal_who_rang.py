"""Seal who rang.

Revision 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
phase = "pre"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("phone_call", "call_back"):
        op.add_column(table, sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
        op.create_index(op.f(f"ix_{table}_sealed_by"), table, ["sealed_by"], unique=False, schema="intake")


def downgrade() -> None:
    for table in ("phone_call", "call_back"):
        op.drop_index(op.f(f"ix_{table}_sealed_by"), table_name=table, schema="intake")
        op.drop_column(table, "sealed_by", schema="intake")
