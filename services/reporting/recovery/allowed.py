"""The next steps of a record for one member of staff: which there are, which are blocked and why, what each records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.errors import Conflict, Stale
from services.kit.i18n import N_, Lang, translate
from services.reporting.recovery import life
from services.reporting.recovery.form import Form, json_schema
from services.reporting.recovery.guards import ACTORS, Ask, Blocked
from services.reporting.recovery.life import Transition
from services.reporting.recovery.record import Record
from services.reporting.recovery.steps import form_for


@dataclass(frozen=True, slots=True)
class AllowedStep:
    """A step that leads on from where the record stands; `blocked` says why this member cannot take it now."""

    transition: Transition
    form: Form
    blocked: Blocked | None

    @property
    def to(self) -> str:
        """The state it leads to."""
        return self.transition.to

    def as_json(self, record: Record, bundle: PolicyBundle, lang: Lang, now: datetime) -> dict[str, Any]:
        """The step as the API tells it."""
        return {
            "to": self.to,
            "label": translate(lang, self.transition.label),
            "blocked_by": self.blocked.say(lang) if self.blocked else None,
            "fields": json_schema(self.form, record, bundle, lang, now),
        }


def why_not(transition: Transition, ask: Ask) -> Blocked | None:
    """Why the step cannot be taken by whoever asks: they are none of its actors, or a guard does not hold."""
    if ask.member is not None:
        actors = [ACTORS[code] for code in transition.who]
        if not any(actor.is_one(ask.record, ask.member, ask.bundle) for actor in actors):
            return Blocked(N_("This step is for others to take."), actors[0].who)
    return next((blocked for guard in transition.guards if (blocked := guard(ask)) is not None), None)


def allowed_steps(record: Record, member: StaffMember, bundle: PolicyBundle, now: datetime) -> list[AllowedStep]:
    """Every step that staff can take from where the record stands, in the order of the table."""
    ask = Ask(record, member, bundle, now)
    return [
        AllowedStep(transition, form_for(transition.form, record), why_not(transition, ask))
        for transition in life.steps_from(record.state)
        if transition.by_staff
    ]


class StepNotAllowed(Conflict):
    """The step cannot be taken; carries what can, so that the caller can choose again."""

    def __init__(self, blocked: Blocked, ask: Ask, allowed: Sequence[AllowedStep]) -> None:
        super().__init__(blocked.what, blocked.remedy, params=blocked.params or None)
        self.ask = ask
        self.allowed = tuple(allowed)
        self.extra: dict[str, Any] = {"state": ask.record.state, "version": ask.record.version}

    def in_words(self, lang: Lang) -> StepNotAllowed:
        """Itself, with what is allowed told in a language for the problem document."""
        self.extra["allowed"] = [
            step.as_json(self.ask.record, self.ask.bundle, lang, self.ask.now)
            for step in self.allowed
            if step.blocked is None
        ]
        return self


class StaleRecord(Stale):
    """The record was changed after the caller read it."""

    def __init__(self, record: Record) -> None:
        super().__init__(
            N_("Somebody changed this record after you opened it."),
            N_("Nothing was saved. Read it again, then repeat the step if it still fits."),
        )
        self.extra = {"state": record.state, "version": record.version}


def chosen_step(to: str, ask: Ask) -> Transition:
    """The row by which a member of staff takes the record to `to`.

    Raises:
        StepNotAllowed: the table has no such row for staff, or it is blocked.
    """
    if ask.member is None:
        raise ValueError("a step of the system is not chosen: see life.system_step")
    blocked = Blocked(
        N_("This record cannot go there from where it stands."), N_("Choose one of the steps that are allowed.")
    )
    for transition in life.steps_from(ask.record.state):
        if transition.to == to and transition.by_staff:
            refused = why_not(transition, ask)
            if refused is None:
                return transition
            blocked = refused
    raise StepNotAllowed(blocked, ask, allowed_steps(ask.record, ask.member, ask.bundle, ask.now))
