"""Who may take a step: the actors of domain §3 as predicates over a case and a member of staff. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.i18n import N_
from services.routing.case import Case

COMPLAINANT, RULES, SYSTEM = "complainant", "rules", "system"
NOT_STAFF = frozenset({COMPLAINANT, RULES, SYSTEM})


@dataclass(frozen=True, slots=True)
class Actor:
    """A kind of person of the staff who may take a step; `who` says it in words (message id)."""

    code: str
    who: str
    is_one: Callable[[Case, StaffMember, PolicyBundle], bool]


def _has(member: StaffMember, *roles: str) -> bool:
    return not set(roles).isdisjoint(member.roles)


def works(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether they work this case: its owner, or an officer of the unit that answers for it."""
    return case.owner == member.staff_id or (member.unit == case.unit and _has(member, "officer", "integrity"))


def _above_restricted(case: Case, member: StaffMember) -> bool:
    # Only the approving unit stands above a restricted one: it supervises, verifies and reviews there.
    return case.restricted and member.unit == case.approving_unit and _has(member, "approver")


def _assesses(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    return works(case, member, bundle) or _has(member, "centre")


def assigns(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether they say which unit and officer takes a case: the centre, a supervisor, or the desk where it lies."""
    return _has(member, "centre", "supervisor") or works(case, member, bundle)


def approver_limit(bundle: PolicyBundle) -> Decimal | None:
    """The most an approver may settle; None where the policy sets no limits."""
    return limit_of(bundle, ("approver",))


def limit_of(bundle: PolicyBundle, roles: tuple[str, ...]) -> Decimal | None:
    """The most that a holder of the roles may settle for one case, in baht; None where the policy sets no limits."""
    if not bundle.settlement_limits:
        return None
    return max((limit.baht for limit in bundle.settlement_limits if limit.role in roles), default=Decimal(0))


def granted(case: Case) -> Decimal:
    """The value in baht of the remedy that the decision under review grants; 0 outside a review."""
    return _baht(case.decision) if case.state == "internal_review" else Decimal(0)


def worth(case: Case) -> Decimal:
    """The value in baht of the remedy a decision now would grant: as proposed, or as decided if that is reviewed."""
    return granted(case) if case.state == "internal_review" else _baht(case.proposal)


def _baht(record: Mapping[str, Any] | None) -> Decimal:
    return Decimal(str((record or {}).get("baht") or 0))


def beyond_approvers(bundle: PolicyBundle, sum_: Decimal) -> bool:
    """Whether a sum in baht is more than any approver may settle, so that only the executive can (5.4)."""
    limit = approver_limit(bundle)
    return limit is not None and sum_ > limit


def decides(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether they decide: an approver of the approving unit, or the executive where the sum is beyond any approver."""
    if member.unit == case.approving_unit and _has(member, "approver"):
        return True
    return beyond_approvers(bundle, worth(case)) and member.unit != case.unit and _is_executive(case, member)


def _is_executive(case: Case, member: StaffMember) -> bool:
    # A restricted case is known to the executive only where it was put before their unit.
    return _has(member, "executive") and (not case.restricted or member.unit == case.approving_unit)


def verifies(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether they prove that a decision was carried out."""
    return _has(member, "verifier") or _above_restricted(case, member)


def supervises(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether they take cases out of the count and reopen them."""
    return _has(member, "supervisor") or _above_restricted(case, member)


def reviews(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Whether they belong to the review body: reviewers, approvers of the unit the review went to, the executive."""
    if _has(member, "reviewer") or _is_executive(case, member):
        return True
    return member.unit == case.approving_unit and _has(member, "approver")


def _keeps_disputes(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    return _has(member, "centre", "supervisor", "reviewer") or _above_restricted(case, member)


STAFF: Mapping[str, Actor] = {
    actor.code: actor
    for actor in (
        Actor("worker", N_("the owner or an officer of the unit"), works),
        Actor("assessor", N_("an officer or the complaint centre"), _assesses),
        Actor("assigner", N_("the complaint centre, a supervisor or the desk where it lies"), assigns),
        Actor("decider", N_("an approver of the approving unit"), decides),
        Actor("verifier", N_("a verifier"), verifies),
        Actor("reviewer", N_("the review body"), reviews),
        Actor("supervisor", N_("a supervisor"), supervises),
        Actor("dispute_desk", N_("the complaint centre, a supervisor or the review body"), _keeps_disputes),
    )
}
"""The actors among staff by their code in the table of the life of a case."""
