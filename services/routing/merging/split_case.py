"""Make a part of a case a case of its own: intake gives it a number; its clocks start when the first was received."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import CaseSplit
from schemas.complaints import ComplaintFiled
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.routing.actors import assigns
from services.routing.case import Case
from services.routing.links.keep_links import keep_link, tell_of_link
from services.routing.store import Line, announcement, lock_case, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said, wrong


def may_split(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Who says where a case goes says also that it is two; of what came in as history there is nothing to split."""
    return assigns(case, member, bundle) and not case.historical


async def split_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    narrative: str | None,
    category: str | None,
    reason: str | None,
    viewer: StaffMember,
    expected_version: int | None = None,
    now: datetime,
) -> Moved:
    """Ask for a case of the part that `narrative` tells. Its number comes from intake, a moment later.

    Raises:
        NotFound, NotAllowed, StaleCase, Conflict: as for a step.
        InvalidInput: nothing is told, no reason is given, the category is unknown, or it would bring what is restricted
            into the open.
    """
    case, bundle = await held(
        tx, copies, ident, viewer, now, may=may_split, expected_version=expected_version,
        who=N_("The complaint centre, a supervisor or the desk where it lies can."),
    )  # fmt: skip
    words, why = said("narrative", narrative), said("reason", reason)
    if category is not None and not bundle.has("categories", category):
        raise wrong("category", N_("This is not one of the choices."), N_("Choose from the list."))
    if case.restricted and not (category and bundle.is_misconduct(category)):
        raise wrong(
            "category", N_("A part of a restricted case stays restricted."), N_("Choose a category of misconduct.")
        )
    changed = case.changed(now)
    line = Line("split", now, "staff", viewer.staff_id, reason=why, texts={"text": words})
    await write(tx, changed, line)
    tx.announce(
        CaseSplit(
            **announcement(changed, by=viewer.staff_id, at=now),
            request=new_id(),
            narrative=FreeText.of(words),
            category=category,
            reason=FreeText.of(why),
        ),
        case_id=case.id,
        at=now,
    )
    return Moved(changed.id, changed.state, changed.version)


async def link_split(tx: Transaction, case: Case, filed: ComplaintFiled, now: datetime) -> None:
    """Link a case that was just opened with the one it was a part of. Nothing of a restricted one shows in another."""
    if filed.split_from is None:
        return
    try:
        origin = await lock_case(tx, filed.split_from)
    except NotFound:
        return
    await tell_of_link(tx, case.changed(now), origin, sort="split", reason=None, by=filed.filed_by, now=now)
    if origin.restricted != case.restricted:
        return
    await keep_link(tx, case, origin, sort="split", reason=None, by=filed.filed_by, now=now)
    await tell_of_link(tx, origin.changed(now), case, sort="split", reason=None, by=filed.filed_by, now=now)
