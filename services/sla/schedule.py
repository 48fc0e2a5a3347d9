"""The periodic jobs of sla."""

from __future__ import annotations

from datetime import datetime

import structlog

from services.kit.errors import RedressError
from services.kit.schedule import Job
from services.kit.service import Context
from services.sla.editions import Editions
from services.sla.recompute_calendars import recompute_calendars
from services.sla.sweep import sweep

log = structlog.get_logger()


def jobs(context: Context, editions: Editions) -> list[Job]:
    """Every periodic job."""

    async def run_sweep(now: datetime) -> None:
        # First the calendars: a clock must not be judged by days that are no longer its calendar's.
        try:
            await recompute_calendars(context.database, editions, now)
        except RedressError as problem:
            await log.aerror("calendars could not be recomputed", error=str(problem))
        await sweep(context.database, editions, now)

    return [Job("sweep", "Finds warnings, breaches and escalation steps that are due.", run_sweep, every=1.0)]
