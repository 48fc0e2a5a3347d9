"""Records that open by themselves: a missed clock carries an entitlement, or a decision grants a remedy (SE-AM 5.1).

Right under repetition and in any order between journals: what a record is opened for is its `reason`, unique for a
case, and the version of the fact behind it says whether it was heard before. History opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from schemas.cases import CaseMoved
from schemas.clocks import DeadlineMissed, MissWithdrawn
from schemas.envelope import Event
from schemas.policy import Entitlement, PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.kit.listening import NotYet
from services.reporting.recovery.complaints import case_of
from services.reporting.recovery.life import UNSETTLED, system_step
from services.reporting.recovery.moving import Step, after
from services.reporting.recovery.record import STORED, Record, record_of
from services.reporting.recovery.store import Line, insert_record, next_number, write_record

TOLD_WITH_THE_DECISION = frozenset({"apology", "information", "referral", "notice_of_change"})
"""Remedies that the letter of decision itself delivers; unless they cost something, nothing is left to recover."""

MISSED = N_("A missed deadline owes it")
GRANTED = N_("A decision grants it")
DISPROVED = N_("The missed deadline was disproved, so nothing is owed.")
DISPROVED_LATE = N_("The missed deadline was disproved after work had begun; the record goes on.")
MISSED_AGAIN = N_("The deadline was missed after all.")
REPLACED = N_("A later decision on the complaint takes its place.")


def owes_a_record(fields: Mapping[str, Any]) -> bool:
    """Whether what a decision grants has still to be delivered: it costs something, or is more than words."""
    remedy = fields.get("remedy")
    return bool(remedy) and (Decimal(str(fields.get("baht") or 0)) > 0 or remedy not in TOLD_WITH_THE_DECISION)


# ---- a missed clock


async def open_for_miss(tx: Transaction, copies: Copies, event: Event, fact: DeadlineMissed) -> None:
    """Open the record that a missed clock owes, or open it again after its cancelling.

    Raises:
        NotYet: routing has not spoken of the case yet.
    """
    if fact.entitlement is None or event.historical or fact.historical_case:
        return
    case = await case_of(tx, event.case_id)
    if case is None:
        raise NotYet("the case that missed its deadline has not arrived from routing")
    bundle = await copies.policy(tx, fact.clock.policy_version)
    owed = next((one for one in bundle.entitlements if one.code == fact.entitlement), None)
    if owed is None:
        return
    reason = f"missed:{fact.clock.target}:{fact.clock.cycle}"
    known = await _known(tx, event.case_id, reason)
    if known is not None:
        if fact.version > known.reason_version:
            await _owe_again(tx, known, owed, fact, bundle, event.occurred_at)
        return
    record = replace(
        _for_case(case, reason, MISSED, bundle, event.occurred_at),
        reason_version=fact.version,
        unit=fact.clock.unit or case["unit"],
        owner=fact.clock.owner or case["owner"],
        standard=f"target:{fact.clock.target}:{fact.clock.within or ''}",
        **_owed(owed, bundle),
    )
    if record.restricted or not bundle.has_unit(record.unit):
        record = replace(record, unit=case["unit"], owner=case["owner"])
    await insert_record(tx, replace(record, number=await next_number(tx, bundle, record.opened_at)))


async def cancel_for_withdrawn_miss(tx: Transaction, copies: Copies, event: Event, fact: MissWithdrawn) -> None:
    """Cancel the record of a breach that was disproved, visibly, if nothing was done yet; else note it there."""
    record = await _known(tx, event.case_id, f"missed:{fact.clock.target}:{fact.clock.cycle}")
    if record is None or fact.version <= record.reason_version:
        return
    bundle = await copies.policy(tx, record.policy_version)
    record = replace(record, reason_version=fact.version)
    if record.state == "detected":
        await move_by_system(tx, record, "cancelled", DISPROVED, bundle, event.occurred_at)
        return
    noted = record.changed(event.occurred_at)
    await write_record(tx, noted, Line("noted", event.occurred_at, words=DISPROVED_LATE))


async def _owe_again(
    tx: Transaction, record: Record, owed: Entitlement, fact: DeadlineMissed, bundle: PolicyBundle, at: datetime
) -> None:
    record = replace(record, reason_version=fact.version)
    if record.state == "cancelled":
        record = replace(record, **_owed(owed, bundle))
        await move_by_system(tx, record, "detected", MISSED_AGAIN, bundle, at)


def _owed(owed: Entitlement, bundle: PolicyBundle) -> dict[str, Any]:
    return {
        "remedy": owed.remedy,
        "baht": owed.baht,
        "granted_remedy": owed.remedy,
        "granted_baht": owed.baht,
        "entitlement": owed.code,
        "entitlement_version": bundle.version,
        "authority": owed.rule.th,
    }


# ---- a decision


async def open_for_decision(tx: Transaction, copies: Copies, event: Event, fact: CaseMoved) -> None:
    """Open the record of a remedy that a decision grants. A later decision's remedy takes the place of an earlier one
    that the customer has not accepted yet; the same remedy granted again stays the one promise it was.
    """
    if fact.to != "decision_communicated" or event.historical or not owes_a_record(fact.fields):
        return
    case = fact.case
    reason = f"decision:{case.reopened_count}:{case.version}"
    earlier = [
        record
        for record in await _records_of(tx, event.case_id)
        if record.reason.startswith(f"decision:{case.reopened_count}:")
    ]
    if any(record.reason == reason or record.reason_version >= case.version for record in earlier):
        return
    bundle = await copies.policy(tx, case.policy_version)
    remedy, baht = str(fact.fields["remedy"]), Decimal(str(fact.fields.get("baht") or 0))
    for record in earlier:
        if record.state == "cancelled":
            continue
        if (record.granted_remedy, record.granted_baht) == (remedy, baht):
            return
        if record.state in UNSETTLED:
            await move_by_system(tx, record, "cancelled", REPLACED, bundle, event.occurred_at)
    promised = fact.fields.get("deliver_by")
    record = replace(
        _for_case({**case.model_dump(), "case_id": event.case_id}, reason, GRANTED, bundle, event.occurred_at),
        reason_version=case.version,
        opened_by=fact.by,
        remedy=remedy,
        baht=baht,
        granted_remedy=remedy,
        granted_baht=baht,
        authority=fact.fields.get("authority"),
        cause=case.cause,
        promised_by=datetime.fromisoformat(str(promised)) if promised else None,
    )
    await insert_record(tx, replace(record, number=await next_number(tx, bundle, record.opened_at)))


# ---- what the two share


def _for_case(case: Mapping[str, Any], reason: str, why: str, bundle: PolicyBundle, at: datetime) -> Record:
    unit = case["unit"]
    fallback = bundle.approving_unit(unit) if bundle.has_unit(unit) else None
    return Record(
        id=uuid5(case["case_id"], reason),
        case_id=case["case_id"],
        reason=reason,
        number="",
        version=1,
        state="detected",
        mode="normal",
        trigger="complaint",
        why=why,
        unit=unit,
        policy_version=bundle.version,
        opened_at=at,
        changed_at=at,
        complaint_id=case["case_id"],
        tracking_number=case["tracking_number"],
        owner=case["owner"],
        approving_unit=case["approving_unit"] or fallback,
        restricted=case["restricted"],
        subject_unit=case["subject_unit"],
        subject_person=case["subject_person"],
        service_point=case["service_point"],
        touch_point=case["category"],
        customers_affected=1,
    )


async def _records_of(tx: Transaction, complaint_id: UUID) -> list[Record]:
    rows = await tx.fetch(
        f"select {', '.join(STORED)} from reporting.recovery where complaint_id = $1 order by id for update",
        complaint_id,
    )
    return [record_of(row) for row in rows]


async def _known(tx: Transaction, case_id: UUID, reason: str) -> Record | None:
    row = await tx.fetchrow(
        f"select {', '.join(STORED)} from reporting.recovery where case_id = $1 and reason = $2 for update",
        case_id,
        reason,
    )
    return None if row is None else record_of(row)


async def move_by_system(
    tx: Transaction, record: Record, to: str, words: str, bundle: PolicyBundle, at: datetime
) -> Record:
    """Take a step that time or another service's fact takes; the record after it."""
    if system_step(record.state, to) is None:
        raise ValueError(f"the table has no step of the system from {record.state} to {to}")
    fields = {"outcome": words} if to == "cancelled" else {}
    moved = after(record, Step(to, fields, None, at, bundle))
    await write_record(tx, moved, Line("moved", at, None, record.state, to, words))
    return moved
