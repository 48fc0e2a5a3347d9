"""Raise a case to a higher level of management by hand (counts for KPI 12)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import CaseRaised
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import ESCALATION_LEVELS
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.add_note import may_note
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said, wrong

LEVELS = tuple(level for level in ESCALATION_LEVELS if level != "owner")


async def raise_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    level: str,
    reason: str | None,
    viewer: StaffMember,
    now: datetime,
) -> Moved:
    """Raise an open case to a level above its owner.

    Raises:
        NotFound, NotAllowed, Conflict: as for a step.
        InvalidInput: no reason, or no such level.
    """
    case, _ = await held(tx, copies, ident, viewer, now, may=may_note, who=N_("Those who work on the case can."))
    why = said("reason", reason)
    if level not in LEVELS:
        raise wrong("level", N_("This is not one of the choices."), N_("Choose from the list."))
    case = case.changed(now)
    await write(tx, case, Line("raised", now, "staff", viewer.staff_id, reason=why, fields={"level": level}))
    tx.announce(
        CaseRaised(**announcement(case, by=viewer.staff_id, at=now), level=level, reason=FreeText.of(why)),
        case_id=case.id,
        at=now,
    )
    return Moved(case.id, case.state, case.version)
