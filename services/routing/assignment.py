"""Who takes a case: the least loaded officer on duty of the unit, never the one complained of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Staff


def candidates(bundle: PolicyBundle, staff: Staff, unit: str, *, on_duty: bool = True) -> list[StaffMember]:
    """Officers who can take cases of a unit, by user name. In a restricted unit only those cleared for it."""
    fitting = [member for member in staff.holding("officer", (unit,)) if member.on_duty or not on_duty]
    if not (bundle.has_unit(unit) and bundle.unit(unit).restricted):
        return fitting
    return [member for member in fitting if "integrity" in member.roles]


def least_loaded(
    among: Iterable[StaffMember], load: MutableMapping[UUID, int], *, subject_person: str | None = None
) -> StaffMember | None:
    """The one with the fewest open cases for their capacity; the same answer for the same load. Counts the case in.

    None when nobody is on duty: the case stays unassigned in its unit and escalates to the unit head (domain §4.12).
    """
    fitting = [member for member in among if member.username != subject_person and member.capacity > 0]
    if not fitting:
        return None
    chosen = min(
        fitting,
        key=lambda member: (
            load.get(member.staff_id, 0) / member.capacity,
            load.get(member.staff_id, 0),
            member.username,
        ),
    )
    load[chosen.staff_id] = load.get(chosen.staff_id, 0) + 1
    return chosen
