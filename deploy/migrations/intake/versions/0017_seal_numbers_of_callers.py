"""Seal numbers of callers.

Revision 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_back", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.create_index(op.f("ix_call_back_sealed_by"), "call_back", ["sealed_by"], unique=False, schema="intake")
    op.add_column("phone_call", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.create_index(op.f("ix_phone_call_sealed_by"), "phone_call", ["sealed_by"], unique=False, schema="intake")


def downgrade() -> None:
    op.drop_index(op.f("ix_phone_call_sealed_by"), table_name="phone_call", schema="intake")
    op.drop_column("phone_call", "sealed_by", schema="intake")
    op.drop_index(op.f("ix_call_back_sealed_by"), table_name="call_back", schema="intake")
    op.drop_column("call_back", "sealed_by", schema="intake")
