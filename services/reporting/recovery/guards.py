"""Who may take a step of a recovery record, and what must hold for it. Pure.

Each guard gives None, or the reason why not and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.i18n import N_, Lang, translate
from services.reporting.recovery.record import Record, limit_of, needs_approval

SYSTEM = "system"
"""The passing of time, or a fact from another service."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a step cannot be taken now, and what would make it possible (message ids)."""

    what: str
    remedy: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: Lang) -> str:
        """Both in words."""
        texts = (self.what, self.remedy) if self.remedy else (self.what,)
        return " ".join(
            translate(lang, text, **self.params) if self.params else translate(lang, text) for text in texts
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants to take a step: the record, who (None: the system), the policy, the moment.

    `fields` is what the step records, once it is known.
    """

    record: Record
    member: StaffMember | None
    bundle: PolicyBundle
    now: datetime
    fields: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Ask], Blocked | None]


# ---- who


@dataclass(frozen=True, slots=True)
class Actor:
    """A kind of person who may take a step; `who` names them (message id)."""

    code: str
    who: str
    is_one: Callable[[Record, StaffMember, PolicyBundle], bool]


def _has(member: StaffMember, *roles: str) -> bool:
    return not set(roles).isdisjoint(member.roles)


def _above_restricted(record: Record, member: StaffMember) -> bool:
    # Nobody but its approving unit stands above a restricted unit: it takes the parts of head and verifier.
    return record.restricted and member.unit == record.approving_unit and _has(member, "approver")


def works(record: Record, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Its owner, an officer of the unit responsible, or (for what is not restricted) the complaint centre."""
    if record.owner == member.staff_id:
        return True
    if member.unit == record.unit and _has(member, "officer", "integrity", "unit_head", "supervisor"):
        return True
    return not record.restricted and _has(member, "centre")


def approves(record: Record, member: StaffMember, bundle: PolicyBundle) -> bool:
    """An approver, or a manager of the unit or above it; how much is a guard's to say.

    The executive takes part in a restricted record only while it stands before their unit.
    """
    if member.unit == record.approving_unit and _has(member, "approver", "executive"):
        return True
    if record.restricted or not bundle.has_unit(record.unit):
        return False
    above = {record.unit, *bundle.ancestors(record.unit)}
    return _has(member, "executive") or (member.unit in above and _has(member, "approver", "unit_head", "line_manager"))


def verifies(record: Record, member: StaffMember, bundle: PolicyBundle) -> bool:
    """A verifier."""
    return (not record.restricted and _has(member, "verifier")) or _above_restricted(record, member)


def heads(record: Record, member: StaffMember, bundle: PolicyBundle) -> bool:
    """A supervisor, the head of the unit or a manager above it."""
    if _above_restricted(record, member):
        return True
    if record.restricted or not bundle.has_unit(record.unit):
        return False
    above = {record.unit, *bundle.ancestors(record.unit)}
    return _has(member, "supervisor") or (member.unit in above and _has(member, "unit_head", "line_manager"))


ACTORS: Mapping[str, Actor] = {
    actor.code: actor
    for actor in (
        Actor("worker", N_("The owner, an officer of the unit or the complaint centre can."), works),
        Actor("approver", N_("An approver or a manager above the unit can."), approves),
        Actor("verifier", N_("A verifier can."), verifies),
        Actor("head", N_("A supervisor or the head of the unit can."), heads),
    )
}


# ---- the offer and its approval


def not_the_planner(ask: Ask) -> Blocked | None:
    """Nobody approves, or gives up, a plan of their own."""
    if ask.member is not None and ask.record.planned_by == ask.member.staff_id:
        return Blocked(N_("You planned this remedy."), N_("Somebody else has to take this step."))
    return None


def needs_an_approval(ask: Ask) -> Blocked | None:
    """There is something to approve: the sum is above what its planner may offer alone."""
    if needs_approval(ask.record):
        return None
    return Blocked(N_("The sum is within the planner's own limit."), N_("Make the offer; no approval is needed."))


def needs_no_approval(ask: Ask) -> Blocked | None:
    """The offer may be made without another's approval."""
    if not needs_approval(ask.record):
        return None
    return Blocked(
        N_("%(sum)s baht is over the planner's limit of %(limit)s baht."),
        N_("Somebody with a higher limit has to approve it first."),
        {"sum": f"{ask.record.worth:,.2f}", "limit": f"{ask.record.limit_baht:,.2f}"},
    )


def within_the_limit(ask: Ask) -> Blocked | None:
    """The sum is within what the approver's roles may approve (policy `recovery.approval_limits`)."""
    if ask.member is None:
        return None
    limit = limit_of(ask.bundle, ask.member.roles)
    if limit is None or ask.record.worth <= limit:
        return None
    return Blocked(
        N_("%(sum)s baht is over your approval limit of %(limit)s baht."),
        N_("Somebody with a higher limit has to approve it."),
        {"sum": f"{ask.record.worth:,.2f}", "limit": f"{limit:,.2f}"},
    )


def offer_stands(ask: Ask) -> Blocked | None:
    """The answer came while the offer held, judged by when it came, not by when it was written down."""
    until, answered_at = ask.record.offer_expires_at, ask.fields.get("answered_at")
    if until is not None and answered_at is not None and answered_at > until:
        return Blocked(N_("The offer had expired when the answer came."), N_("Let it lapse, then plan another offer."))
    return None


def offer_has_expired(ask: Ask) -> Blocked | None:
    """The time of the offer is over."""
    until = ask.record.offer_expires_at
    if until is None or ask.now <= until:
        return Blocked(N_("The offer still holds."), N_("It lapses by itself."))
    return None


# ---- delivery and proof


def tasks_are_finished(ask: Ask) -> Blocked | None:
    """Every task but the delivery itself is done or dropped before completion is recorded."""
    if ask.record.open_tasks:
        return Blocked(
            N_("Tasks not finished: %(count)s."), N_("Finish or drop them first."), {"count": ask.record.open_tasks}
        )
    return None


def not_the_deliverer(ask: Ask) -> Blocked | None:
    """Who delivered a remedy does not verify it (domain §6)."""
    if ask.member is not None and ask.member.staff_id in {ask.record.deliverer, *ask.record.deliverers}:
        return Blocked(N_("You delivered the remedy."), N_("A verifier who did not deliver it has to check it."))
    return None
