"""Whose figures a member of staff may see: the organisation's, and those of their own unit and what is below. Pure.

Restricted cases are in no figure but those of the restricted units in the asker's own scope (domain §2).
"""

from __future__ import annotations

from uuid import UUID

from schemas.policy import LevelName, PolicyBundle
from services.kit.copies import Staff
from services.kit.scope import Scope


def sees_key(scope: Scope, bundle: PolicyBundle, level: LevelName, key: str, staff: Staff) -> bool:
    """Whether the figure of a unit or person is within sight."""
    if level == "organisation":
        return key == bundle.root.code
    if level == "person":
        member = staff.get(as_uuid(key))
        return key == str(scope.staff_id) or (member is not None and _sees_unit(scope, bundle, member.unit))
    return _sees_unit(scope, bundle, key)


def _sees_unit(scope: Scope, bundle: PolicyBundle, unit: str) -> bool:
    if not bundle.has_unit(unit):
        return False
    if bundle.unit(unit).restricted:
        return unit in scope.restricted_units
    return scope.everything or unit in scope.units


def as_uuid(text: str) -> UUID | None:
    """The id in a text, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
