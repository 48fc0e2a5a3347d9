"""Take back a change of many cases, once, by whoever made it: the reverse change, recorded as a change of its own.

A case is put back only where nothing happened with it since, which its version tells; the others stay as they are and
the report says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Database, Transaction, new_id
from services.kit.errors import Conflict, NotFound
from services.kit.i18n import N_, translate
from services.routing.queue.change_many import Done, Hand, Wanted, begin, one_of_many
from services.routing.queue.tag_case import tag_case, untag_case
from services.routing.reassign_case import reassign_case
from services.routing.reprioritise_case import reprioritise_case
from services.routing.transition_case import case_in_scope, transition
from services.routing.units import triage_unit_for

TAKEN_BACK = N_("A change of many cases was taken back.")
"""The reason that stands with each case."""

SEPARATED = N_("The cases were put together by mistake; this one goes on by itself.")
"""What the complainant reads."""

Undo = Callable[[Hand, Mapping[str, Any], Mapping[str, Any]], Awaitable[Done]]


async def undo_change(
    database: Database, copies: Copies, change_id: UUID, *, viewer: StaffMember, now: datetime
) -> UUID:
    """Take the change back where that is possible. Returns the id of the reverse change.

    Raises:
        NotFound: there is no such change of theirs.
        Conflict: it was taken back already, or takes one back itself.
    """
    rows = await database.read(
        "select * from routing.bulk_change where id = $1 and by = $2", change_id, viewer.staff_id
    )
    if not rows:
        raise NotFound(N_("There is no such change of yours."), N_("Look at the timeline of the case."))
    change = rows[0]
    if change["undoes"] is not None:
        raise Conflict(N_("This change takes back another one."), N_("Make the change again instead."))
    reverse = new_id()
    async with database.transaction() as tx:
        await tx.execute("select 1 from routing.bulk_change where id = $1 for update", change_id)
        if await tx.fetchval("select 1 from routing.bulk_change where undoes = $1", change_id):
            raise Conflict(N_("This change was taken back already."), N_("Make the change again if it is needed."))
        await begin(tx, reverse, Wanted(change["kind"], change["asked"]), viewer, now, change_id)
    done = await database.read(
        "select case_id, version, before from routing.bulk_change_case where change_id = $1 and outcome = 'done'"
        " order by case_id",
        change_id,
    )
    for row in done:

        async def undo(tx: Transaction, row: Any = row) -> Done:
            case, bundle = await case_in_scope(tx, copies, row["case_id"], viewer, now)
            if case.version != row["version"]:
                raise Conflict(N_("Something happened with this case since."), N_("Change it on its own page."))
            hand = Hand(tx, copies, case, bundle, viewer, now)
            return await UNDOS[change["kind"]](hand, row["before"] or {}, change["asked"])

        await one_of_many(database, reverse, row["case_id"], undo)
    return reverse


def _reason() -> str:
    return translate("th", TAKEN_BACK)


async def _assign(hand: Hand, before: Mapping[str, Any], _asked: Mapping[str, Any]) -> Done:
    case, now_is = hand.case, {"unit": hand.case.unit, "owner": str(hand.case.owner) if hand.case.owner else None}
    if before["state"] == "assessed":
        leads_to = case.unit if case.restricted else triage_unit_for(hand.bundle, case.subject_unit)
        if before["unit"] != leads_to:
            raise Conflict(N_("Returning it would not lead back to where it was."), N_("Give it on by hand."))
        moved = await transition(hand.tx, hand.copies, case.id, to="assessed", reason=_reason(), **hand.known())
        return Done(moved.version, now_is)
    moved = await reassign_case(
        hand.tx, hand.copies, case.id, unit=before["unit"], owner=before["owner"], nobody=before["owner"] is None,
        reason=_reason(), **hand.known(),
    )  # fmt: skip
    return Done(moved.version, now_is)


async def _priority(hand: Hand, before: Mapping[str, Any], _asked: Mapping[str, Any]) -> Done:
    if before["priority"] is None:
        raise Conflict(N_("The case had no priority before."), N_("Assess it; that gives it one."))
    moved = await reprioritise_case(
        hand.tx, hand.copies, hand.case.id, priority=before["priority"], reason=_reason(), **hand.known()
    )
    return Done(moved.version, {"priority": hand.case.priority})


async def _tag(hand: Hand, _before: Mapping[str, Any], asked: Mapping[str, Any]) -> Done:
    version, changed = await untag_case(hand.tx, hand.copies, hand.case.id, tag=asked["tag"], **hand.known())
    return Done(version, {}, same=not changed)


async def _untag(hand: Hand, _before: Mapping[str, Any], asked: Mapping[str, Any]) -> Done:
    version, changed = await tag_case(hand.tx, hand.copies, hand.case.id, tag=asked["tag"], **hand.known())
    return Done(version, {}, same=not changed)


async def _merge(hand: Hand, _before: Mapping[str, Any], _asked: Mapping[str, Any]) -> Done:
    # Whatever it was before, the table leads a case that is separated again to where it is assigned.
    moved = await transition(
        hand.tx, hand.copies, hand.case.id, to="assessed", reason=translate("th", SEPARATED), **hand.known()
    )
    return Done(moved.version, {"state": "merged"})


UNDOS: Mapping[str, Undo] = {
    "assign": _assign, "priority": _priority, "tag": _tag, "untag": _untag, "merge": _merge, "duplicate": _merge,
}  # fmt: skip
