"""Whom an alert goes to: owner, unit head, line manager, executive, and who stands in for one who is missing. Pure.

Nobody is skipped in silence: a level that nobody holds is answered for by the next one up, and an alert that finds no
person at all goes to the unit at the top, so that it is seen there. It never goes to the subject of the complaint, and
a restricted case never leaves the people who may know of it (domain §2, §4.12, §4.13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import ESCALATION_LEVELS, EscalationLevel, PolicyBundle
from services.kit.copies import Staff
from services.kit.scope import scope_of

RESTRICTED_ROLES = ("unit_head", "integrity", "approver", "verifier", "line_manager", "executive")
"""Whoever of a restricted or its approving unit may know of the case, in the order in which they are asked."""


class Alerted(Protocol):
    """What escalation looks at in a case."""

    unit: str | None
    owner: UUID | None
    approving_unit: str | None
    restricted: bool
    subject_unit: str | None
    subject_person: str | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told: a person, or nobody but the unit itself. `chain` is the level that was reached in the end."""

    staff_id: UUID | None
    unit: str
    chain: EscalationLevel


def recipient_of(bundle: PolicyBundle, staff: Staff, case: Alerted, chain: EscalationLevel, now: datetime) -> Recipient:
    """The recipient of an alert for a level of the chain, or of the first level above it that somebody holds.

    Who is on leave is told through their substitute, if that one may know of the case.
    """
    unit = case.unit if case.unit and bundle.has_unit(case.unit) else bundle.triage_unit
    unit_reached = unit
    for level in ESCALATION_LEVELS[ESCALATION_LEVELS.index(chain) :]:
        if level == "owner":
            owner = staff.get(case.owner)
            if owner is not None and owner.active and owner.username != case.subject_person:
                return Recipient(_standing_in(bundle, staff, owner, case, now).staff_id, unit, level)
            continue
        for unit_reached in _units(bundle, level, unit):
            found = _holder(bundle, staff, case, level, unit_reached, now)
            if found is not None:
                return Recipient(_standing_in(bundle, staff, found, case, now).staff_id, unit_reached, level)
    return Recipient(None, unit_reached, "executive")


def _units(bundle: PolicyBundle, level: EscalationLevel, unit: str) -> Iterator[str]:
    """The units whose head is asked at a level: for the line manager also every unit between the line and the top."""
    reached = bundle.escalation_unit(level, unit)
    yield reached
    if level == "line_manager" and not bundle.unit(unit).restricted:
        yield from bundle.ancestors(reached)


def _holder(
    bundle: PolicyBundle, staff: Staff, case: Alerted, level: EscalationLevel, unit: str, now: datetime
) -> StaffMember | None:
    """The active holder of a level in a unit who may see the case; those on duty and not on leave first."""
    roles: Iterable[str] = RESTRICTED_ROLES if case.restricted else (level,)
    for role in roles:
        fitting = [member for member in staff.holding(role, [unit]) if _may_know(bundle, member, case)]
        if fitting:
            return min(fitting, key=lambda member: (not member.here(now), member.username))
    return None


def _standing_in(bundle: PolicyBundle, staff: Staff, member: StaffMember, case: Alerted, now: datetime) -> StaffMember:
    """The substitute of somebody on leave, if they may know of the case; else the member."""
    other = staff.substitute_of(member, now)
    return other if other is not None and _may_know(bundle, staff.acting(other, now), case) else member


def _may_know(bundle: PolicyBundle, member: StaffMember, case: Alerted) -> bool:
    return scope_of(bundle, member).sees_case(case)
