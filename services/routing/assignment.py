"""Who takes a case: the least loaded officer of the unit who is here, never the one complained of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Staff


def candidates(bundle: PolicyBundle, staff: Staff, unit: str, *, here_at: datetime | None) -> list[StaffMember]:
    """Officers who can take cases of a unit, by user name. In a restricted unit only those cleared for it.

    `here_at` leaves out who is off duty or on leave at that moment; None lists them as well, to be named by a person.
    """
    fitting = [member for member in staff.holding("officer", (unit,)) if here_at is None or member.here(here_at)]
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
