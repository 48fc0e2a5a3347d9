"""In an abnormal situation those affected are told in batches; each batch is kept on the record (SE-AM 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, FieldProblem
from services.kit.i18n import N_
from services.reporting.recovery.form import Field, Form, read
from services.reporting.recovery.keep_tasks import workable
from services.reporting.recovery.record import Record
from services.reporting.recovery.steps import group
from services.reporting.recovery.store import Line, write_record


def _reaches_somebody(record: Record, bundle: PolicyBundle, values: Mapping[str, Any]) -> list[FieldProblem]:
    if values["customers"] == 0:
        return [FieldProblem("customers", N_("Nobody was told."), N_("Give how many were."))]
    return []


NOTICE = Form(
    "notice",
    (
        Field("words", N_("What they were told"), "words", required=True),
        Field("customers", N_("How many customers"), "count", required=True),
        Field("medium", N_("Told by"), "choice", required=True, options=group("channels")),
        Field("sent_at", N_("Sent at"), "moment", required=True, default=lambda record, bundle, now: now),
    ),
    check=_reaches_somebody,
)


async def record_notice(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    given: Mapping[str, Any],
    *,
    viewer: StaffMember,
    expected_version: int | None,
    now: datetime,
) -> Record:
    """Keep a batch of notifications that went out; the record after it.

    Raises:
        Conflict: the situation is an ordinary one.
        InvalidInput: what was given is incomplete or wrong; else as `workable`.
    """
    record, bundle = await workable(tx, copies, ident, viewer, expected_version, now)
    if not record.abnormal:
        raise Conflict(
            N_("Batches are kept only in an abnormal situation."), N_("Record what the customer was told in its step.")
        )
    values = read(NOTICE, given, record, bundle, now)
    await tx.execute(
        "insert into reporting.recovery_notice (id, recovery_id, number, sent_at, medium, customers, words,"
        " recorded_by)"
        " select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7 from reporting.recovery_notice"
        " where recovery_id = $2",
        new_id(), record.id, values["sent_at"], values["medium"], values["customers"], values["words"], viewer.staff_id,
    )  # fmt: skip
    moved = record.changed(now)
    fields = {name: values[name] for name in ("customers", "medium", "sent_at")}
    await write_record(tx, moved, Line("notified", now, viewer.staff_id, words=values["words"], fields=fields))
    return moved
