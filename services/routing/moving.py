"""What a step changes in a case: from the case before, and what the step recorded, the case after. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from schemas.cases import ENDED
from schemas.policy import PolicyBundle, Ratings
from services.kit.approving import approving_unit_for, executive_unit_for
from services.kit.promises import promise_for
from services.kit.working_days import compile_calendar
from services.kit.working_time import due_at
from services.routing.actors import beyond_approvers
from services.routing.case import Case
from services.routing.forms import Filled
from services.routing.guards import pause_ends
from services.routing.units import reviewing_unit_for, triage_unit_for

RATING_NAMES = ("severity", "safety", "complexity", "impact", "urgency")
REMEDY_NAMES = ("remedy", "baht", "authority", "deliver_by")


@dataclass(frozen=True, slots=True)
class Step:
    """A step being taken: by whom (None: the complainant, the rules or the system), with what, when."""

    to: str
    filled: Filled
    by: UUID | None
    now: datetime
    bundle: PolicyBundle

    def record(self) -> dict[str, Any]:
        """Everything the step recorded, with who and when."""
        by = str(self.by) if self.by else None
        return {**self.filled.fields, **self.filled.texts, "by": by, "at": self.now.isoformat()}


Values = dict[str, Any]


def after(case: Case, step: Step) -> Case:
    """The case after a step of the table. Which steps there are, and when, is `lifecycle`'s to say."""
    values: Values = {"state": step.to}
    if case.state == "awaiting_complainant":
        values["waits"] = [*case.waits[:-1], [case.waits[-1][0], step.now.isoformat()]] if case.waits else []
    if case.state.startswith("awaiting"):
        values["waiting"] = None
    if step.to in ENDED:
        values |= {"ended_at": step.now, "silence_at": None, "outcome": step.record()}
    effect = _EFFECTS.get(step.to)
    if effect is not None:
        values |= effect(case, step)
    return case.changed(step.now, **values)


def _assessed(case: Case, step: Step) -> Values:
    if case.state == "assigned":
        return _returned(case, step)
    if case.state == "merged":
        return _separated(case, step)
    ratings = Ratings(**{name: step.filled.fields[name] for name in RATING_NAMES})
    severity = step.bundle.severity
    by_category = (
        step.bundle.is_safety(case.category) if _known(step.bundle, case.category) and case.category else False
    )
    return {
        "ratings": ratings.model_dump(),
        "priority": step.filled.fields.get("priority") or severity.priority_for(ratings),
        "safety": by_category or ratings.safety >= severity.safety_critical,
    }


def _separated(case: Case, step: Step) -> Values:
    """It goes on where it stood; one that was merged before it was assessed has the ratings of its category."""
    ratings = case.ratings
    if ratings is None:
        known = case.category if _known(step.bundle, case.category) else None
        ratings = step.bundle.ratings_for_category(known).model_dump()
    return {
        "ended_at": None,
        "outcome": None,
        "ratings": ratings,
        "priority": case.priority or step.bundle.severity.priority_for(Ratings(**ratings)),
    }


def _returned(case: Case, step: Step) -> Values:
    if case.restricted:
        return {"owner": None}
    unit = triage_unit_for(step.bundle, case.subject_unit)
    return {"owner": None, **moved_to(case, unit, step.bundle, counts=True)}


def _assigned(case: Case, step: Step) -> Values:
    owner = step.filled.fields.get("owner")
    unit = step.filled.fields["unit"]
    counts = case.unit != step.bundle.triage_unit
    return {"owner": UUID(owner) if owner else None, **moved_to(case, unit, step.bundle, counts=counts)}


def moved_to(case: Case, unit: str, bundle: PolicyBundle, *, counts: bool) -> Values:
    """What changes with the unit. `counts`: whether it is a transfer; from triage to the first unit is none."""
    if unit == case.unit:
        return {}
    return {
        "unit": unit,
        "approving_unit": approving_unit_for(bundle, unit, case.subject_unit),
        "restricted": bundle.unit(unit).restricted,
        "transfers": case.transfers + int(counts),
    }


def _investigating(case: Case, step: Step) -> Values:
    values: Values = {}
    if case.owner is None and step.by is not None and case.state in ("assigned", "reopened"):
        values["owner"] = step.by
    if case.state == "response_proposed":
        values |= _back_among_few(case, step)
    if step.filled.fields.get("no_conflict"):
        values |= {"declared_by": step.by, "declared_at": step.now}
    return values


def _awaiting_complainant(case: Case, step: Step) -> Values:
    until = min(datetime.fromisoformat(step.filled.fields["until"]), pause_ends(case, step.bundle, step.now))
    return {
        "waits": [*case.waits, [step.now.isoformat(), None]],
        "waiting": {**step.record(), "pause_until": until.isoformat()},
    }


def _awaiting_third_party(case: Case, step: Step) -> Values:
    return {"waiting": step.record()}


def _response_proposed(case: Case, step: Step) -> Values:
    proposal = step.record()
    values: Values = {
        "proposal": proposal,
        "proposed_by": step.by,
        "cause": step.filled.fields.get("cause") or case.cause,
    }
    if step.filled.fields.get("no_conflict"):
        values |= {"declared_by": step.by, "declared_at": step.now}
    if case.restricted:
        # A restricted case is put before the executive only where the sum leaves no other choice.
        beyond = beyond_approvers(step.bundle, Decimal(str(proposal.get("baht") or 0)))
        decides = executive_unit_for if beyond else approving_unit_for
        values["approving_unit"] = decides(step.bundle, case.unit, case.subject_unit)
    return values


def _decision_communicated(case: Case, step: Step) -> Values:
    # A review that says nothing of a remedy leaves the one that was decided.
    before = case.decision if case.state == "internal_review" else case.proposal
    granted = step.filled.fields if step.filled.fields.get("remedy") else (before or {})
    remedy = {name: granted[name] for name in REMEDY_NAMES if granted.get(name) is not None}
    notices = step.bundle.lifecycle.silence.notices
    first = min(notices, default=step.bundle.lifecycle.silence.close_after_days)
    return {
        "decision": {**step.record(), **remedy},
        "decided_by": step.by,
        "decided_at": case.decided_at or step.now,
        "told_at": step.now,
        "notices": 0,
        "silence_at": step.now + timedelta(days=first),
        **_back_among_few(case, step),
    }


def _back_among_few(case: Case, step: Step) -> Values:
    """Once decided or sent back, a restricted case that was before the executive is known to those around it only."""
    if not case.restricted or case.state != "response_proposed":
        return {}
    return {"approving_unit": approving_unit_for(step.bundle, case.unit, case.subject_unit)}


def _internal_review(case: Case, step: Step) -> Values:
    reviewing = reviewing_unit_for(step.bundle, case.unit, case.approving_unit, case.subject_unit)
    return {"approving_unit": reviewing, "outcome": step.record(), "silence_at": None}


def _external_dispute(case: Case, step: Step) -> Values:
    return {"outcome": step.record(), "silence_at": None}


def _implementing(case: Case, step: Step) -> Values:
    return {"accepted_at": step.now, "silence_at": None}


def _closed(case: Case, step: Step) -> Values:
    # The verifier's proof is that of the remedies' delivery: what is open of them is finished with it.
    return {"open_tasks": case.open_tasks - case.open_remedies, "open_remedies": 0}


def _reopened(case: Case, step: Step) -> Values:
    return {
        "reopened_count": case.reopened_count + 1,
        "ended_at": None,
        "accepted_at": None,
        "outcome": step.record(),
        "approving_unit": approving_unit_for(step.bundle, case.unit, case.subject_unit),
    }


_EFFECTS: Mapping[str, Callable[[Case, Step], Values]] = {
    "assessed": _assessed,
    "assigned": _assigned,
    "investigating": _investigating,
    "awaiting_complainant": _awaiting_complainant,
    "awaiting_third_party": _awaiting_third_party,
    "response_proposed": _response_proposed,
    "decision_communicated": _decision_communicated,
    "internal_review": _internal_review,
    "external_dispute": _external_dispute,
    "implementing": _implementing,
    "closed": _closed,
    "reopened": _reopened,
}


def deliver_by(case: Case, bundle: PolicyBundle, now: datetime) -> datetime:
    """Until when a remedy granted now is promised: as decided, else within the policy's span for delivery."""
    chosen = (case.decision or {}).get("deliver_by")
    if chosen:
        return datetime.fromisoformat(chosen)
    promise = promise_for(
        bundle, "resolve", kind=case.kind, priority=case.priority, unit=case.unit, service_point=case.service_point
    )
    calendar = promise.calendar if promise else compile_calendar(bundle.calendar_for())
    return due_at(now, bundle.recovery.deliver_within, calendar)


def _known(bundle: PolicyBundle, category: str | None) -> bool:
    return category is not None and bundle.has("categories", category)
