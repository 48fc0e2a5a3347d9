"""The top of a case in one sentence: who is waited for, for what, until when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.routing.case import Case
from services.routing.read_case import CaseFile
from services.routing.words import unit_name

WORKED = ("received", "assessed", "assigned", "investigating", "reopened")
"""States in which the next step is for the unit's own people."""

TASKS: Mapping[str, str] = {
    "received": N_("Assess the case"),
    "assessed": N_("Assign it to a unit and an officer"),
    "assigned": N_("Establish the facts"),
    "investigating": N_("Propose a response, or say how the case stands"),
    "awaiting_complainant": N_("Answer what was asked"),
    "awaiting_third_party": N_("Answer what was asked"),
    "response_proposed": N_("Decide on the proposed response"),
    "decision_communicated": N_("Accept or contest the decision"),
    "implementing": N_("Verify that the decision was carried out, and close"),
    "internal_review": N_("Review the decision"),
    "external_dispute": N_("Settle the dispute"),
    "reopened": N_("Establish the facts anew"),
}
"""What is to be done in each state (message ids)."""

FIRST: Mapping[str, str] = {
    "acknowledge": N_("Tell the complainant that the case was received"),
    "first_contact": N_("Contact the complainant for the first time"),
}
"""What comes before that while its clock is the next to run out (message ids)."""


@dataclass(frozen=True, slots=True)
class Head:
    """Who, what, until when. `person`: the member of staff who is meant; `due_at` may be no clock but a window."""

    who: str
    what: str
    person: str = ""
    mine: bool = False
    due_at: datetime | None = None
    clock: bool = False
    """Whether `due_at` is the deadline of a running clock."""
    paused: bool = False
    over: bool = False


def head_of(found: CaseFile, bundle: PolicyBundle, staff: Staff, viewer_id: object, lang: Lang) -> Head:
    """The sentence at the top of a case."""
    case = found.case
    if not case.open or case.kind == "spam":
        return Head(translate(lang, N_("Nobody")), translate(lang, N_("Nothing more to do")), over=True)
    who, person = _who(case, bundle, staff, lang)
    first = FIRST.get(found.due_target or "") if case.state in WORKED and not found.paused else None
    what = translate(lang, _task(case) if first is None or case.state in ("received", "assessed") else first)
    due_at, clock = _until(found, bundle)
    return Head(
        who=who,
        what=what,
        person=person,
        mine=bool(person) and case.owner == viewer_id,
        due_at=due_at,
        clock=clock,
        paused=found.paused,
    )


def _task(case: Case) -> str:
    if case.state == "implementing" and case.open_tasks > case.open_remedies:
        return N_("Finish the open tasks")
    if case.state == "investigating" and not case.is_complaint:
        return N_("Propose an answer, or say how the case stands")
    return TASKS[case.state]


def _who(case: Case, bundle: PolicyBundle, staff: Staff, lang: Lang) -> tuple[str, str]:
    """Who is waited for in words, and their name where it is one member of staff."""
    unit = unit_name(bundle, case.unit, lang)
    owner = staff.name(case.owner)
    if case.state in ("awaiting_complainant", "decision_communicated"):
        return translate(lang, N_("The complainant")), ""
    if case.state in ("awaiting_third_party", "external_dispute"):
        name = (case.waiting or {}).get("from_whom") or (case.outcome or {}).get("body")
        return str(name) if name else translate(lang, N_("Another body")), ""
    if case.state == "response_proposed":
        approving = unit_name(bundle, case.approving_unit, lang)
        return translate(lang, N_("Approver, %(unit)s"), unit=approving), ""
    if case.state == "internal_review":
        return translate(lang, N_("Review body, %(unit)s"), unit=unit_name(bundle, case.approving_unit, lang)), ""
    if case.state == "implementing" and case.open_tasks == case.open_remedies:
        return translate(lang, N_("A verifier")), ""
    if case.state == "received":
        return translate(lang, N_("Officers of %(unit)s"), unit=unit), ""
    if owner:
        return owner, owner
    return translate(lang, N_("Nobody yet, %(unit)s"), unit=unit), ""


def _until(found: CaseFile, bundle: PolicyBundle) -> tuple[datetime | None, bool]:
    """Until when, and whether a clock says so: else the wait, the window to contest, or the first task."""
    case = found.case
    waiting = (case.waiting or {}).get("pause_until") or (case.waiting or {}).get("until")
    if found.due_at is not None and not found.paused:
        return found.due_at, True
    if waiting:
        return datetime.fromisoformat(waiting), False
    if case.state == "decision_communicated" and case.told_at is not None:
        return case.told_at + timedelta(days=bundle.lifecycle.contest_days), False
    due = [task.due_at for task in found.tasks if task.status == "open" and task.due_at]
    return min(due, default=None), False
