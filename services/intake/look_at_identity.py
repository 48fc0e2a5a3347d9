"""Open the identity behind a case: who may, why they did, and what they saw (domain §3, personal-data law).

Whoever sees the case may see a complainant who gave their name. One who asked for confidentiality is shown only to
the roles `privacy`, `supervisor` and `centre`, and to the owner of the case. Every look needs a reason and is kept and
announced; it cannot be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.complaints import IdentityLooked
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.contacts.read_identity import read_identity
from services.intake.filing import invalid
from services.kit.copies import Fetches
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem, NotAllowed, NotFound
from services.kit.i18n import N_
from services.kit.scope import scope_of

LOOKERS = ("officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "integrity", "privacy")
"""Roles that may look at the identity of a case within their scope."""

TRUSTED = ("privacy", "supervisor", "centre")
"""Roles that may also look where confidentiality was asked for; the owner may too."""


@dataclass(frozen=True, slots=True)
class CaseInView:
    """A case within the scope of a member of staff, by column name."""

    case_id: UUID
    complaint: Mapping[str, Any]
    owner: UUID | None

    @property
    def identity(self) -> str:
        """`named`, `confidential` or `anonymous`."""
        return str(self.complaint["identity"])


async def case_in_view(source: Fetches, case_id: UUID, member: StaffMember, bundle: PolicyBundle) -> CaseInView:
    """The case, if it is within the member's scope.

    Raises:
        NotFound: there is none, or it is not theirs to see: the two look alike.
    """
    complaint = await source.fetch("select * from intake.complaint where id = $1", case_id)
    progress = await source.fetch("select * from intake.tracking where case_id = $1", case_id)
    if complaint:
        it = complaint[0]
        now = dict(progress[0]) if progress else {}
        visible = scope_of(bundle, member).sees(
            unit=now.get("unit") or it["unit"],
            owner=now.get("owner"),
            approving_unit=now.get("approving_unit"),
            restricted=bool(it["restricted"] or now.get("restricted")),
            subject_unit=now.get("subject_unit") or it["subject_unit"],
            subject_person=now.get("subject_person") or it["subject_person"],
        )
        if visible:
            return CaseInView(case_id, dict(it), now.get("owner"))
    raise NotFound(N_("There is no such case."), N_("Check the number, or ask the complaint centre."))


def may_look(case: CaseInView, member: StaffMember) -> bool:
    """Whether the member may see who filed the case."""
    roles = set(member.roles)
    if case.identity == "confidential":
        return case.owner == member.staff_id or not roles.isdisjoint(TRUSTED)
    return not roles.isdisjoint(LOOKERS)


async def look_at_identity(
    tx: Transaction, case: CaseInView, member: StaffMember, reason: str, now: datetime, contacts: Contacts
) -> Mapping[str, Any]:
    """Who filed the case, having written down who looked and why.

    Raises:
        NotAllowed: confidentiality was asked for, and the member is not among the few.
        InvalidInput: no reason was given.
        ContactKeyMissing: it was sealed with a key that is not here.
    """
    if not may_look(case, member):
        raise NotAllowed(
            N_("The complainant asked that few people see who they are."),
            N_("Ask the owner of the case, the complaint centre or the data protection officer."),
        )
    if len(reason) < 5:
        raise invalid(
            [FieldProblem("reason", N_("A look needs its reason."), N_("Say what you need the contact for."))]
        )
    await tx.execute(
        "insert into intake.identity_look (id, case_id, by, at, reason) values ($1, $2, $3, $4, $5)",
        new_id(),
        case.case_id,
        member.staff_id,
        now,
        reason,
    )
    fact = IdentityLooked(by=member.staff_id, reason=FreeText.of(reason), at=now)
    tx.announce(fact, case_id=case.case_id, at=now)
    return await read_identity(tx, case.case_id, contacts)
