"""Link two cases as those of one person, or say that they are not; a member of staff decides, and can undo it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas.complaints import IdentityHandled
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.intake.filing import clean, invalid
from services.intake.look_at_identity import CaseInView, may_look
from services.intake.subjects.record_request import SHORTEST
from services.intake.subjects.suggest_person import same_person
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, FieldProblem, NotAllowed, NotFound
from services.kit.i18n import N_


class LinkedAlready(Conflict):
    """Somebody decided about these two cases a moment ago. Reload the page to see how."""

    code = "linked-already"


async def link_person(
    tx: Transaction, case: CaseInView, other_id: UUID, member: StaffMember, bundle: PolicyBundle, *,
    same: bool, reason: str, now: datetime,
) -> None:  # fmt: skip
    """Say that a suggested case is of the same person, or (`same` false) of another.

    Raises:
        NotAllowed: the member may not see who filed the case.
        NotFound: the other case is not suggested, or not theirs to see.
        InvalidInput: the shared contact is not proven on both, and no reason was given.
        LinkedAlready: it was decided before.
    """
    if not may_look(case, member):
        raise NotAllowed(
            N_("The complainant asked that few people see who they are."),
            N_("Ask the owner of the case, the complaint centre or the data protection officer."),
        )
    _, suggested = await same_person(tx, case.case_id, member, bundle)
    found = next((it for it in suggested if it.case.case_id == other_id), None)
    if found is None:
        raise NotFound(N_("This case is not among those suggested."), N_("Reload the page."))
    words = clean(reason)
    if same and not found.proven and len(words) < SHORTEST:
        raise invalid(
            [
                FieldProblem(
                    "reason",
                    N_("The contact was only stated, not proven, so a link needs its reason."),
                    N_("Say how you made sure: a call back, an identity card, the same account in both."),
                )
            ]
        )
    first, second = sorted((case.case_id, other_id))
    made = await tx.fetchval(
        "insert into intake.person_link (id, case_id, other_id, evidence, reason, by, at, refused)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1",
        new_id(),
        first,
        second,
        found.kinds[0] if found.proven else "stated",
        words or None,
        member.staff_id,
        now,
        not same,
    )
    if made is None:
        raise LinkedAlready(N_("This was decided a moment ago."), N_("Reload the page to see how."))
    if same:
        _announce(tx, "linked", case.case_id, other_id, member, words or "proven contact", now)


async def undo_link(
    tx: Transaction, case: CaseInView, other_id: UUID, member: StaffMember, bundle: PolicyBundle, *, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """Take a link back; that it was made and undone stays.

    Raises:
        InvalidInput: no reason was given.
        NotFound: the cases are not linked, or the other one is not theirs to see.
    """
    words = clean(reason)
    if len(words) < SHORTEST:
        raise invalid(
            [FieldProblem("reason", N_("Undoing a link needs its reason."), N_("Say what showed that it is wrong."))]
        )
    linked, _ = await same_person(tx, case.case_id, member, bundle)
    if not may_look(case, member) or all(it.case.case_id != other_id for it in linked):
        raise NotFound(N_("These cases are not linked."), N_("Reload the page."))
    first, second = sorted((case.case_id, other_id))
    await tx.execute(
        "update intake.person_link set undone_by = $3, undone_at = $4 where case_id = $1 and other_id = $2"
        " and undone_at is null",
        first,
        second,
        member.staff_id,
        now,
    )
    _announce(tx, "unlinked", case.case_id, other_id, member, words, now)


def _announce(
    tx: Transaction, what: Literal["linked", "unlinked"], case_id: UUID, other_id: UUID, member: StaffMember,
    reason: str, now: datetime,
) -> None:  # fmt: skip
    """Each of the two cases knows of it."""
    for one, other in ((case_id, other_id), (other_id, case_id)):
        fact = IdentityHandled(what=what, by=member.staff_id, at=now, other_case=other, reason=FreeText.of(reason))
        tx.announce(fact, case_id=one, at=now)
