"""The next steps of a case for one member of staff: which there are, which are blocked and why, what each records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.errors import Conflict, Stale
from services.kit.i18n import N_, Lang, translate
from services.routing import lifecycle
from services.routing.actors import NOT_STAFF, STAFF
from services.routing.case import Case
from services.routing.forms import Form, json_schema
from services.routing.guards import Ask, Blocked
from services.routing.lifecycle import Transition
from services.routing.steps import form_for


@dataclass(frozen=True, slots=True)
class AllowedStep:
    """A step that leads on from where the case stands; `blocked` says why this member cannot take it now."""

    transition: Transition
    form: Form
    blocked: Blocked | None

    @property
    def to(self) -> str:
        """The state it leads to."""
        return self.transition.to

    def as_json(self, case: Case, bundle: PolicyBundle, lang: Lang) -> dict[str, Any]:
        """The step as the API tells it."""
        return {
            "to": self.to,
            "label": translate(lang, self.transition.label),
            "blocked_by": self.blocked.say(lang) if self.blocked else None,
            "clause": self.transition.clause,
            "fields": json_schema(self.form, case, bundle, lang),
        }


def why_not(transition: Transition, ask: Ask) -> Blocked | None:
    """Why the step cannot be taken by whoever asks: they are none of its actors, or a guard does not hold."""
    if ask.member is not None:
        staff = [STAFF[code] for code in transition.who if code not in NOT_STAFF]
        if not any(actor.is_one(ask.case, ask.member, ask.bundle) for actor in staff):
            blocked = next((b for guard in transition.guards if (b := guard(ask)) and guard in lifecycle.APPROVE), None)
            return blocked or Blocked(N_("This step is for others to take."), _WHO[staff[0].code] if staff else "")
    return next((blocked for guard in transition.guards if (blocked := guard(ask)) is not None), None)


_WHO = {
    "worker": N_("The owner or an officer of the unit can."),
    "assessor": N_("An officer of the unit or the complaint centre can."),
    "assigner": N_("The complaint centre, a supervisor or the desk where it lies can."),
    "decider": N_("An approver of the approving unit can."),
    "verifier": N_("A verifier can."),
    "reviewer": N_("The review body can."),
    "supervisor": N_("A supervisor can."),
    "dispute_desk": N_("The complaint centre, a supervisor or the review body can."),
}


def allowed_steps(case: Case, member: StaffMember, bundle: PolicyBundle, now: datetime) -> list[AllowedStep]:
    """Every step that staff can take from where the case stands, in the order of the table."""
    ask = Ask(case, member, bundle, now)
    return [
        AllowedStep(transition, form_for(transition.form, case), why_not(transition, ask))
        for transition in lifecycle.steps_from(case.state)
        if transition.by_staff
    ]


class StepNotAllowed(Conflict):
    """The step cannot be taken; carries what can, so that the caller can choose again."""

    def __init__(self, blocked: Blocked, case: Case, allowed: Sequence[AllowedStep], bundle: PolicyBundle) -> None:
        super().__init__(blocked.what, blocked.remedy, params=blocked.params or None)
        self.case = case
        self.allowed = tuple(allowed)
        self.bundle = bundle
        self.extra: dict[str, Any] = {"state": case.state, "version": case.version}

    def in_words(self, lang: Lang) -> StepNotAllowed:
        """Itself, with what is allowed told in a language for the problem document."""
        self.extra["allowed"] = [
            step.as_json(self.case, self.bundle, lang) for step in self.allowed if step.blocked is None
        ]
        return self


class StaleCase(Stale):
    """The case was changed after the caller read it."""

    def __init__(self, case: Case) -> None:
        super().__init__(
            N_("Somebody changed this case after you opened it."),
            N_("Nothing was saved. Read it again, then repeat the step if it still fits."),
        )
        self.case = case
        self.extra = {"state": case.state, "version": case.version}


def chosen_step(case: Case, to: str, ask: Ask) -> Transition:
    """The row by which a member of staff takes the case to `to`.

    Raises:
        StepNotAllowed: the table has no such row for staff, or it is blocked.
    """
    for transition in lifecycle.steps_from(case.state):
        if transition.to == to and transition.by_staff:
            blocked = why_not(transition, ask)
            if blocked is None:
                return transition
            break
    else:
        blocked = _no_such_step(case, to)
    allowed = allowed_steps(case, ask.member, ask.bundle, ask.now) if ask.member else []
    raise StepNotAllowed(blocked, case, allowed, ask.bundle)


def _no_such_step(case: Case, to: str) -> Blocked:
    if any(transition.to == to for transition in lifecycle.steps_from(case.state)):
        return Blocked(N_("Only the complainant takes this step."), N_("They do so where they follow their case."))
    return Blocked(
        N_("This case cannot go there from where it stands."), N_("Choose one of the steps that are allowed.")
    )
