"""What a step changes in a record: from the record before, and what the step recorded, the record after. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.approving import approving_unit_for, executive_unit_for
from services.kit.working_time import due_at
from services.reporting.recovery.record import COLUMNS, Record, calendar_of, limit_of, needs_approval


@dataclass(frozen=True, slots=True)
class Step:
    """A step being taken: by whom (None: the system), with what, when, under which policy."""

    to: str
    fields: Mapping[str, Any]
    member: StaffMember | None
    now: datetime
    bundle: PolicyBundle

    @property
    def by(self) -> UUID | None:
        """Who takes it."""
        return self.member.staff_id if self.member else None


Values = dict[str, Any]


def after(record: Record, step: Step) -> Record:
    """The record after a step of the table. Which steps there are, and when, is `life`'s to say."""
    values: Values = {name: value for name, value in step.fields.items() if name in COLUMNS}
    effect = _EFFECTS.get(step.to)
    if effect is not None:
        values |= effect(record, step)
    moved = record.changed(step.now, **{**values, "state": step.to})
    return replace(moved, approving_unit=_stands_before(record, moved, step.bundle)) if record.restricted else moved


def _stands_before(record: Record, moved: Record, bundle: PolicyBundle) -> str | None:
    # Who may see a restricted record: its executive only while a sum beyond every approver waits for them.
    if not bundle.has_unit(record.unit) or "planned" not in (record.state, moved.state):
        return record.approving_unit
    limit = limit_of(bundle, ("approver",))
    beyond = limit is not None and moved.worth > limit
    decides = (
        executive_unit_for if moved.state == "planned" and beyond and needs_approval(moved) else approving_unit_for
    )
    return decides(bundle, record.unit, record.subject_unit)


def _contained(record: Record, step: Step) -> Values:
    values: Values = {}
    if record.owner is None and step.by is not None:
        values["owner"] = step.by
    return values | _UNPLANNED


_UNPLANNED: Values = {
    "planned_by": None,
    "planned_at": None,
    "limit_baht": None,
    "approved_by": None,
    "approved_at": None,
}

_UNOFFERED: Values = {
    "offer": None, "offer_medium": None, "offered_by": None, "offered_at": None, "offer_expires_at": None,
    "answered_at": None, "answer": None, "approved_by": None, "approved_at": None,
}  # fmt: skip


def _planned(record: Record, step: Step) -> Values:
    values = {
        **_UNOFFERED,
        # A new plan says everything anew: what is left empty is not promised.
        **{name: step.fields.get(name) for name in ("remedy", "baht", "entitlement", "authority", "cost_centre")},
        "planned_by": step.by,
        "planned_at": step.now,
        "limit_baht": limit_of(step.bundle, step.member.roles) if step.member else None,
    }
    entitlement = step.fields.get("entitlement")
    if entitlement is None:
        values["entitlement_version"] = None
    elif entitlement != record.entitlement:
        values["entitlement_version"] = record.policy_version
    if step.fields.get("owner") is None:
        values["owner"] = record.owner or step.by
    return values


def _approved(record: Record, step: Step) -> Values:
    return {"approved_by": step.by, "approved_at": step.now}


def _offered(record: Record, step: Step) -> Values:
    return {"offered_by": step.by, "offered_at": step.now}


def _accepted(record: Record, step: Step) -> Values:
    promised = record.promised_by or due_at(
        step.fields["answered_at"], step.bundle.recovery.deliver_within, calendar_of(record, step.bundle)
    )
    return {"promised_by": promised}


def _in_delivery(record: Record, step: Step) -> Values:
    if record.state == "completed":
        return {"completed_at": None, "evidence": None}
    return {
        "deliverer": step.fields.get("deliverer") or record.owner or step.by,
        "delivery_began_at": step.now,
        "tasks": record.tasks + 1,
    }


def _completed(record: Record, step: Step) -> Values:
    deliverers = tuple(dict.fromkeys((*record.deliverers, *(() if step.by is None else (step.by,)))))
    return {"deliverers": deliverers}


def _verified(record: Record, step: Step) -> Values:
    return {"verified_by": step.by, "verified_at": step.now}


def _detected(record: Record, step: Step) -> Values:
    return {"outcome": None}


_EFFECTS: Mapping[str, Callable[[Record, Step], Values]] = {
    "detected": _detected,
    "contained": _contained,
    "planned": _planned,
    "approved": _approved,
    "offered": _offered,
    "accepted": _accepted,
    "in_delivery": _in_delivery,
    "completed": _completed,
    "verified": _verified,
}
