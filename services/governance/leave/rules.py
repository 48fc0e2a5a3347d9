"""Whose leave somebody may note, and who can stand in for whom. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle

LEADERS = ("supervisor", "unit_head", "line_manager", "executive")
LONGEST = timedelta(days=366)


def leads(viewer: StaffMember, unit: str, bundle: PolicyBundle) -> bool:
    """Whether somebody leads the people of a unit: a supervisor or head of it or of a unit above it, or an
    administrator."""
    if "administrator" in viewer.roles:
        return True
    if set(LEADERS).isdisjoint(viewer.roles) or not bundle.has("units", viewer.unit):
        return False
    return unit in bundle.subtree(viewer.unit)


def may_note(viewer: StaffMember, staff_id: UUID, unit: str, bundle: PolicyBundle) -> bool:
    """Whether somebody may note and cancel the leave of a member: their own, and that of the people they lead."""
    return viewer.staff_id == staff_id or leads(viewer, unit, bundle)


def period(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """From the first day to the end of the last, as moments in UTC."""
    local = ZoneInfo(zone)
    starts = datetime.combine(first, time(), local).astimezone(UTC)
    return starts, datetime.combine(last + timedelta(days=1), time(), local).astimezone(UTC)
