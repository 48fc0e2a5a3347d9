"""governance, put together for the composition root."""

from __future__ import annotations

from services.governance import api, pages
from services.governance.api.security import security_router
from services.governance.api.staff import leave_router, staff_router
from services.governance.schedule import jobs
from services.governance.subscriptions import subscriptions
from services.kit.service import Context, Service


def build(context: Context) -> Service:
    """The service in a given context."""
    return Service(
        "governance",
        subscriptions(context),
        routers=[
            api.router(context),
            security_router(context),
            staff_router(context),
            leave_router(context),
            *pages.routers(context),
        ],
        jobs=jobs(context),
    )
