"""Every column of intake in which a contact stands: what is sealed, and by which digest it is found."""

from __future__ import annotations

from dataclasses import dataclass, field

IDENTITY_TEXTS = (
    "name", "phone", "email", "representative_name", "representative_relation", "representative_authority",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with contacts. Each row notes in `sealed_by` the key they are sealed with."""

    name: str
    row: dict[str, str]
    """The columns of its primary key, with their PostgreSQL types."""
    texts: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    digests: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Digest column → the column it is of, and the kind of contact, or `@column` where a column says the kind."""

    @property
    def sealed(self) -> tuple[str, ...]:
        """Every sealed column."""
        return (*self.texts, *self.contents, *self.documents)


SEALED = (
    SealedTable(
        "identity", {"complaint_id": "uuid"}, texts=IDENTITY_TEXTS,
        digests={"phone_digest": ("phone", "phone"), "email_digest": ("email", "email")},
    ),
    SealedTable(
        "reply_address", {"case_id": "uuid", "channel": "text"}, texts=("address",),
        digests={"digest": ("address", "@channel")},
    ),
    SealedTable(
        "staff_address", {"staff_id": "uuid", "channel": "text"}, texts=("address",),
        digests={"digest": ("address", "@channel")},
    ),
    SealedTable(
        "subject_request", {"id": "uuid"}, texts=("contact",), digests={"digest": ("contact", "@contact_kind")}
    ),
    SealedTable("line_user", {"talker": "bytea"}, texts=("user_id", "name")),
    SealedTable("phone_call", {"id": "uuid"}, contents=("number",)),
    SealedTable("call_back", {"id": "uuid"}, contents=("number",)),
    SealedTable("line_event", {"id": "text"}, documents=("raw",)),
    SealedTable(
        "mail", {"source_id": "text"}, texts=("envelope_from", "envelope_to", "folded", "html"), contents=("raw",)
    ),
)  # fmt: skip
