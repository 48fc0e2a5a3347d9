"""Who may see which case. One rule for the desk, the alerts, the reports and the recovery records.

A restricted case (misconduct) exists only for the restricted unit's integrity officers and for who decides in its
approving unit; a complaint about someone's conduct is hidden from its subject, their unit and what is below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.access import WHOLE

DECIDERS = frozenset({"approver", "verifier", "reviewer", "executive"})


class Placed(Protocol):
    """What the rule looks at of a case, or of a record about one."""

    @property
    def unit(self) -> str | None: ...
    @property
    def owner(self) -> UUID | None: ...
    @property
    def approving_unit(self) -> str | None: ...
    @property
    def restricted(self) -> bool: ...
    @property
    def subject_unit(self) -> str | None: ...
    @property
    def subject_person(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What one member of staff may see."""

    staff_id: UUID
    username: str
    home: str
    everything: bool
    """Every ordinary case."""
    units: frozenset[str]
    """Ordinary units: their own and those below."""
    above: frozenset[str]
    """Their own unit and those above it: a complaint about one of these is about them or their superiors."""
    restricted_units: frozenset[str]
    decides: bool
    """Whether they decide on cases that name their unit as the approving one."""

    def sees(
        self,
        *,
        unit: str | None,
        owner: UUID | None = None,
        approving_unit: str | None = None,
        restricted: bool = False,
        subject_unit: str | None = None,
        subject_person: str | None = None,
    ) -> bool:
        """Whether a case with these features is visible."""
        if subject_person is not None and subject_person == self.username:
            return False
        if subject_unit is not None and subject_unit in self.above and unit != self.home:
            return False
        as_decider = self.decides and approving_unit == self.home
        if restricted:
            return unit in self.restricted_units or as_decider
        return self.everything or unit in self.units or owner == self.staff_id or as_decider

    def sees_case(self, case: Placed) -> bool:
        """Whether a case is visible."""
        return self.sees(
            unit=case.unit,
            owner=case.owner,
            approving_unit=case.approving_unit,
            restricted=case.restricted,
            subject_unit=case.subject_unit,
            subject_person=case.subject_person,
        )

    def where(self, alias: str, first: int) -> tuple[str, list[Any]]:
        """The same rule as SQL on a table with the columns unit, owner, approving_unit, restricted, subject_unit and
        subject_person, and its parameters, numbered from `$first`."""
        a, n = alias, first
        sql = (
            f"({a}.subject_person is null or {a}.subject_person <> ${n})"
            f" and ({a}.subject_unit is null or not {a}.subject_unit = any(${n + 1}::text[]) or {a}.unit = ${n + 2})"
            f" and (case when {a}.restricted then {a}.unit = any(${n + 3}::text[])"
            f" else ${n + 4}::bool or {a}.unit = any(${n + 5}::text[]) or {a}.owner = ${n + 6} end"
            f" or (${n + 7}::bool and {a}.approving_unit = ${n + 2}))"
        )
        args: list[Any] = [
            self.username,
            sorted(self.above),
            self.home,
            sorted(self.restricted_units),
            self.everything,
            sorted(self.units),
            self.staff_id,
            self.decides,
        ]
        return sql, args


def scope_of(bundle: PolicyBundle, member: StaffMember) -> Scope:
    """The scope of a member of staff under a policy."""
    known = bundle.has("units", member.unit)
    below = bundle.subtree(member.unit) if known else ()
    restricted = {code for code in below if bundle.unit(code).restricted}
    return Scope(
        staff_id=member.staff_id,
        username=member.username,
        home=member.unit,
        everything=not WHOLE.isdisjoint(member.roles),
        units=frozenset(below) - restricted,
        above=frozenset(bundle.ancestors(member.unit)) | {member.unit} if known else frozenset({member.unit}),
        restricted_units=frozenset(restricted) if "integrity" in member.roles else frozenset(),
        decides=not DECIDERS.isdisjoint(member.roles),
    )
