"""The periodic jobs of sla."""

from __future__ import annotations

from datetime import datetime

from services.kit.schedule import Job
from services.kit.service import Context
from services.sla.editions import Editions
from services.sla.recompute_calendars import recompute_calendars
from services.sla.sweep import sweep


def jobs(context: Context, editions: Editions) -> list[Job]:
    """Every periodic job."""

    async def run_sweep(now: datetime) -> None:
        # First the calendars: a clock must not be judged by days that are no longer its calendar's.
        await recompute_calendars(context.database, editions, now)
        await sweep(context.database, editions, now)

    return [Job("sweep", "Finds warnings, breaches and escalation steps that are due.", run_sweep, every=1.0)]
