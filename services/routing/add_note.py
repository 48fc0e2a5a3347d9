"""Add an internal note to a case; the complainant never sees it."""

from __future__ import annotations

from dataclasses import dataclass
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
from services.routing.mentions.mention import keep_mentions, named_for
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said


def may_note(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whoever sees the case and is not there only to read."""
    return not set(member.roles) <= {"auditor", "administrator", "privacy"}


@dataclass(frozen=True, slots=True)
class Noted(Moved):
    """A note was added: whom it told (user names), and what stood behind an @ and is nobody's name."""

    told: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()


async def add_note(
    tx: Transaction, copies: Copies, ident: str | UUID, *, text: str | None, viewer: StaffMember, now: datetime
) -> Noted:
    """Add a note, also to a case that is over. Colleagues it names with @ are told.

    Raises:
        NotFound, NotAllowed: as for a step.
        InvalidInput: there are no words, or too many; somebody it names may not see the case, or is not the only one.
    """
    case, _ = await held(
        tx, copies, ident, viewer, now, may=may_note, open_only=False, who=N_("Those who work on the case can.")
    )
    words = said("text", text)
    named = await named_for(tx, copies, case, words, now=now)
    case = case.changed(now)
    line_id = await write(tx, case, Line("note", now, "staff", viewer.staff_id, texts={"text": words}))
    await keep_mentions(tx, case.id, line_id, named.members, by=viewer.staff_id, now=now)
    tx.announce(
        NoteAdded(**announcement(case, by=viewer.staff_id, at=now), text=FreeText.of(words)), case_id=case.id, at=now
    )
    told = tuple(member.username for member in named.members if member.staff_id != viewer.staff_id)
    return Noted(case.id, case.state, case.version, told, named.nobody)
