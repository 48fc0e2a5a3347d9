"""Add an internal note to a case; the complainant never sees it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import NoteAdded
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.case import Case
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said


def may_note(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whoever sees the case and is not there only to read."""
    return not set(member.roles) <= {"auditor", "administrator", "privacy"}


async def add_note(
    tx: Transaction, copies: Copies, ident: str | UUID, *, text: str | None, viewer: StaffMember, now: datetime
) -> Moved:
    """Add a note, also to a case that is over.

    Raises:
        NotFound, NotAllowed: as for a step.
        InvalidInput: there are no words, or too many.
    """
    case, _ = await held(
        tx, copies, ident, viewer, now, may=may_note, open_only=False, who=N_("Those who work on the case can.")
    )
    words = said("text", text)
    case = case.changed(now)
    await write(tx, case, Line("note", now, "staff", viewer.staff_id, texts={"text": words}))
    tx.announce(
        NoteAdded(**announcement(case, by=viewer.staff_id, at=now), text=FreeText.of(words)), case_id=case.id, at=now
    )
    return Moved(case.id, case.state, case.version)
