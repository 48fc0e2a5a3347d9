"""Keep files and count arrivals.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_code",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_access_code")),
        schema="intake",
    )
    op.create_table(
        "allowance",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "begun_at", name=op.f("pk_allowance")),
        schema="intake",
    )
    op.create_index(op.f("ix_allowance_begun_at"), "allowance", ["begun_at"], unique=False, schema="intake")
    op.create_table(
        "arrival",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'arrived'"), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("raw", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('arrived', 'registered', 'held', 'ignored', 'failed')", name=op.f("ck_arrival_state_known")
        ),
        sa.PrimaryKeyConstraint("channel", "source_id", name=op.f("pk_arrival")),
        schema="intake",
    )
    op.create_index("ix_arrival_counted", "arrival", ["channel", "arrived_at", "state"], unique=False, schema="intake")
    op.create_index(
        "ix_arrival_open",
        "arrival",
        ["arrived_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state in ('arrived', 'held', 'failed')"),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("treatment", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("arrived_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("thumbnail", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('kept', 'held', 'infected', 'erased')", name=op.f("ck_stored_file_state_known")),
        sa.CheckConstraint("draft is null or case_id is null", name=op.f("ck_stored_file_draft_or_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        schema="intake",
    )
    op.create_index(op.f("ix_stored_file_case_id"), "stored_file", ["case_id"], unique=False, schema="intake")
    op.create_index(
        "ix_stored_file_draft",
        "stored_file",
        ["draft"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("draft is not null"),
    )
    op.create_index(
        "ix_stored_file_open",
        "stored_file",
        ["state", "at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'held' or (state in ('erased', 'infected') and settled_at is null)"),
    )
    op.create_index(
        "uq_stored_file_origin",
        "stored_file",
        ["origin", "origin_id"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("origin_id is not null"),
    )
    op.create_table(
        "web_draft",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("draft", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_draft")),
        schema="intake",
    )
    op.create_index(op.f("ix_web_draft_at"), "web_draft", ["at"], unique=False, schema="intake")


def downgrade() -> None:
    op.drop_index(op.f("ix_web_draft_at"), table_name="web_draft", schema="intake")
    op.drop_table("web_draft", schema="intake")
    op.drop_index(
        "uq_stored_file_origin",
        table_name="stored_file",
        schema="intake",
        postgresql_where=sa.text("origin_id is not null"),
    )
    op.drop_index(
        "ix_stored_file_open",
        table_name="stored_file",
        schema="intake",
        postgresql_where=sa.text("state = 'held' or (state in ('erased', 'infected') and settled_at is null)"),
    )
    op.drop_index(
        "ix_stored_file_draft", table_name="stored_file", schema="intake", postgresql_where=sa.text("draft is not null")
    )
    op.drop_index(op.f("ix_stored_file_case_id"), table_name="stored_file", schema="intake")
    op.drop_table("stored_file", schema="intake")
    op.drop_index(
        "ix_arrival_open",
        table_name="arrival",
        schema="intake",
        postgresql_where=sa.text("state in ('arrived', 'held', 'failed')"),
    )
    op.drop_index("ix_arrival_counted", table_name="arrival", schema="intake")
    op.drop_table("arrival", schema="intake")
    op.drop_index(op.f("ix_allowance_begun_at"), table_name="allowance", schema="intake")
    op.drop_table("allowance", schema="intake")
    op.drop_table("access_code", schema="intake")
