"""Whether anybody of the staff may take a step: a case that waits for a person who does not exist says so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.routing import guards, lifecycle
from services.routing.actors import NOT_STAFF, STAFF
from services.routing.allowed import AllowedStep
from services.routing.case import Case
from services.routing.guards import Ask, Blocked
from services.routing.lifecycle import Transition

PERSONAL = frozenset({*lifecycle.REVIEW, guards.not_the_deliverer})
"""Guards that look at who asks, not at how far the case is."""

WAITS_FOR_OTHERS = frozenset({"response_proposed", "internal_review", "implementing", "external_dispute"})
"""States in which a case waits for somebody who is not its owner."""

NOBODY = N_(
    "Nobody of the staff may take this step: they lack role or limit, are outside its scope, or had a hand in it."
)
REMEDY = N_("Lower the sum, or have an administrator give the role to one more person who had no hand in it.")


def explained(
    steps: Sequence[AllowedStep], case: Case, bundle: PolicyBundle, staff: Staff, now: datetime
) -> list[AllowedStep]:
    """The steps, where one is blocked for everybody there is with that said instead of who else could."""
    if case.state not in WAITS_FOR_OTHERS:
        return list(steps)
    return [
        replace(step, blocked=Blocked(NOBODY, REMEDY))
        if step.blocked is not None and not _anybody(step.transition, case, bundle, staff, now)
        else step
        for step in steps
    ]


def _anybody(transition: Transition, case: Case, bundle: PolicyBundle, staff: Staff, now: datetime) -> bool:
    return any(
        member.active and _can(transition, case, bundle, staff.acting(member, now), now)
        for member in staff.by_id.values()
    )


def _can(transition: Transition, case: Case, bundle: PolicyBundle, member: StaffMember, now: datetime) -> bool:
    actors = [STAFF[code] for code in transition.who if code not in NOT_STAFF]
    if not any(actor.is_one(case, member, bundle) for actor in actors):
        return False
    ask = Ask(case, member, bundle, now)
    if any(guard(ask) for guard in transition.guards if guard in PERSONAL):
        return False
    return scope_of(bundle, member).sees_case(case)
