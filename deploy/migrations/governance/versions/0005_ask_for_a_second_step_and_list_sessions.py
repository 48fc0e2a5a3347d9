"""Ask for a second step and list sessions.

Revision 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("staff_id", "digest", name=op.f("pk_recovery_code")),
        schema="governance",
    )
    op.create_table(
        "second_step",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_interval", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_second_step")),
        schema="governance",
    )
    op.add_column("session", sa.Column("device", sa.String(), nullable=True), schema="governance")
    op.add_column(
        "session",
        sa.Column("second_step", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="governance",
    )
    op.add_column(
        "staff", sa.Column("second_step_due_at", sa.DateTime(timezone=True), nullable=True), schema="governance"
    )


def downgrade() -> None:
    op.drop_column("staff", "second_step_due_at", schema="governance")
    op.drop_column("session", "second_step", schema="governance")
    op.drop_column("session", "device", schema="governance")
    op.drop_table("second_step", schema="governance")
    op.drop_table("recovery_code", schema="governance")
