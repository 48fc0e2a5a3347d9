"""The periodic jobs of intake."""

from __future__ import annotations

from datetime import datetime

from services.intake.file_complaint import forget_keys
from services.kit.schedule import Job
from services.kit.service import Context


def jobs(context: Context) -> list[Job]:
    """Every periodic job."""

    async def forget(now: datetime) -> None:
        await forget_keys(context.database, now)

    return [Job("forget-keys", "Forget idempotency keys older than 30 days", forget, cron="15 3 * * *")]
