"""The periodic jobs of reporting."""

from __future__ import annotations

from datetime import datetime

from services.kit.schedule import Job
from services.kit.service import Context
from services.reporting.recovery.lapse_offers import lapse_offers


def jobs(context: Context) -> list[Job]:
    """Every periodic job."""

    async def lapse(now: datetime) -> object:
        return await lapse_offers(context.database, context.copies, now)

    return [Job("lapse-offers", "let recovery offers lapse that were not answered in time", lapse, every=10)]
