"""Read whether somebody signs in in two steps, and how many recovery codes they have left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.governance.second_step.demand import demanded
from services.kit.database import Database
from services.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class SecondStepState:
    """How a member signs in."""

    on_since: datetime | None
    """Since when a code is asked for; None while the password suffices."""
    recovery_codes_left: int
    demanded: bool
    """Whether a role of theirs demands it."""
    due_at: datetime | None
    """Until when they may do without; None before they are first asked, or where nothing is demanded."""


async def read_second_step(database: Database, settings: Settings, staff_id: UUID) -> SecondStepState:
    """The state for the pages of a member."""
    rows = await database.read(
        "select s.confirmed_at, a.roles, a.second_step_due_at, (select count(*) from governance.recovery_code c"
        " where c.staff_id = a.staff_id and c.used_at is null) as codes from governance.staff a"
        " left join governance.second_step s on s.staff_id = a.staff_id where a.staff_id = $1",
        staff_id,
    )
    row = rows[0]
    wanted = demanded(settings, row["roles"])
    return SecondStepState(row["confirmed_at"], row["codes"], wanted, row["second_step_due_at"] if wanted else None)
