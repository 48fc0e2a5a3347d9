"""Which roles must sign in with a code, and until when somebody who has no app yet may do without."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from schemas.governance import ROLES
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.kit.settings import Settings, SettingWrong

ROLES_SETTING = "REDRESS_SECOND_STEP_ROLES"
GRACE_SETTING = "REDRESS_SECOND_STEP_GRACE_DAYS"
GRACE_DAYS = 7


def demanded(settings: Settings, roles: Iterable[str]) -> bool:
    """Whether one of the roles must sign in with a code.

    Raises:
        SettingWrong: the setting names a role that does not exist.
    """
    wanted = {part for part in re.split(r"[\s,;]+", settings.option(ROLES_SETTING)) if part}
    if unknown := wanted - set(ROLES):
        raise SettingWrong(
            N_("%(name)s names roles that do not exist: %(value)s."),
            N_("Use roles of the list of roles, with commas between them."),
            params={"name": ROLES_SETTING, "value": ", ".join(sorted(unknown))},
        )
    return not wanted.isdisjoint(roles)


def grace(settings: Settings) -> timedelta:
    """How long after the first sign-in that asks for an app one may do without it.

    Raises:
        SettingWrong: the setting is not a whole number of days.
    """
    given = settings.option(GRACE_SETTING, str(GRACE_DAYS))
    if not (given.isascii() and given.isdigit() and len(given) < 4):
        raise SettingWrong(
            N_("%(name)s cannot be %(value)s."),
            N_("Use a whole number of days; 0 asks at once."),
            params={"name": GRACE_SETTING, "value": given},
        )
    return timedelta(days=int(given))


async def due_at(tx: Transaction, settings: Settings, staff_id: UUID, *, now: datetime) -> datetime:
    """Until when this member may sign in without a code; the first sign-in that asks begins the time of grace."""
    due: datetime = await tx.fetchval(
        "update governance.staff set second_step_due_at = coalesce(second_step_due_at, $2) where staff_id = $1"
        " returning second_step_due_at",
        staff_id,
        now + grace(settings),
    )
    return due
