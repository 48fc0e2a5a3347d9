"""Seal contacts.

Revision 0014, after 0013.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity", sa.Column("phone_digest", sa.LargeBinary(), nullable=True), schema="intake")
    op.add_column("identity", sa.Column("email_digest", sa.LargeBinary(), nullable=True), schema="intake")
    op.add_column("identity", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.create_index(
        "ix_identity_email_digest",
        "identity",
        ["email_digest"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("email_digest is not null"),
    )
    op.create_index(
        "ix_identity_phone_digest",
        "identity",
        ["phone_digest"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("phone_digest is not null"),
    )
    op.create_index(op.f("ix_identity_sealed_by"), "identity", ["sealed_by"], unique=False, schema="intake")
    op.add_column("line_event", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.create_index(op.f("ix_line_event_sealed_by"), "line_event", ["sealed_by"], unique=False, schema="intake")
    op.add_column("line_user", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.create_index(op.f("ix_line_user_sealed_by"), "line_user", ["sealed_by"], unique=False, schema="intake")
    op.add_column("mail", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.create_index(op.f("ix_mail_sealed_by"), "mail", ["sealed_by"], unique=False, schema="intake")
    op.add_column("reply_address", sa.Column("digest", sa.LargeBinary(), nullable=True), schema="intake")
    op.add_column("reply_address", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.drop_index(op.f("ix_reply_address_address"), table_name="reply_address", schema="intake")
    op.create_index(op.f("ix_reply_address_digest"), "reply_address", ["digest"], unique=False, schema="intake")
    op.create_index(op.f("ix_reply_address_sealed_by"), "reply_address", ["sealed_by"], unique=False, schema="intake")
    op.add_column("staff_address", sa.Column("digest", sa.LargeBinary(), nullable=True), schema="intake")
    op.add_column("staff_address", sa.Column("sealed_by", sa.String(), nullable=True), schema="intake")
    op.drop_index(op.f("ix_staff_address_address"), table_name="staff_address", schema="intake")
    op.create_index(op.f("ix_staff_address_digest"), "staff_address", ["digest"], unique=False, schema="intake")
    op.create_index(op.f("ix_staff_address_sealed_by"), "staff_address", ["sealed_by"], unique=False, schema="intake")


def downgrade() -> None:
    op.drop_index(op.f("ix_staff_address_sealed_by"), table_name="staff_address", schema="intake")
    op.drop_index(op.f("ix_staff_address_digest"), table_name="staff_address", schema="intake")
    op.create_index(op.f("ix_staff_address_address"), "staff_address", ["address"], unique=False, schema="intake")
    op.drop_column("staff_address", "sealed_by", schema="intake")
    op.drop_column("staff_address", "digest", schema="intake")
    op.drop_index(op.f("ix_reply_address_sealed_by"), table_name="reply_address", schema="intake")
    op.drop_index(op.f("ix_reply_address_digest"), table_name="reply_address", schema="intake")
    op.create_index(
        op.f("ix_reply_address_address"), "reply_address", ["channel", "address"], unique=False, schema="intake"
    )
    op.drop_column("reply_address", "sealed_by", schema="intake")
    op.drop_column("reply_address", "digest", schema="intake")
    op.drop_index(op.f("ix_mail_sealed_by"), table_name="mail", schema="intake")
    op.drop_column("mail", "sealed_by", schema="intake")
    op.drop_index(op.f("ix_line_user_sealed_by"), table_name="line_user", schema="intake")
    op.drop_column("line_user", "sealed_by", schema="intake")
    op.drop_index(op.f("ix_line_event_sealed_by"), table_name="line_event", schema="intake")
    op.drop_column("line_event", "sealed_by", schema="intake")
    op.drop_index(op.f("ix_identity_sealed_by"), table_name="identity", schema="intake")
    op.drop_index(
        "ix_identity_phone_digest",
        table_name="identity",
        schema="intake",
        postgresql_where=sa.text("phone_digest is not null"),
    )
    op.drop_index(
        "ix_identity_email_digest",
        table_name="identity",
        schema="intake",
        postgresql_where=sa.text("email_digest is not null"),
    )
    op.drop_column("identity", "sealed_by", schema="intake")
    op.drop_column("identity", "email_digest", schema="intake")
    op.drop_column("identity", "phone_digest", schema="intake")
