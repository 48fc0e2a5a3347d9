"""A member of staff opens a recovery record: for a complaint, or before anybody complained (SE-AM 5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.scope import Scope, scope_of
from services.reporting.recovery.complaints import find_complaint
from services.reporting.recovery.form import invalid, read
from services.reporting.recovery.record import Record
from services.reporting.recovery.steps import OPEN
from services.reporting.recovery.store import insert_record, load_record, next_number

OPENED_BY_STAFF = N_("Opened by staff")


def draft(viewer: StaffMember, bundle: PolicyBundle, now: datetime, *, tracking_number: str | None = None) -> Record:
    """A record before anything is known of it: what the opening form starts from."""
    identifier = new_id()
    return Record(
        id=identifier,
        case_id=identifier,
        reason=f"staff:{identifier}",
        number="",
        version=1,
        state="detected",
        mode="normal",
        trigger="complaint" if tracking_number else "in_service",
        why=OPENED_BY_STAFF,
        unit=viewer.unit,
        policy_version=bundle.version,
        opened_at=now,
        changed_at=now,
        opened_by=viewer.staff_id,
        tracking_number=tracking_number,
    )


async def drafted(
    tx: Transaction, scope: Scope, viewer: StaffMember, bundle: PolicyBundle, tracking_number: str | None, now: datetime
) -> Record:
    """The draft, with what is known of the complaint it is for.

    Raises:
        InvalidInput: no such complaint within the scope.
    """
    record = draft(viewer, bundle, now, tracking_number=tracking_number)
    if not tracking_number:
        return record
    case = await find_complaint(tx, scope, tracking_number)
    return replace(
        record,
        case_id=case["case_id"],
        complaint_id=case["case_id"],
        tracking_number=case["tracking_number"],
        unit=case["unit"],
        service_point=case["service_point"],
        touch_point=case["category"],
        restricted=case["restricted"],
        subject_unit=case["subject_unit"],
        subject_person=case["subject_person"],
        approving_unit=case["approving_unit"] if case["restricted"] else None,
    )


async def open_recovery(
    tx: Transaction,
    copies: Copies,
    given: Mapping[str, Any],
    *,
    viewer: StaffMember,
    now: datetime,
    once: str | None = None,
) -> tuple[Record, bool]:
    """Open a record from its form; the record, and whether it is new.

    Args:
        once: whatever names this opening; said again by the same person, the record stays one.

    Raises:
        InvalidInput: what was given is incomplete or wrong, field by field.
    """
    bundle = await copies.in_force(tx, now)
    scope = scope_of(bundle, viewer)
    number = given.get("tracking_number")
    record = await drafted(tx, scope, viewer, bundle, str(number).strip() if number else None, now)
    values = read(OPEN, given, record, bundle, now)
    unit = values["unit"]
    if not (unit in scope.units or unit in scope.restricted_units or (scope.everything and not record.restricted)):
        raise invalid(
            [
                FieldProblem(
                    "unit", N_("This unit is outside your scope."), N_("Choose your own, or ask the complaint centre.")
                )
            ]
        )
    if record.restricted and unit != record.unit:
        raise invalid([FieldProblem("unit", N_("A restricted case stays with its unit."), N_("Leave it as it is."))])
    if record.approving_unit is None:
        record = replace(record, approving_unit=bundle.approving_unit(unit))
    known = {name: value for name, value in values.items() if name != "tracking_number"}
    record = replace(record, **known, owner=viewer.staff_id if viewer.unit == unit else None)
    if once:
        identifier = uuid5(viewer.staff_id, f"recovery/{once}")
        record = replace(
            record,
            id=identifier,
            reason=f"staff:{identifier}",
            case_id=identifier if record.complaint_id is None else record.case_id,
        )
        if await tx.fetchval("select true from reporting.recovery where id = $1", identifier):
            return await load_record(tx, identifier), False
    record = replace(record, number=await next_number(tx, bundle, now))
    if await insert_record(tx, record, words=record.what_failed):
        return record, True
    return await load_record(tx, record.id), False
