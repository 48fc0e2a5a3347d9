"""The next steps of a case as its page offers them: the one that makes most sense for who looks, and the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_datetime
from services.routing.actors import works
from services.routing.allowed import AllowedStep, allowed_steps
from services.routing.case_head import FIRST, WORKED
from services.routing.guards import pause_ends
from services.routing.nobody_can import explained
from services.routing.read_case import CaseFile
from services.routing.side_forms import ACTS, offered

FORWARD: Mapping[str, tuple[str, ...]] = {
    "received": ("assessed",),
    "assessed": ("assigned",),
    "assigned": ("investigating",),
    "investigating": ("response_proposed",),
    "awaiting_complainant": ("investigating",),
    "awaiting_third_party": ("investigating",),
    "response_proposed": ("decision_communicated",),
    "implementing": ("closed",),
    "internal_review": ("decision_communicated",),
    "external_dispute": ("implementing", "closed"),
    "reopened": ("investigating",),
}
"""The step that leads on from each state, best first."""


@dataclass(frozen=True, slots=True)
class Primary:
    """The one filled button of the page."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step beside the case; `blocked` says why it cannot be taken now."""

    to: str
    label: str
    blocked: str
    hint: str


def primary_of(
    found: CaseFile, member: StaffMember, bundle: PolicyBundle, steps: Sequence[AllowedStep], address: str, lang: Lang
) -> Primary:
    """What this member of staff does next; whoever can do nothing goes back to the desk."""
    case = found.case
    contacts = offered(ACTS["contact"], case, member, bundle)
    open_steps = {step.to: step for step in steps if step.blocked is None}
    first = found.due_target in FIRST and case.state in WORKED[2:] and not found.paused
    if first and contacts and works(case, member, bundle):
        return Primary(translate(lang, ACTS["contact"].title), f"{address}?say=contact#say", "phone")
    unfinished = case.state == "implementing" and case.open_tasks > case.open_remedies
    if unfinished and works(case, member, bundle):
        return Primary(translate(lang, "Finish the open tasks"), f"{address}#tasks", "done")
    for to in FORWARD.get(case.state, ()):
        if to in open_steps:
            label = translate(lang, open_steps[to].transition.label)
            return Primary(label, f"{address}/steps/{to}", "check" if to == "closed" else "")
    for code, icon in (("contact", "phone"), ("note", "note")):
        if case.open and offered(ACTS[code], case, member, bundle):
            return Primary(translate(lang, ACTS[code].title), f"{address}?say={code}#say", icon)
    return Primary(translate(lang, N_("Back to the desk")), "/desk", "back")


def steps_for(
    found: CaseFile, member: StaffMember, bundle: PolicyBundle, staff: Staff, now: datetime
) -> list[AllowedStep]:
    """The steps of the table from where the case stands; none for whoever is here only to read."""
    if set(member.roles) <= {"auditor"}:
        return []
    return explained(allowed_steps(found.case, member, bundle, now), found.case, bundle, staff, now)


def shown_steps(
    found: CaseFile, steps: Sequence[AllowedStep], bundle: PolicyBundle, now: datetime, lang: Lang
) -> list[ShownStep]:
    """The steps, those that can be taken first."""
    rows = [
        ShownStep(
            step.to,
            translate(lang, step.transition.label),
            step.blocked.say(lang) if step.blocked else "",
            "" if step.blocked else _hint(found, step.to, bundle, now, lang),
        )
        for step in steps
    ]
    return sorted(rows, key=lambda row: bool(row.blocked))


def _hint(found: CaseFile, to: str, bundle: PolicyBundle, now: datetime, lang: Lang) -> str:
    """What a step does to the clocks, where it does something."""
    if to == "awaiting_complainant":
        until = format_datetime(pause_ends(found.case, bundle, now), lang, bundle.zone)
        return translate(lang, N_("The clock stands still, at most until %(until)s."), until=until)
    if to == "awaiting_third_party":
        return translate(lang, N_("The clock keeps running."))
    if to == "response_proposed":
        return translate(lang, N_("An approver outside the unit then decides."))
    return ""
