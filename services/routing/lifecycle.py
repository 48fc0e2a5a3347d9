"""The life of a case (domain §3, ISO 10002 clause 7) as one table: every step there is, who takes it, what it records.

Whatever moves a case, a person's click, the complainant or the passing of time, is a row here; nothing else moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from schemas.cases import ENDED, State
from services.kit.i18n import N_
from services.routing import guards, steps
from services.routing.actors import COMPLAINANT, NOT_STAFF, RULES, SYSTEM
from services.routing.forms import Form
from services.routing.guards import Guard

STATES: tuple[str, ...] = get_args(State)

STATE_LABELS: Mapping[str, str] = {
    "received": N_("Received"),
    "assessed": N_("Assessed"),
    "assigned": N_("Assigned"),
    "investigating": N_("Establishing the facts"),
    "awaiting_complainant": N_("Waiting for the complainant"),
    "awaiting_third_party": N_("Waiting for another body"),
    "response_proposed": N_("Response proposed"),
    "decision_communicated": N_("Decision communicated"),
    "implementing": N_("Carrying out the decision"),
    "internal_review": N_("Internal review"),
    "external_dispute": N_("External dispute"),
    "closed": N_("Closed"),
    "reopened": N_("Reopened"),
    "not_accepted": N_("Not accepted"),
    "referred": N_("Referred"),
    "merged": N_("Merged"),
    "withdrawn": N_("Withdrawn"),
}
"""What a case in that state is called (message ids)."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: from one state to another.

    `label` names the step (message id), `who` the actors of whom any one may take it, `clause` that of ISO 10002 (or
    the standard itself), `form` what it records, `guards` what must hold for it.
    """

    come_from: str | None
    to: str
    label: str
    who: tuple[str, ...]
    clause: str
    form: Form = steps.NOTHING
    guards: tuple[Guard, ...] = ()

    @property
    def by_staff(self) -> bool:
        """Whether a member of staff can take it."""
        return not NOT_STAFF.issuperset(self.who)


OWN = (guards.not_the_subject, guards.not_below_the_subject)
"""Nobody handles a complaint about themselves or their own unit."""

OTHER_EYES = (*OWN, guards.not_the_owner)

APPROVE = (*OTHER_EYES, guards.not_the_proposer, guards.outside_the_unit)

REVIEW = (*APPROVE, guards.not_the_decider, guards.within_the_limit)

READY = (guards.has_a_decision, guards.has_a_cause, guards.tasks_are_finished)

OPEN_STATES = tuple(state for state in STATES if state not in ENDED)


def _t(
    come_from: str | None,
    to: str,
    label: str,
    who: tuple[str, ...] | str,
    clause: str,
    form: Form = steps.NOTHING,
    *guarded: Guard,
) -> Transition:
    return Transition(come_from, to, label, (who,) if isinstance(who, str) else who, clause, form, guarded)


TABLE: tuple[Transition, ...] = (
    _t(None, "received", N_("Received"), RULES, "7.2"),
    # Assessment and assignment
    _t("received", "assessed", N_("Assess"), ("assessor", RULES), "7.5", steps.ASSESS, *OWN),
    _t("assessed", "assigned", N_("Assign"), ("assigner", RULES), "5.4", steps.ASSIGN, *OWN),
    _t("assigned", "assessed", N_("Return"), "worker", "7.5", steps.RETURN, *OWN),
    # Investigation
    _t("assigned", "investigating", N_("Establish the facts"), "worker", "7.6", steps.INVESTIGATE, *OWN),
    _t("investigating", "awaiting_complainant", N_("Ask the complainant"), "worker", "7.3",
       steps.WAIT_FOR_COMPLAINANT, *OWN, guards.pause_is_left),
    _t("awaiting_complainant", "investigating", N_("Go on establishing the facts"), ("worker", COMPLAINANT), "7.3",
       steps.RESUME, *OWN),
    _t("investigating", "awaiting_third_party", N_("Wait for another body"), "worker", "7.6",
       steps.WAIT_FOR_OTHERS, *OWN),
    _t("awaiting_third_party", "investigating", N_("Go on establishing the facts"), "worker", "7.6",
       steps.RESUME, *OWN),
    # Response and decision
    _t("investigating", "response_proposed", N_("Propose a response"), "worker", "7.7", steps.PROPOSE, *OWN),
    _t("response_proposed", "investigating", N_("Send back"), "decider", "7.7", steps.SEND_BACK, *APPROVE),
    _t("response_proposed", "decision_communicated", N_("Communicate the decision"), "decider", "7.8",
       steps.DECIDE, *APPROVE, guards.within_the_limit),
    # What the complainant makes of it
    _t("decision_communicated", "implementing", N_("Accept"), COMPLAINANT, "7.9", steps.COMPLAINANT_REASON),
    _t("implementing", "closed", N_("Close"), "verifier", "7.9, 8.3",
       steps.CLOSE, *OTHER_EYES, guards.not_the_deliverer, *READY),
    _t("decision_communicated", "internal_review", N_("Contest"), COMPLAINANT, "7.9",
       steps.COMPLAINANT_REASON, guards.contest_is_in_time),
    _t("internal_review", "decision_communicated", N_("Communicate the outcome of the review"), "reviewer", "7.8",
       steps.REVIEW, *REVIEW),
    _t("decision_communicated", "external_dispute", N_("Record an external dispute"), "dispute_desk", "ISO 10003",
       steps.DISPUTE, *OTHER_EYES),
    _t("internal_review", "external_dispute", N_("Record an external dispute"), "dispute_desk", "ISO 10003",
       steps.DISPUTE, *OTHER_EYES),
    _t("external_dispute", "implementing", N_("Carry out what the outside body decided"), "dispute_desk", "ISO 10003",
       steps.DISPUTE_SETTLED, *OTHER_EYES),
    _t("external_dispute", "closed", N_("Close after the external dispute"), "dispute_desk", "ISO 10003",
       steps.DISPUTE_CLOSED, *OTHER_EYES, guards.not_the_deliverer, *READY),
    _t("decision_communicated", "closed", N_("Close without an answer"), SYSTEM, "7.9",
       steps.NOTHING, guards.was_given_notice, guards.has_a_decision, guards.has_a_cause, guards.nothing_is_owed),
    # Again
    _t("closed", "reopened", N_("Reopen"), COMPLAINANT, "7.9", steps.REOPEN, guards.reopening_is_in_time),
    _t("closed", "reopened", N_("Reopen"), "supervisor", "7.9", steps.REOPEN, *OWN),
    _t("reopened", "investigating", N_("Establish the facts"), ("worker", "supervisor", COMPLAINANT), "7.9",
       steps.RESUME_REOPENED, *OWN),
    # Out of the count
    *(
        _t(state, to, label, "supervisor", "7.5", form, *OTHER_EYES)
        for state in ("received", "assessed")
        for to, label, form in (
            ("not_accepted", N_("Do not accept"), steps.NOT_ACCEPT),
            ("referred", N_("Refer"), steps.REFER),
            ("merged", N_("Merge"), steps.MERGE),
        )
    ),
    _t("merged", "assessed", N_("Separate again"), "supervisor", "7.5", steps.UNMERGE, *OTHER_EYES),
    *(_t(state, "withdrawn", N_("Withdraw"), COMPLAINANT, "7.9", steps.WITHDRAW) for state in OPEN_STATES),
)  # fmt: skip
"""Every step there is. A pair of states stands twice only where who takes it changes what must hold."""


def steps_from(state: str) -> tuple[Transition, ...]:
    """The rows that lead on from a state."""
    return _FROM.get(state, ())


def row(come_from: str | None, to: str, actor: str) -> Transition | None:
    """The row by which an actor who is not of the staff (complainant, rules, system) moves a case, or None."""
    return next((t for t in TABLE if t.come_from == come_from and t.to == to and actor in t.who), None)


def _by_state() -> Mapping[str, tuple[Transition, ...]]:
    found: dict[str, tuple[Transition, ...]] = {}
    for transition in TABLE:
        if transition.come_from is not None:
            found[transition.come_from] = (*found.get(transition.come_from, ()), transition)
    return found


_FROM = _by_state()
