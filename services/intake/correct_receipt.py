"""Correct when a complaint was received: a supervisor's, with reason; both values are kept (domain §3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.complaints import Promised, ReceiptCorrected, Subject
from schemas.envelope import FreeText
from schemas.policy import PolicyBundle
from services.intake.filing import invalid
from services.kit.database import Transaction, new_id
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.placing import Facts, place
from services.kit.promises import promised


async def correct_receipt(
    tx: Transaction,
    case_id: UUID,
    *,
    received_at: datetime,
    reason: str,
    bundle: PolicyBundle,
    by: UUID,
    now: datetime,
) -> Promised:
    """Move the receipt, keep the earlier one, and announce both with the promises that follow.

    Raises:
        InvalidInput: no reason, no change, or a receipt after it was recorded or acknowledged.
    """
    row = await tx.fetchrow("select * from intake.complaint where id = $1 for update", case_id)
    problems = []
    if not reason:
        problems.append(FieldProblem("reason", N_("A correction needs its reason."), N_("Say what was wrong.")))
    if row is None or received_at == row["received_at"]:
        problems.append(
            FieldProblem("received_at", N_("This is the receipt as it stands."), N_("Give another time, or leave it."))
        )
    elif received_at > min(row["recorded_at"], row["acknowledged_at"] or row["recorded_at"]):
        problems.append(
            FieldProblem(
                "received_at",
                N_("It cannot have been received after it was recorded or acknowledged."),
                N_("Give an earlier time."),
            )
        )
    if problems or row is None:
        raise invalid(problems)
    due = _promised_again(dict(row), bundle, received_at)
    on_receipt = row["acknowledged_at"] == row["received_at"]
    await tx.execute(
        "update intake.complaint set received_at = $2, promised = $3,"
        " acknowledged_at = case when $4 then $2 else acknowledged_at end where id = $1",
        case_id,
        received_at,
        due.model_dump(mode="json", exclude_none=True),
        on_receipt and row["channel"] in {c.code for c in bundle.channels if c.acknowledge_on_receipt},
    )
    await tx.execute(
        "insert into intake.receipt_correction (id, case_id, received_before, received_at, reason, by, at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        new_id(),
        case_id,
        row["received_at"],
        received_at,
        reason,
        by,
        now,
    )
    fact = ReceiptCorrected(
        received_before=row["received_at"],
        received_at=received_at,
        promised=due,
        reason=FreeText.of(reason),
        by=by,
    )
    event_id = tx.announce(fact, case_id=case_id, at=now, event_id=new_id())
    await tx.execute(
        "insert into intake.tracking_step (case_id, event_id, at, code) values ($1, $2, $3, 'receipt_corrected')",
        case_id,
        event_id,
        now,
    )
    return due


def _promised_again(row: Mapping[str, Any], bundle: PolicyBundle, received_at: datetime) -> Promised:
    """The promises from another receipt, judged by the policy the complaint was filed under."""
    facts = Facts(
        kind=row["kind"],
        channel=row["channel"],
        narrative=row["narrative"] or "",
        category=row["category"],
        service_point=row["service_point"],
        area=row["area"],
        segment=row["segment"],
        identity=row["identity"],
        subject=subject_in(row),
    )
    placed = place(bundle, facts, subject_unit=row["subject_unit"])
    return promised(
        bundle,
        received_at,
        kind=facts.kind,
        priority=placed.priority,
        unit=placed.unit,
        service_point=facts.service_point,
    )


def subject_in(row: Mapping[str, Any]) -> Subject | None:
    """Who is complained of, from a row of `intake.complaint`."""
    if row["subject_unit"] is None and row["subject_person"] is None:
        return None
    return Subject(unit=row["subject_unit"], person=row["subject_person"])
