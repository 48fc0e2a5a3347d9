"""Find the cases of a person by telephone number, e-mail address or LINE id, for whoever may see who filed them.

That a case is of a certain person says who filed it. So this is a look at the identity of each case that is found:
it needs a reason, is kept with the case and announced, and shows no case whose identity the asker may not see
(domain §3, personal-data law). A case that is not shown is not counted either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.complaints import IdentityLooked
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.filing import clean, invalid
from services.intake.look_at_identity import case_in_view, may_look
from services.intake.subjects.find_subject import SubjectCase, find_subject, read_sought
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem, NotFound
from services.kit.gist import gist_of
from services.kit.i18n import N_

SHOWN = 50
"""Cases of one person that are shown; who has more is found by a data request."""

SHORTEST = 5
"""Letters of a reason."""


@dataclass(frozen=True, slots=True)
class PersonsCase:
    """A case of the person, with the line by which it is known."""

    case: SubjectCase
    gist: str


async def find_person(
    tx: Transaction,
    member: StaffMember,
    bundle: PolicyBundle,
    contacts: Contacts,
    *,
    contact: str,
    reason: str,
    now: datetime,
) -> list[PersonsCase]:
    """The cases of a person, newest first, each look written down.

    Raises:
        InvalidInput: nobody can be found by what was typed, or no reason was given.
    """
    sought, why = read_sought(contact), clean(reason)
    if len(why) < SHORTEST:
        raise invalid(
            [FieldProblem("reason", N_("A look needs its reason."), N_("Say what you need the contact for."))]
        )
    found: list[PersonsCase] = []
    for case in await find_subject(tx, sought, contacts):
        if len(found) == SHOWN:
            break
        try:
            view = await case_in_view(tx, case.case_id, member, bundle)
        except NotFound:
            continue
        if case.has_identity and may_look(view, member):
            found.append(PersonsCase(case, gist_of(view.complaint["narrative"] or "")))
    await _write_down(tx, found, member, why, now)
    return found


async def _write_down(
    tx: Transaction, found: list[PersonsCase], member: StaffMember, reason: str, now: datetime
) -> None:
    await tx.executemany(
        "insert into intake.identity_look (id, case_id, by, at, reason) values ($1, $2, $3, $4, $5)",
        [(new_id(), one.case.case_id, member.staff_id, now, reason) for one in found],
    )
    for one in found:
        fact = IdentityLooked(by=member.staff_id, reason=FreeText.of(reason), at=now)
        tx.announce(fact, case_id=one.case.case_id, at=now)
