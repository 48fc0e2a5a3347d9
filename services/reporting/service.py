"""reporting, put together for the composition root."""

from __future__ import annotations

from services.kit.service import Context, Service
from services.reporting import api, pages
from services.reporting.recovery import api as recovery_api
from services.reporting.recovery import pages as recovery_pages
from services.reporting.schedule import jobs
from services.reporting.subscriptions import subscriptions


def build(context: Context) -> Service:
    """The service in a given context."""
    return Service(
        "reporting",
        subscriptions(context),
        routers=[
            api.router(context),
            pages.router(context),
            recovery_api.router(context),
            recovery_pages.router(context),
        ],
        jobs=jobs(context),
    )
