"""Link two cases that belong together, or undo a link: with a reason, told in the timeline of both."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.routing.add_note import may_note
from services.routing.case import Case
from services.routing.links.keep_links import keep_link, tell_of_link, undo_link
from services.routing.store import lock_case
from services.routing.transition_case import Moved, case_in_scope
from services.routing.writing import held, said, wrong

WHO = N_("Those who work on the case can.")


async def link_cases(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    other: str | None,
    reason: str | None,
    viewer: StaffMember,
    now: datetime,
) -> Moved:
    """Link the case with the one of that number.

    Raises:
        NotFound, NotAllowed: as for a step.
        InvalidInput: no reason, no other case of that number in the viewer's sight, one that is linked already, or one
            of the two is restricted and the other is not.
    """
    words = said("reason", reason)
    target = await other_case(tx, copies, ident, other, viewer, now)
    case, found = await _both(tx, copies, ident, target.id, viewer, now)
    check_both_restricted(case, found)
    await keep_link(tx, case, found, sort="related", reason=words, by=viewer.staff_id, now=now)
    await tell_of_link(tx, found.changed(now), case, sort="related", reason=words, by=viewer.staff_id, now=now)
    changed = case.changed(now)
    await tell_of_link(tx, changed, found, sort="related", reason=words, by=viewer.staff_id, now=now)
    return Moved(changed.id, changed.state, changed.version)


async def unlink_cases(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    link_id: UUID,
    *,
    reason: str | None,
    viewer: StaffMember,
    now: datetime,
) -> Moved:
    """Undo a link that people made; that of a merging or a splitting is undone with it, not here.

    Raises:
        NotFound: no such case or link in the viewer's sight.
        NotAllowed, InvalidInput: as for linking.
    """
    words = said("reason", reason)
    near, _ = await case_in_scope(tx, copies, ident, viewer, now, lock=False)
    row = await tx.fetchrow(
        "select case when case_id = $2 then other_id else case_id end as other from routing.case_link"
        " where id = $1 and (case_id = $2 or other_id = $2) and undone_at is null and sort = 'related'",
        link_id, near.id,
    )  # fmt: skip
    if row is None:
        raise NotFound(N_("The case has no such link."), N_("Read the case again."))
    case, found = await _both(tx, copies, ident, row["other"], viewer, now)
    await undo_link(tx, link_id, by=viewer.staff_id, now=now)
    for one, other in ((found, case), (case, found)):
        await tell_of_link(
            tx, one.changed(now), other, sort="related", reason=words, by=viewer.staff_id, now=now, undone=True
        )
    return Moved(case.id, case.state, case.version + 1)


async def other_case(
    tx: Transaction, copies: Copies, ident: str | UUID, number: str | None, viewer: StaffMember, now: datetime
) -> Case:
    """The case that a form names as the other one.

    Raises:
        InvalidInput: there is none in the viewer's sight, or it is the very same case.
    """
    case, _ = await case_in_scope(tx, copies, ident, viewer, now, lock=False)
    try:
        found, _ = await case_in_scope(tx, copies, said("other", number, limit=40), viewer, now, lock=False)
    except NotFound:
        found = case
    if found.id == case.id:
        raise wrong("other", N_("No other case of yours has this number."), N_("Check the tracking number."))
    return found


async def _both(
    tx: Transaction, copies: Copies, ident: str | UUID, other_id: UUID, viewer: StaffMember, now: datetime
) -> tuple[Case, Case]:
    """Both cases, held in one order, so that two who link the same two wait for each other and no longer."""
    near, _ = await case_in_scope(tx, copies, ident, viewer, now, lock=False)
    if other_id < near.id:
        await lock_case(tx, other_id)
    case, _ = await held(tx, copies, near.id, viewer, now, may=may_note, who=WHO, open_only=False)
    other, _ = await case_in_scope(tx, copies, other_id, viewer, now)
    return case, other


def check_both_restricted(case: Case, other: Case) -> None:
    """Of a restricted case nothing shows in an ordinary one, not even its number.

    Raises:
        InvalidInput: one of the two is restricted and the other is not.
    """
    if case.restricted != other.restricted:
        raise wrong("other", N_("A restricted case is linked with restricted ones only."), N_("Write a note instead."))
