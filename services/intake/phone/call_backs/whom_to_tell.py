"""Whom the clock of a call back tells: whoever took it, those at the desk, and at the breach the head above. Pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.copies import Staff

HEADS = ("unit_head", "line_manager", "executive")


def whom_to_tell(
    bundle: PolicyBundle, staff: Staff, taken_by: UUID | None, *, missed: bool, now: datetime
) -> list[UUID]:
    """The members of staff, each once: for a warning who took it, or else the desk; at the breach the manager too.

    The desk is everybody with the role `centre` in the triage unit who is on duty and not on leave. The manager is the
    first head found from that unit upward: a level that nobody holds is answered for by the next one up (domain §4.13).
    Who is on leave is told through their substitute.
    """
    taker = staff.get(taken_by)
    told: list[UUID] = []
    if taker is not None and taker.active:
        told.append((staff.substitute_of(taker, now) or taker).staff_id)
    else:
        desk = staff.holding("centre", [bundle.triage_unit]) or staff.holding("centre")
        told += [member.staff_id for member in desk if member.here(now)] or [member.staff_id for member in desk[:1]]
    if missed or not told:
        told += _manager(bundle, staff, now)
    return list(dict.fromkeys(told))


def _manager(bundle: PolicyBundle, staff: Staff, now: datetime) -> list[UUID]:
    for unit in (bundle.triage_unit, *bundle.ancestors(bundle.triage_unit)):
        heads = [member for role in HEADS for member in staff.holding(role, [unit])]
        if heads:
            chosen = min(heads, key=lambda member: (not member.here(now), member.username))
            return [(staff.substitute_of(chosen, now) or chosen).staff_id]
    return []
