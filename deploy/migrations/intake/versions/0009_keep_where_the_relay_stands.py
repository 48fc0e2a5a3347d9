"""Keep where the relay stands.

Revision 0009, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relay",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_relay")),
        schema="intake",
        postgresql_with={"fillfactor": 20},
    )
    op.create_table(
        "relay_member",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_relay_member")),
        schema="intake",
    )
    op.add_column("cursor", sa.Column("heard_until", sa.DateTime(timezone=True), nullable=True), schema="intake")


def downgrade() -> None:
    op.drop_column("cursor", "heard_until", schema="intake")
    op.drop_table("relay_member", schema="intake")
    op.drop_table("relay", schema="intake")
