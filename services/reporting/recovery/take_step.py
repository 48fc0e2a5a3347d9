"""A member of staff takes a step with a recovery record: the one way in which people move records (domain §6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies, Fetches, Staff
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.reporting.recovery.allowed import StaleRecord, chosen_step
from services.reporting.recovery.form import Form, invalid, read
from services.reporting.recovery.guards import Ask
from services.reporting.recovery.moving import Step, after
from services.reporting.recovery.record import Record
from services.reporting.recovery.steps import form_for
from services.reporting.recovery.store import Line, load_record, no_such_record, write_record

SAYS = ("reason", "outcome", "containment", "plan", "offer", "answer", "evidence", "verification", "lesson")
"""The field whose words stand in the timeline, the first that the step recorded."""


async def record_in_scope(
    source: Fetches, copies: Copies, ident: str | UUID, viewer: StaffMember, now: datetime, *, lock: bool = False
) -> tuple[Record, PolicyBundle]:
    """The record with the policy it is judged by.

    Raises:
        NotFound: there is none, or it is outside the viewer's scope; the two look the same.
    """
    record = await load_record(source, ident, lock=lock)
    if not scope_of(await copies.in_force(source, now), viewer).sees_case(record):
        raise no_such_record()
    return record, await copies.policy(source, record.policy_version)


def check_version(record: Record, expected: int | None) -> None:
    """Refuse a change that was made on an older reading.

    Raises:
        StaleRecord: the record has another version.
    """
    if expected is not None and expected != record.version:
        raise StaleRecord(record)


async def take_step(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    to: str,
    fields: Mapping[str, Any] | None = None,
    reason: str | None = None,
    viewer: StaffMember,
    expected_version: int | None,
    now: datetime,
) -> Record:
    """Take a step of the table; writes the record and its timeline and announces it. The record after it.

    Args:
        expected_version: the version the viewer saw; None takes the step whatever it is.

    Raises:
        NotFound: no such record within the viewer's scope.
        StaleRecord: the record was changed since.
        StepNotAllowed: the step is not possible, or not for this viewer; says what is.
        InvalidInput: what the step records is incomplete or wrong, field by field.
    """
    record, bundle = await record_in_scope(tx, copies, ident, viewer, now, lock=True)
    check_version(record, expected_version)
    chosen = chosen_step(to, Ask(record, viewer, bundle, now))
    form = form_for(chosen.form, record)
    given = dict(fields or {})
    if reason and "reason" in form.names():
        given.setdefault("reason", reason)
    values = read(form, given, record, bundle, now)
    values |= members_named(form, values, await copies.staff(tx), record)
    chosen_step(to, Ask(record, viewer, bundle, now, values))
    moved = after(record, Step(to, values, viewer, now, bundle))
    if to == "in_delivery":
        await _begin_delivery(tx, record, moved, bundle, viewer, now)
    elif to == "completed":
        await tx.execute(
            "update reporting.recovery_task set status = 'done', done_at = $2, done_by = $3"
            " where recovery_id = $1 and delivery and status = 'open'",
            record.id, moved.completed_at, viewer.staff_id,
        )  # fmt: skip
    words = next((values[name] for name in SAYS if values.get(name)), reason)
    written = {one.name: values[one.name] for one in form.fields if one.kind != "words" and one.name in values}
    await write_record(tx, moved, Line("moved", now, viewer.staff_id, record.state, to, words, written))
    return moved


async def _begin_delivery(
    tx: Transaction, record: Record, moved: Record, bundle: PolicyBundle, viewer: StaffMember, now: datetime
) -> None:
    """The delivery becomes a task of its own; sent back by the verifier, it is open again."""
    if record.state == "completed":
        await tx.execute(
            "update reporting.recovery_task set status = 'open', done_at = null, done_by = null"
            " where recovery_id = $1 and delivery",
            record.id,
        )
        return
    what = bundle.label_of("remedies", moved.remedy or "", "th")
    await tx.execute(
        "insert into reporting.recovery_task (id, recovery_id, what, owner, due_at, delivery, status, created_at,"
        " created_by) values ($1, $2, $3, $4, $5, true, 'open', $6, $7)",
        new_id(), record.id, what, moved.deliverer, moved.promised_by, now, viewer.staff_id,
    )  # fmt: skip


def members_named(form: Form, values: Mapping[str, Any], staff: Staff, record: Record) -> dict[str, UUID]:
    """The ids of the members of staff that a form names by user name or id.

    Raises:
        InvalidInput: one of them is not an active member who may take part.
    """
    found: dict[str, UUID] = {}
    for one in form.fields:
        named = values.get(one.name)
        if one.kind != "member" or named is None:
            continue
        member = staff.by_username.get(str(named)) or next(
            (m for m in staff.by_id.values() if str(m.staff_id) == str(named)), None
        )
        barred = member is None or not member.active or member.username == record.subject_person
        if member is None or barred or (record.restricted and member.unit != record.unit):
            raise invalid(
                [FieldProblem(one.name, N_("Nobody of that name can take it."), N_("Give another user name."))]
            )
        found[one.name] = member.staff_id
    return found
