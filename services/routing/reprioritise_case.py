"""Change the priority of a case, with a reason (7.5); its deadlines move with it (domain §4.5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import CasePrioritised
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.actors import works
from services.routing.case import Case
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said, wrong

OVERSEERS = ("centre", "supervisor", "unit_head")


def may_reprioritise(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Those who work the case, and those who oversee it within their scope."""
    return works(case, member, bundle) or not set(OVERSEERS).isdisjoint(member.roles)


async def reprioritise_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    priority: str,
    reason: str | None,
    viewer: StaffMember,
    expected_version: int | None = None,
    now: datetime,
) -> Moved:
    """Change the priority; every change and its reason stay on record. Nothing is written when it is the same.

    Raises:
        NotFound, StaleCase, NotAllowed, Conflict: as for a step.
        InvalidInput: no reason, or a priority the policy does not have.
    """
    case, bundle = await held(
        tx, copies, ident, viewer, now, may=may_reprioritise, expected_version=expected_version,
        who=N_("An officer of the unit, its head, a supervisor or the complaint centre can."),
    )  # fmt: skip
    why = said("reason", reason)
    if not bundle.has("priorities", priority):
        raise wrong("priority", N_("This is not one of the choices."), N_("Choose from the list."))
    if priority == case.priority:
        return Moved(case.id, case.state, case.version)
    on_review = not works(case, viewer, bundle)
    moved = case.changed(now, priority=priority)
    fields = {"before": case.priority, "priority": priority}
    await write(tx, moved, Line("prioritised", now, "staff", viewer.staff_id, reason=why, fields=fields))
    tx.announce(
        CasePrioritised(
            **announcement(moved, by=viewer.staff_id, at=now),
            priority_before=case.priority,
            reason=FreeText.of(why),
            on_review=on_review,
        ),
        case_id=case.id,
        at=now,
    )
    return Moved(moved.id, moved.state, moved.version)
