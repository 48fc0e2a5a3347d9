"""The life of a service-recovery record (domain §6, SE-AM 5.1) as one table: every step there is, who takes it, what it
records. Nothing else moves a record, and nothing here moves a complaint: a declined or lapsed offer never closes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from schemas.recovery import RecoveryState
from services.kit.i18n import N_
from services.reporting.recovery import guards, steps
from services.reporting.recovery.form import Form
from services.reporting.recovery.guards import SYSTEM, Guard

STATES: tuple[str, ...] = get_args(RecoveryState)

STATE_LABELS: Mapping[str, str] = {
    "detected": N_("Detected"),
    "contained": N_("Contained"),
    "planned": N_("Remedy planned"),
    "approved": N_("Remedy approved"),
    "offered": N_("Offered"),
    "accepted": N_("Offer accepted"),
    "declined": N_("Offer declined"),
    "lapsed": N_("Offer lapsed"),
    "in_delivery": N_("In delivery"),
    "completed": N_("Completed"),
    "verified": N_("Verified"),
    "closed": N_("Recovery closed"),
    "cancelled": N_("Recovery cancelled"),
}
"""What a record in that state is called (message ids)."""

PROGRESS: Mapping[str, float] = {
    "detected": 0.08, "contained": 0.2, "planned": 0.32, "approved": 0.42, "offered": 0.5, "accepted": 0.6,
    "declined": 0.5, "lapsed": 0.5, "in_delivery": 0.72, "completed": 0.84, "verified": 0.93, "closed": 1.0,
    "cancelled": 1.0,
}  # fmt: skip
"""How far along its life a record is, 0 to 1: what the state pie shows."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: from one state to another.

    `label` names the step (message id), `who` the actors of whom any one may take it, `form` what it records, `guards`
    what must hold for it.
    """

    come_from: str
    to: str
    label: str
    who: tuple[str, ...]
    form: Form = steps.NOTHING
    guards: tuple[Guard, ...] = ()

    @property
    def by_staff(self) -> bool:
        """Whether a member of staff can take it."""
        return SYSTEM not in self.who

    @property
    def onward(self) -> bool:
        """Whether it leads on towards recovery; a step back or an end without delivery is never the one proposed."""
        return self.form not in (steps.SEND_BACK, steps.CANCEL, steps.GIVE_UP)


def _t(
    come_from: str, to: str, label: str, who: tuple[str, ...] | str, form: Form = steps.NOTHING, *guarded: Guard
) -> Transition:
    return Transition(come_from, to, label, (who,) if isinstance(who, str) else who, form, guarded)


UNSETTLED = ("detected", "contained", "planned", "approved", "offered", "declined", "lapsed")
"""States in which the customer has not accepted anything yet."""

TABLE: tuple[Transition, ...] = (
    _t("detected", "contained", N_("Contain it and apologise"), "worker", steps.CONTAIN),
    _t("detected", "cancelled", N_("Cancel the record"), "head", steps.CANCEL),
    _t("contained", "planned", N_("Plan the remedy"), "worker", steps.PLAN),
    # Approval, where the sum is above what the planner may offer alone
    _t("planned", "approved", N_("Approve the remedy"), "approver", steps.APPROVE,
       guards.needs_an_approval, guards.not_the_planner, guards.within_the_limit),
    _t("planned", "offered", N_("Make the offer"), "worker", steps.OFFER, guards.needs_no_approval),
    _t("planned", "contained", N_("Take the plan back"), ("worker", "approver"), steps.SEND_BACK),
    _t("approved", "offered", N_("Make the offer"), "worker", steps.OFFER),
    _t("approved", "contained", N_("Take the plan back"), "worker", steps.SEND_BACK),
    # What the customer makes of it
    _t("offered", "accepted", N_("Record the acceptance"), "worker", steps.ACCEPT, guards.offer_stands),
    _t("offered", "declined", N_("Record the refusal"), "worker", steps.DECLINE, guards.offer_stands),
    _t("offered", "lapsed", N_("The offer lapses"), SYSTEM, steps.NOTHING, guards.offer_has_expired),
    *(
        row
        for state in ("declined", "lapsed")
        for row in (
            _t(state, "planned", N_("Plan another offer"), "worker", steps.PLAN),
            _t(state, "closed", N_("Close without delivery"), "head", steps.GIVE_UP, guards.not_the_planner),
        )
    ),
    # Delivery and proof
    _t("accepted", "in_delivery", N_("Begin the delivery"), "worker", steps.DELIVER),
    _t("in_delivery", "completed", N_("Record the completion"), "worker", steps.COMPLETE, guards.tasks_are_finished),
    _t("completed", "verified", N_("Verify the delivery"), "verifier", steps.VERIFY, guards.not_the_deliverer),
    _t("completed", "in_delivery", N_("Send back to delivery"), "verifier", steps.SEND_BACK, guards.not_the_deliverer),
    _t("verified", "closed", N_("Close the record"), ("worker", "verifier", "head"), steps.CLOSE),
    # What other services' facts do: a breach disproved or missed again, a decision replaced by another
    *(_t(state, "cancelled", N_("Nothing is owed any more"), SYSTEM) for state in UNSETTLED),
    _t("cancelled", "detected", N_("Owed again"), SYSTEM),
)  # fmt: skip
"""Every step there is. A pair of states stands twice only where who takes it changes what must hold."""


def steps_from(state: str) -> tuple[Transition, ...]:
    """The rows that lead on from a state, in the order of the table."""
    return tuple(row for row in TABLE if row.come_from == state)


def system_step(come_from: str, to: str) -> Transition | None:
    """The row by which time or another service's fact moves a record, or None."""
    return next((row for row in TABLE if row.come_from == come_from and row.to == to and not row.by_staff), None)
