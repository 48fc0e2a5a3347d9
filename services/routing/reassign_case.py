"""Give a case to another unit or officer (5.4). Never restarts a clock, and never goes to the one complained of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from schemas.cases import CaseReassigned
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.routing.actors import works
from services.routing.case import Case
from services.routing.forms import units_for
from services.routing.moving import moved_to
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved, owner_for
from services.routing.writing import held, said, wrong

HEADS = ("centre", "supervisor", "unit_head", "line_manager")


def may_reassign(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Officers of the unit among themselves; the centre, supervisors and heads within their scope."""
    return works(case, member, bundle) or not set(HEADS).isdisjoint(member.roles)


async def reassign_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    unit: str | None = None,
    owner: str | None = None,
    nobody: bool = False,
    reason: str | None,
    viewer: StaffMember,
    expected_version: int | None = None,
    now: datetime,
) -> Moved:
    """Change the unit, the owner or both. Without `owner`, the least loaded officer on duty of the unit takes it.

    Args:
        nobody: it is left without an owner, as when a hand-over is taken back that gave it its first one.

    Raises:
        NotFound, StaleCase, NotAllowed: as for a step.
        Conflict: the case is over, or still waits to be assigned (then assign it).
        InvalidInput: no reason, or a unit or officer that cannot take it.
    """
    case, bundle = await held(
        tx, copies, ident, viewer, now, may=may_reassign, expected_version=expected_version,
        who=N_("An officer of the unit, its head, a supervisor or the complaint centre can."),
    )  # fmt: skip
    if case.state in ("received", "assessed"):
        raise Conflict(N_("This case is not assigned yet."), N_("Take the step that assigns it."))
    why = said("reason", reason)
    to_unit = unit or case.unit
    if to_unit not in {code for code, _ in units_for(case, bundle, "th")}:
        raise wrong("unit", N_("This is not one of the choices."), N_("Choose from the list."))
    chosen = None if nobody else await owner_for(tx, copies, case, bundle, to_unit, owner or None, now)
    moved = case.changed(now, owner=chosen, **moved_to(case, to_unit, bundle, counts=True))
    if chosen != case.owner and chosen != case.declared_by:
        moved = replace(moved, declared_by=None, declared_at=None)  # whoever takes it over declares anew (7.6)
    fields = {
        "unit_before": case.unit,
        "unit": moved.unit,
        "owner_before": str(case.owner) if case.owner else None,
        "owner": str(chosen) if chosen else None,
    }
    await write(tx, moved, Line("reassigned", now, "staff", viewer.staff_id, reason=why, fields=fields))
    tx.announce(
        CaseReassigned(
            **announcement(moved, by=viewer.staff_id, at=now),
            unit_before=case.unit,
            owner_before=case.owner,
            reason=FreeText.of(why),
        ),
        case_id=case.id,
        at=now,
    )
    return Moved(moved.id, moved.state, moved.version)
