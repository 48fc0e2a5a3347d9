"""Complaints about one incident are linked to its recovery record (domain §6)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.reporting.recovery.complaints import find_complaint
from services.reporting.recovery.form import invalid
from services.reporting.recovery.keep_tasks import workable
from services.reporting.recovery.record import Record
from services.reporting.recovery.store import Line, write_record


async def link_complaint(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    tracking_number: str,
    *,
    viewer: StaffMember,
    expected_version: int | None,
    now: datetime,
) -> Record:
    """Link a complaint that the viewer may see; linked twice, it is linked once. The record after it.

    A restricted complaint is linked only to a restricted record: its number must not appear anywhere else (domain §2).

    Raises:
        InvalidInput: no such complaint within the scope, or it is restricted; else as `workable`.
    """
    record, _ = await workable(tx, copies, ident, viewer, expected_version, now)
    case = await find_complaint(tx, scope_of(await copies.in_force(tx, now), viewer), tracking_number)
    if case["restricted"] and not record.restricted:
        raise invalid(
            [
                FieldProblem(
                    "tracking_number",
                    N_("There is no such complaint, or it is not within your scope."),
                    N_("Check the number."),
                )
            ]
        )
    linked = await tx.fetchval(
        "insert into reporting.recovery_complaint (recovery_id, complaint_id, linked_at, linked_by)"
        " values ($1, $2, $3, $4) on conflict do nothing returning complaint_id",
        record.id, case["case_id"], now, viewer.staff_id,
    )  # fmt: skip
    if linked is None:
        return record
    moved = record.changed(now)
    fields = {"complaint_id": case["case_id"]}
    await write_record(tx, moved, Line("linked", now, viewer.staff_id, fields=fields))
    return moved
