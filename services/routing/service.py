"""routing, put together for the composition root."""

from __future__ import annotations

from services.kit.service import Context, Service
from services.routing import api, pages
from services.routing.once_there import Openings
from services.routing.pages.load import load_routes
from services.routing.queue.api import desk_api
from services.routing.schedule import jobs
from services.routing.subscriptions import subscriptions


def build(context: Context) -> Service:
    """The service in a given context."""
    openings = Openings()
    return Service(
        "routing",
        subscriptions(context, openings),
        routers=[load_routes(context), api.router(context, openings), *desk_api(context), *pages.routers(context)],
        jobs=jobs(context),
    )
