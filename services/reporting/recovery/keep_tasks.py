"""The tasks of a recovery record: each with what, who and until when; the delivery itself is one that steps keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, FieldProblem, NotAllowed, NotFound
from services.kit.i18n import N_
from services.reporting.recovery.form import Field, Form, invalid, read
from services.reporting.recovery.guards import ACTORS
from services.reporting.recovery.record import Record
from services.reporting.recovery.store import Line, write_record
from services.reporting.recovery.take_step import check_version, members_named, record_in_scope

CLOSED_TO_WORK = frozenset({"completed", "verified", "closed", "cancelled"})
"""States in which tasks no longer change: what was done is being, or was, verified."""

TASK = Form(
    "task",
    (
        Field("what", N_("What has to be done"), "line", required=True),
        Field("owner", N_("Owner"), "member", required=True, hint=N_("A user name.")),
        Field("due_at", N_("Due"), "moment", required=True, future=True),
    ),
)


async def workable(
    tx: Transaction, copies: Copies, ident: str | UUID, viewer: StaffMember, expected_version: int | None, now: datetime
) -> tuple[Record, PolicyBundle]:
    """The record, locked, if the viewer works it.

    Raises:
        NotFound: no such record within the viewer's scope.
        StaleRecord: it was changed since.
        NotAllowed: the viewer may see it but does not work it.
        Conflict: nothing more is done for it.
    """
    record, bundle = await record_in_scope(tx, copies, ident, viewer, now, lock=True)
    check_version(record, expected_version)
    if not ACTORS["worker"].is_one(record, viewer, bundle):
        raise NotAllowed(N_("This step is for others to take."), ACTORS["worker"].who)
    if record.state in CLOSED_TO_WORK:
        raise Conflict(
            N_("The record no longer changes in this state."), N_("A verifier can send it back to delivery.")
        )
    return record, bundle


async def add_task(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    given: Mapping[str, Any],
    *,
    viewer: StaffMember,
    expected_version: int | None,
    now: datetime,
) -> Record:
    """Add a task; the record after it.

    Raises:
        InvalidInput: what was given is incomplete or wrong; else as `workable`.
    """
    record, bundle = await workable(tx, copies, ident, viewer, expected_version, now)
    values = read(TASK, given, record, bundle, now)
    values |= members_named(TASK, values, await copies.staff(tx), record)
    await tx.execute(
        "insert into reporting.recovery_task (id, recovery_id, what, owner, due_at, delivery, status, created_at,"
        " created_by) values ($1, $2, $3, $4, $5, false, 'open', $6, $7)",
        new_id(), record.id, values["what"], values["owner"], values["due_at"], now, viewer.staff_id,
    )  # fmt: skip
    moved = record.changed(now, tasks=record.tasks + 1, open_tasks=record.open_tasks + 1)
    line = Line("task", now, viewer.staff_id, words=values["what"], fields={"status": "open"})
    await write_record(tx, moved, line)
    return moved


async def end_task(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    task_id: UUID,
    status: str,
    *,
    viewer: StaffMember,
    expected_version: int | None,
    now: datetime,
) -> Record:
    """Finish or drop an open task; the record after it. Said twice, it is done once.

    Raises:
        NotFound: the record has no such task.
        InvalidInput: the status is neither `done` nor `dropped`, or the task is the delivery, which its evidence ends.
    """
    record, _ = await workable(tx, copies, ident, viewer, expected_version, now)
    if status not in ("done", "dropped"):
        raise invalid([FieldProblem("status", N_("This is not one of the choices."), N_("Choose from the list."))])
    task = await tx.fetchrow(
        "select what, status, delivery from reporting.recovery_task where id = $1 and recovery_id = $2",
        task_id,
        record.id,
    )
    if task is None:
        raise NotFound(N_("The record has no such task."), N_("Reload the page."))
    if task["delivery"]:
        raise invalid(
            [FieldProblem("status", N_("The delivery ends with its evidence."), N_("Record the completion instead."))]
        )
    if task["status"] != "open":
        return record
    done = status == "done"
    await tx.execute(
        "update reporting.recovery_task set status = $2, done_at = $3, done_by = $4 where id = $1",
        task_id, status, now if done else None, viewer.staff_id if done else None,
    )  # fmt: skip
    moved = record.changed(now, open_tasks=record.open_tasks - 1)
    line = Line("task", now, viewer.staff_id, words=task["what"], fields={"status": status})
    await write_record(tx, moved, line)
    return moved
