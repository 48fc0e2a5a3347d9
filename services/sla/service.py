"""sla, put together for the composition root."""

from __future__ import annotations

from datetime import datetime

from services.kit.service import Context, Service
from services.sla import api, pages
from services.sla.editions import Editions
from services.sla.measure_clocks import measure_clocks
from services.sla.schedule import jobs
from services.sla.subscriptions import subscriptions


def build(context: Context) -> Service:
    """The service in a given context."""
    editions = Editions(context.copies)

    async def measure(now: datetime) -> None:
        await measure_clocks(context.database, now)

    return Service(
        "sla",
        subscriptions(context, editions),
        routers=[api.router(context), pages.router(context, editions)],
        jobs=jobs(context, editions),
        measures=[measure],
    )
