"""The task that a granted remedy makes: to be delivered by a date, and proved by the verifier who closes (7.9)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from schemas.cases import TaskChanged
from schemas.envelope import FreeText
from schemas.policy import PolicyBundle
from services.kit.database import Transaction, new_id
from services.routing.case import Case
from services.routing.forms import Filled
from services.routing.moving import deliver_by
from services.routing.store import Line, announcement, write


async def replace_remedy(tx: Transaction, case: Case, bundle: PolicyBundle, *, by: UUID, now: datetime) -> Case:
    """Make the task of the remedy just granted, dropping what an earlier decision had granted; the case after it."""
    if case.open_remedies:
        case = await drop_open(tx, case, by=by, now=now, remedies_only=True)
    decision = case.decision or {}
    remedy = decision.get("remedy")
    if not remedy:
        return case
    case = case.changed(now, open_tasks=case.open_tasks + 1, open_remedies=case.open_remedies + 1)
    what = bundle.label_of("remedies", remedy, "th")
    task_id, due = new_id(), deliver_by(case, bundle, now)
    baht = Decimal(decision["baht"]) if decision.get("baht") else None
    await tx.execute(
        "insert into routing.task (id, case_id, what, owner, due_at, remedy, remedy_code, baht, status, created_at,"
        " created_by) values ($1, $2, $3, $4, $5, true, $6, $7, 'open', $8, $9)",
        task_id, case.id, what, case.owner, due, remedy, baht, now, by,
    )  # fmt: skip
    fields = {"task": str(task_id), "status": "open", "remedy": True, "due_at": due.isoformat()}
    await write(tx, case, Line("task", now, "staff", by, fields=fields, texts={"what": what}))
    tx.announce(
        TaskChanged(
            **announcement(case, by=by, at=now),
            task_id=task_id,
            what=FreeText.of(what),
            task_owner=case.owner,
            due_at=due,
            remedy=True,
        ),
        case_id=case.id,
        at=now,
    )
    return case


async def finish_remedies(tx: Transaction, case: Case, filled: Filled, *, by: UUID, now: datetime) -> Case:
    """Record the open remedies of a case that was just closed as delivered; the case after it."""
    at = filled.fields.get("delivered_at")
    done_at = datetime.fromisoformat(at) if at else now
    rows = await tx.fetch(
        "update routing.task set status = 'done', done_at = $2, done_by = $3"
        " where case_id = $1 and remedy and status = 'open' returning id, what, owner, due_at, remedy",
        case.id, done_at, by,
    )  # fmt: skip
    for row in rows:
        case = case.changed(now)
        await _tell(tx, case, row, "done", by=by, now=now, done_at=done_at)
    return case


async def drop_open(tx: Transaction, case: Case, *, by: UUID | None, now: datetime, remedies_only: bool) -> Case:
    """Drop what is open: the remedies that a new decision replaces, or every task of a withdrawn case."""
    rows = await tx.fetch(
        "update routing.task set status = 'dropped' where case_id = $1 and (remedy or not $2) and status = 'open'"
        " returning id, what, owner, due_at, remedy",
        case.id, remedies_only,
    )  # fmt: skip
    for row in rows:
        left = case.open_remedies - int(row["remedy"])
        case = case.changed(now, open_tasks=case.open_tasks - 1, open_remedies=left)
        await _tell(tx, case, row, "dropped", by=by, now=now)
    return case


async def _tell(
    tx: Transaction,
    case: Case,
    row: Any,
    status: Any,
    *,
    by: UUID | None,
    now: datetime,
    done_at: datetime | None = None,
) -> None:
    actor = "staff" if by else "complainant"
    fields = {"task": str(row["id"]), "status": status, "remedy": row["remedy"]}
    await write(tx, case, Line("task", now, actor, by, fields=fields, texts={"what": row["what"]}))
    tx.announce(
        TaskChanged(
            **announcement(case, by=by, at=now, actor=actor),
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
