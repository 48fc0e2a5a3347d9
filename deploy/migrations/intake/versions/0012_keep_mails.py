"""Keep mails.

Revision 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("envelope_from", sa.String(), nullable=True),
        sa.Column("envelope_to", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("raw_file", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("folded", sa.String(), nullable=True),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("left_out", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_mail")),
        schema="intake",
    )
    op.create_index(
        "ix_mail_case_id", "mail", ["case_id"], unique=False, schema="intake",
        postgresql_where=sa.text("case_id is not null"),
    )  # fmt: skip
    op.create_index(
        "ix_mail_message_id", "mail", ["message_id"], unique=False, schema="intake",
        postgresql_where=sa.text("message_id is not null"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_mail_message_id", table_name="mail", schema="intake")
    op.drop_index("ix_mail_case_id", table_name="mail", schema="intake")
    op.drop_table("mail", schema="intake")
