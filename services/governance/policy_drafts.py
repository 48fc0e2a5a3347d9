"""Drafts: a policy on its way to adoption, kept so that its author can mend it, compare it and come back to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from schemas.policy import Approval
from services.governance.policy_lines import MAX_BYTES
from services.governance.tables import PolicyDraft
from services.kit.database import Database, Transaction, new_id
from services.kit.errors import NotFound, TooLarge
from services.kit.i18n import N_

KEPT = timedelta(days=30)
"""How long a draft that nobody touches is kept."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list."""

    draft_id: UUID
    changed_by: UUID
    changed_at: datetime
    first_line: str


async def keep_draft(tx: Transaction, text: str, *, now: datetime, by: UUID, draft_id: UUID | None = None) -> UUID:
    """Keep a text as a new draft, or as the new text of one, whose approval record is then entered anew.

    Raises:
        NotFound: there is no such draft any more.
        TooLarge: the text is longer than a policy can be.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooLarge(
            N_("The file is larger than %(limit)s bytes."),
            N_("Shorten it: a policy needs far less."),
            params={"limit": MAX_BYTES},
        )
    clean = text.replace("\r\n", "\n").replace("\x00", "")
    if draft_id is None:
        draft = PolicyDraft(draft_id=new_id(), text=clean, changed_by=by, changed_at=now)
        tx.session.add(draft)
        return draft.draft_id
    draft = await locked_draft(tx, draft_id)
    draft.text, draft.approval, draft.changed_by, draft.changed_at = clean, None, by, now
    tx.session.add(draft)
    return draft_id


async def keep_approval(tx: Transaction, draft_id: UUID, approval: Approval, *, now: datetime, by: UUID) -> None:
    """Keep the record of approval entered for a draft.

    Raises:
        NotFound: there is no such draft any more.
    """
    draft = await locked_draft(tx, draft_id)
    draft.approval, draft.changed_by, draft.changed_at = approval.model_dump(mode="json"), by, now
    tx.session.add(draft)


async def locked_draft(tx: Transaction, draft_id: UUID) -> PolicyDraft:
    """A draft, locked for a change.

    Raises:
        NotFound: there is no such draft any more.
    """
    return _found(await tx.session.get(PolicyDraft, draft_id, with_for_update=True))


async def read_draft(database: Database, draft_id: UUID) -> PolicyDraft:
    """A draft to look at.

    Raises:
        NotFound: there is no such draft any more.
    """
    rows = await database.read("select * from governance.policy_draft where draft_id = $1", draft_id)
    return _found(PolicyDraft(**dict(rows[0])) if rows else None)


def _found(draft: PolicyDraft | None) -> PolicyDraft:
    if draft is None:
        raise NotFound(
            N_("There is no such draft: it was adopted or deleted."), N_("/admin/policy lists the drafts there are.")
        )
    return draft


async def list_drafts(database: Database) -> list[DraftLine]:
    """Every draft, the one touched last first."""
    rows = await database.read(
        "select draft_id, changed_by, changed_at,"
        " coalesce(substring(text from '(?n)^version:\\s*(.{1,80})'), left(text, 80)) as first_line"
        " from governance.policy_draft order by changed_at desc limit 50"
    )
    return [DraftLine(row["draft_id"], row["changed_by"], row["changed_at"], row["first_line"]) for row in rows]


async def drop_draft(tx: Transaction, draft_id: UUID) -> None:
    """Delete a draft; nothing happens when it is gone already."""
    await tx.execute("delete from governance.policy_draft where draft_id = $1", draft_id)


async def drop_old_drafts(tx: Transaction, *, now: datetime) -> int:
    """Delete drafts nobody touched for `KEPT`; returns how many."""
    tag = await tx.execute("delete from governance.policy_draft where changed_at < $1", now - KEPT)
    return int(tag.rsplit(" ", 1)[-1])
