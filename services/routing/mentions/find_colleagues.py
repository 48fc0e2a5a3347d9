"""Colleagues whose name begins like what was typed, among those who may see a case."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.routing.case import Case
from services.routing.mentions.mention import may_be_told
from services.routing.mentions.rules import names_of

MOST = 8


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be named: `insert` is what is written behind the @."""

    username: str
    name: str
    unit: str
    insert: str


def find_colleagues(case: Case, staff: Staff, policy: PolicyBundle, begins: str) -> list[Colleague]:
    """At most eight, those who have to do with the case first. Pure over its copies."""
    sought = begins.strip().casefold()
    fitting = [
        member
        for member in staff.by_id.values()
        if any(name.casefold().startswith(sought) for name in names_of(member)) and may_be_told(case, member, policy)
    ]

    def near(member: object) -> int:
        unit, owner = getattr(member, "unit", ""), getattr(member, "staff_id", None) == case.owner
        return 0 if owner else 1 if unit in (case.unit, case.approving_unit) else 2

    ordered = sorted(fitting, key=lambda member: (near(member), member.display_name, member.username))[:MOST]
    plain = [member.display_name for member in staff.by_id.values() if member.active]
    return [
        Colleague(
            member.username,
            member.display_name,
            member.unit,
            member.display_name if plain.count(member.display_name) == 1 else member.username,
        )
        for member in ordered
    ]
