"""Keep requests of people about their data.

Revision 0015, after 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_code", sa.Column("message_id", sa.Uuid(), nullable=True), schema="intake")
    op.create_table(
        "contact_proof",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "digest", name=op.f("pk_contact_proof")),
        schema="intake",
    )
    op.create_index("ix_contact_proof_digest", "contact_proof", ["digest"], unique=False, schema="intake")
    op.create_table(
        "disposal",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", "what", name=op.f("pk_disposal")),
        schema="intake",
    )
    op.create_index(op.f("ix_disposal_at"), "disposal", ["at"], unique=False, schema="intake")
    op.create_table(
        "person_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("case_id < other_id", name=op.f("ck_person_link_ordered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_link")),
        schema="intake",
    )
    op.create_index(op.f("ix_person_link_other_id"), "person_link", ["other_id"], unique=False, schema="intake")
    op.create_index(
        "uq_person_link_pair",
        "person_link",
        ["case_id", "other_id"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "subject_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("contact_kind", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_by", sa.String(), nullable=True),
        sa.Column("verified", sa.String(), nullable=False),
        sa.Column("wish", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.String(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint("kind in ('access', 'correct', 'erase')", name=op.f("ck_subject_request_kind_known")),
        sa.CheckConstraint("state in ('open', 'done', 'refused')", name=op.f("ck_subject_request_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request")),
        sa.UniqueConstraint("number", name=op.f("uq_subject_request_number")),
        schema="intake",
    )
    op.create_index(op.f("ix_subject_request_digest"), "subject_request", ["digest"], unique=False, schema="intake")
    op.create_index(
        "ix_subject_request_listed", "subject_request", ["received_at", "id"], unique=False, schema="intake"
    )
    op.create_index(
        "ix_subject_request_open",
        "subject_request",
        ["due_at", "id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("ix_subject_request_sealed_by"), "subject_request", ["sealed_by"], unique=False, schema="intake"
    )
    op.create_table(
        "subject_request_case",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.String(), server_default=sa.text("'found'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "done in ('found', 'exported', 'corrected', 'erased', 'forgotten', 'waiting')",
            name=op.f("ck_subject_request_case_done_known"),
        ),
        sa.PrimaryKeyConstraint("request_id", "case_id", name=op.f("pk_subject_request_case")),
        schema="intake",
    )
    op.create_index(
        "ix_subject_request_case_waiting",
        "subject_request_case",
        ["case_id"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("done = 'waiting'"),
    )
    op.create_table(
        "subject_request_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_request_step")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_subject_request_step_request_id"),
        "subject_request_step",
        ["request_id"],
        unique=False,
        schema="intake",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_subject_request_step_request_id"), table_name="subject_request_step", schema="intake")
    op.drop_table("subject_request_step", schema="intake")
    op.drop_index(
        "ix_subject_request_case_waiting",
        table_name="subject_request_case",
        schema="intake",
        postgresql_where=sa.text("done = 'waiting'"),
    )
    op.drop_table("subject_request_case", schema="intake")
    op.drop_index(op.f("ix_subject_request_sealed_by"), table_name="subject_request", schema="intake")
    op.drop_index(
        "ix_subject_request_open",
        table_name="subject_request",
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_subject_request_listed", table_name="subject_request", schema="intake")
    op.drop_index(op.f("ix_subject_request_digest"), table_name="subject_request", schema="intake")
    op.drop_table("subject_request", schema="intake")
    op.drop_index(
        "uq_person_link_pair", table_name="person_link", schema="intake", postgresql_where=sa.text("undone_at is null")
    )
    op.drop_index(op.f("ix_person_link_other_id"), table_name="person_link", schema="intake")
    op.drop_table("person_link", schema="intake")
    op.drop_index(op.f("ix_disposal_at"), table_name="disposal", schema="intake")
    op.drop_table("disposal", schema="intake")
    op.drop_index("ix_contact_proof_digest", table_name="contact_proof", schema="intake")
    op.drop_table("contact_proof", schema="intake")
    op.drop_column("access_code", "message_id", schema="intake")
