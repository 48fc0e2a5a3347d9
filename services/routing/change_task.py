"""Add, finish or drop a task of a case: a remedy to deliver, a fact to find (7.6, 7.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from schemas.cases import TaskChanged
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, NotFound
from services.kit.i18n import N_
from services.routing.actors import works
from services.routing.case import Case
from services.routing.form_reading import read_moment
from services.routing.store import Line, announcement, write
from services.routing.writing import held, said, wrong

OTHERS = ("centre", "supervisor", "approver", "verifier", "unit_head")
WHO = N_("Those who work on the case, its approver or a supervisor can.")


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """What became of a task, and the case's version after it."""

    task_id: UUID
    status: str
    version: int


def may_change_tasks(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Those who work the case, and those who decide, verify or oversee it within their scope."""
    return works(case, member, bundle) or not set(OTHERS).isdisjoint(member.roles)


async def add_task(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    what: str | None,
    owner: str | None = None,
    due_at: datetime | str | None = None,
    viewer: StaffMember,
    now: datetime,
) -> TaskMoved:
    """Add a task to an open case; without an owner it is the case owner's.

    Raises:
        NotFound, NotAllowed, Conflict: as for a step.
        InvalidInput: no words, an owner nobody knows, a date that is none.
    """
    case, bundle = await held(tx, copies, ident, viewer, now, may=may_change_tasks, who=WHO)
    words = said("what", what, limit=1000)
    task_owner = await _owner(tx, copies, owner) if owner else case.owner
    try:
        due = None if due_at in (None, "") else read_moment(due_at, bundle.zone)
    except (ValueError, OverflowError) as error:
        raise wrong(
            "due_at", N_("This is not a date and time."), N_("Write it as 2026-11-20T14:05 or 20/11/2569 14:05.")
        ) from error
    task_id = new_id()
    await tx.execute(
        "insert into routing.task (id, case_id, what, owner, due_at, remedy, status, created_at, created_by)"
        " values ($1, $2, $3, $4, $5, false, 'open', $6, $7)",
        task_id, case.id, words, task_owner, due, now, viewer.staff_id,
    )  # fmt: skip
    case = case.changed(now, open_tasks=case.open_tasks + 1)
    row = {"id": task_id, "what": words, "owner": task_owner, "due_at": due, "remedy": False}
    return await _tell(tx, case, row, "open", viewer, now)


async def finish_task(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    task_id: UUID,
    *,
    done_at: datetime | None = None,
    viewer: StaffMember,
    now: datetime,
) -> TaskMoved:
    """Finish an open task. Who finishes one that delivers a remedy has delivered it, and cannot verify it (7.9).

    Raises:
        NotFound, NotAllowed: as for a step; also when there is no such task.
        Conflict: the task is over.
    """
    case, _ = await held(tx, copies, ident, viewer, now, may=may_change_tasks, who=WHO)
    at = min(done_at or now, now)
    row = await _end(tx, case, task_id, "done", at, viewer)
    deliverers = (*case.deliverers, viewer.staff_id) if row["remedy"] else case.deliverers
    case = _one_less(case, now, row["remedy"], deliverers=tuple(dict.fromkeys(deliverers)))
    return await _tell(tx, case, row, "done", viewer, now, done_at=at)


async def drop_task(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    task_id: UUID,
    *,
    reason: str | None,
    viewer: StaffMember,
    now: datetime,
) -> TaskMoved:
    """Drop an open task, with a reason. A remedy that was granted is dropped only by somebody else than the owner.

    Raises:
        NotFound, NotAllowed, Conflict, InvalidInput: as for the others.
    """
    case, _ = await held(tx, copies, ident, viewer, now, may=may_change_tasks, who=WHO)
    why = said("reason", reason)
    row = await _end(tx, case, task_id, "dropped", None, viewer)
    if row["remedy"] and case.owner == viewer.staff_id:
        raise Conflict(
            N_("A remedy was granted with this task."), N_("Somebody who does not own the case has to drop it.")
        )
    return await _tell(tx, _one_less(case, now, row["remedy"]), row, "dropped", viewer, now, reason=why)


def _one_less(case: Case, now: datetime, remedy: bool, **values: Any) -> Case:
    return case.changed(now, open_tasks=case.open_tasks - 1, open_remedies=case.open_remedies - int(remedy), **values)


async def _end(
    tx: Transaction, case: Case, task_id: UUID, status: str, done_at: datetime | None, viewer: StaffMember
) -> Any:
    row = await tx.fetchrow(
        "update routing.task set status = $3, done_at = $4, done_by = $5 where id = $2 and case_id = $1"
        " and status = 'open' returning id, what, owner, due_at, remedy",
        case.id, task_id, status, done_at, viewer.staff_id if done_at else None,
    )  # fmt: skip
    if row is not None:
        return row
    if await tx.fetchval("select 1 from routing.task where id = $2 and case_id = $1", case.id, task_id):
        raise Conflict(N_("This task is over already."), N_("Read the case again."))
    raise NotFound(N_("The case has no such task."), N_("Read the case again."))


async def _owner(tx: Transaction, copies: Copies, named: str) -> UUID:
    staff = await copies.staff(tx)
    member = next((m for m in staff.by_id.values() if m.active and named in (m.username, str(m.staff_id))), None)
    if member is None:
        raise wrong("owner", N_("This is not a user name."), N_("Give the user name of a member of staff."))
    return member.staff_id


async def _tell(
    tx: Transaction,
    case: Case,
    row: Any,
    status: Literal["open", "done", "dropped"],
    viewer: StaffMember,
    now: datetime,
    *,
    done_at: datetime | None = None,
    reason: str | None = None,
) -> TaskMoved:
    fields = {"task": str(row["id"]), "status": status, "remedy": row["remedy"]}
    if row["due_at"] is not None:
        fields["due_at"] = row["due_at"].isoformat()
    line = Line("task", now, "staff", viewer.staff_id, reason=reason, fields=fields, texts={"what": row["what"]})
    await write(tx, case, line)
    tx.announce(
        TaskChanged(
            **announcement(case, by=viewer.staff_id, at=now),
            task_id=row["id"],
            what=FreeText.of(row["what"]),
            task_owner=row["owner"],
            due_at=row["due_at"],
            remedy=row["remedy"],
            status=status,
            done_at=done_at,
        ),
        case_id=case.id,
        at=now,
    )
    return TaskMoved(row["id"], status, case.version)
