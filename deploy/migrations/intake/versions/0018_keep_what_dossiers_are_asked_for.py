"""Keep what dossiers are asked for.

Revision 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'made', 'failed', 'dropped')", name=op.f("ck_dossier_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        schema="intake",
    )
    op.create_index(op.f("ix_dossier_case_id"), "dossier", ["case_id"], unique=False, schema="intake")
    op.create_index(
        "ix_dossier_waiting",
        "dossier",
        ["asked_at", "id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_dossier_waiting", table_name="dossier", schema="intake", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(op.f("ix_dossier_case_id"), table_name="dossier", schema="intake")
    op.drop_table("dossier", schema="intake")
