"""Hand open cases to the substitute when a leave begins, and give those still open back when it ends.

A leave says itself whether it hands over. Clocks go on as they are, each case keeps its state, and its timeline says
why it changed hands (ISO 10002 4, accountability: a named owner at every moment). A case the substitute may not have,
because it is about them or they are not cleared for it, stays with its owner and its alerts climb as ever.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import CaseReassigned
from schemas.envelope import FreeText
from schemas.governance import Leave, StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies, Staff
from services.kit.database import Database, Transaction
from services.kit.i18n import N_, translate
from services.routing.assignment import candidates
from services.routing.case import Case
from services.routing.store import CASE_COLUMNS, Line, announcement, write
from services.routing.tables import TO_WORK_ON

BATCH = 200

AWAY = N_("The owner is on leave: handed over to the substitute.")
BACK = N_("The leave is over: given back to its owner.")


async def hand_over(database: Database, copies: Copies, now: datetime) -> int:
    """Hand over for leaves that have begun, give back for those that are over; returns how many cases changed hands.

    Taken in batches, each in a transaction of its own; a case is handed over once a leave, so that one somebody gave to
    the absent owner on purpose stays there.
    """
    staff = await copies.staff(database)
    changed = 0
    for member, leave in staff.away(now):
        other = staff.substitute_of(member, now)
        if leave.hand_over and other is not None:
            changed += await _hand_over(database, copies, staff, (member, leave, other), now)
    return changed + await _give_back(database, copies, staff, now)


async def _hand_over(
    database: Database, copies: Copies, staff: Staff, who: tuple[StaffMember, Leave, StaffMember], now: datetime
) -> int:
    member, leave, other = who
    changed = 0
    while True:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                f"select {CASE_COLUMNS} from routing.case where owner = $1 and {TO_WORK_ON} and not exists"
                " (select 1 from routing.handover h where h.leave_id = $2 and h.case_id = routing.case.id)"
                " order by due_order, id limit $3 for update skip locked",
                member.staff_id,
                leave.leave_id,
                BATCH,
            )
            for found in rows:
                case = Case.of(dict(found))
                fits = _may_take(await copies.policy(tx, case.policy_version), staff, case, other)
                await tx.execute(
                    "insert into routing.handover (leave_id, case_id, owner, substitute, at, taken)"
                    " values ($1, $2, $3, $4, $5, $6)",
                    leave.leave_id, case.id, member.staff_id, other.staff_id, now, fits,
                )  # fmt: skip
                if fits:
                    await _change_hands(tx, case, other.staff_id, AWAY, now)
                    changed += 1
        if len(rows) < BATCH:
            return changed


async def _give_back(database: Database, copies: Copies, staff: Staff, now: datetime) -> int:
    lasting = [leave.leave_id for _, leave in staff.away(now)]
    changed = 0
    while True:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                "select leave_id, case_id, owner, substitute from routing.handover"
                " where settled_at is null and not leave_id = any($1::uuid[]) order by leave_id, case_id limit $2"
                " for update skip locked",
                lasting,
                BATCH,
            )
            for row in rows:
                changed += await _back(tx, copies, staff, (row["case_id"], row["owner"], row["substitute"]), now)
                await tx.execute(
                    "update routing.handover set settled_at = $3 where leave_id = $1 and case_id = $2",
                    row["leave_id"],
                    row["case_id"],
                    now,
                )
        if len(rows) < BATCH:
            return changed


async def _back(tx: Transaction, copies: Copies, staff: Staff, handed: tuple[UUID, UUID, UUID], now: datetime) -> bool:
    """Give one case back, if it is still to be worked on, still the substitute's, and its owner can have it."""
    case_id, owner, substitute = handed
    found = await tx.fetchrow(
        f"select {CASE_COLUMNS} from routing.case where id = $1 and owner = $2 and {TO_WORK_ON} for update",
        case_id,
        substitute,
    )
    member = staff.get(owner)
    if found is None or member is None:
        return False
    case = Case.of(dict(found))
    if not _may_take(await copies.policy(tx, case.policy_version), staff, case, member):
        return False
    await _change_hands(tx, case, owner, BACK, now)
    return True


def _may_take(bundle: PolicyBundle, staff: Staff, case: Case, member: StaffMember) -> bool:
    """Whether somebody can own the case: an officer of its unit, cleared for it, and not the one complained of."""
    fitting = {one.staff_id for one in candidates(bundle, staff, case.unit, here_at=None)}
    return member.staff_id in fitting and member.username != case.subject_person


async def _change_hands(tx: Transaction, case: Case, owner: UUID, why: str, now: datetime) -> None:
    moved = case.changed(now, owner=owner)
    reason = translate("th", why)  # kept with the case, where everybody reads what was written at the time
    fields = {"owner_before": str(case.owner), "owner": str(owner)}
    await write(tx, moved, Line("reassigned", now, "system", reason=reason, fields=fields))
    tx.announce(
        CaseReassigned(
            **announcement(moved, by=None, at=now, actor="system"),
            unit_before=case.unit,
            owner_before=case.owner,
            reason=FreeText.of(reason),
        ),
        case_id=case.id,
        at=now,
    )
