"""Let complainants refuse surveys and list what was set aside.

Revision 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey_refusal",
        sa.Column("complainant_ref", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complainant_ref", name=op.f("pk_survey_refusal")),
        schema="intake",
    )
    op.create_index(
        "ix_arrival_ignored",
        "arrival",
        ["arrived_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'ignored'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_arrival_ignored", table_name="arrival", schema="intake", postgresql_where=sa.text("state = 'ignored'")
    )
    op.drop_table("survey_refusal", schema="intake")
