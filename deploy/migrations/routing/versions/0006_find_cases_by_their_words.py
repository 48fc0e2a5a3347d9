"""Find cases by their words, and suggest where they belong.

Revision 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
phase = "pre"  # only adds, so that older programs go on running


def upgrade() -> None:
    op.create_table(
        "case_words",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_words")),
        schema="routing",
    )
    op.create_index(
        "ix_case_words_words",
        "case_words",
        ["words"],
        schema="routing",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.create_index("ix_case_words_received_at", "case_words", ["received_at", "case_id"], schema="routing")
    op.create_table(
        "words_cursor",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_words_cursor")),
        schema="routing",
    )
    op.create_table(
        "words_due",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_words_due")),
        schema="routing",
    )

    op.create_table(
        "suggestion_model",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("measured", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_suggestion_model")),
        schema="routing",
    )
    op.create_index(op.f("ix_suggestion_model_trained_at"), "suggestion_model", ["trained_at"], schema="routing")
    op.create_table(
        "suggestion",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("unit_share", sa.Float(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("category_share", sa.Float(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_suggestion")),
        schema="routing",
    )
    op.create_index(op.f("ix_suggestion_model"), "suggestion", ["model"], schema="routing")


def downgrade() -> None:
    for table in ("suggestion", "suggestion_model", "words_due", "words_cursor", "case_words"):
        op.drop_table(table, schema="routing")
