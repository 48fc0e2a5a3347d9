"""The periodic jobs of governance."""

from __future__ import annotations

from datetime import datetime

from services.governance.policy_drafts import drop_old_drafts
from services.kit.i18n import N_
from services.kit.schedule import Job
from services.kit.service import Context


def jobs(context: Context) -> list[Job]:
    """Every periodic job."""

    async def clear_drafts(now: datetime) -> int:
        async with context.database.transaction() as tx:
            return await drop_old_drafts(tx, now=now)

    what = N_("deletes policy drafts that nobody has touched for thirty days")
    return [Job("clear-drafts", what, clear_drafts, cron="10 3 * * *")]
