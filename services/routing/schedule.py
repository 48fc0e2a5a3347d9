"""The periodic jobs of routing."""

from __future__ import annotations

from datetime import datetime

from services.kit.i18n import N_
from services.kit.schedule import Job
from services.kit.service import Context
from services.routing.close_silent_cases import close_silent_cases
from services.routing.duty.hand_over import hand_over
from services.routing.looking.look_at_case import forget_old_looks


def jobs(context: Context) -> list[Job]:
    """Every periodic job."""

    async def close_silent(now: datetime) -> int:
        return await close_silent_cases(context.database, context.copies, now)

    async def forget_looks(now: datetime) -> int:
        return await forget_old_looks(context.database, now)

    async def hand_over_leave(now: datetime) -> int:
        return await hand_over(context.database, context.copies, now)

    handed = N_("hands open cases to the substitute when a leave begins, and back when it is over")
    what = N_("gives notice where a decision finds no answer, and closes the case when silence lasts")
    sweeps = N_("forgets who looked at cases on screens that went away without a word")
    return [
        Job("close-silent-cases", what, close_silent, every=60.0),
        Job("hand-over", handed, hand_over_leave, every=60.0),
        Job("forget-old-looks", sweeps, forget_looks, every=120.0),
    ]
