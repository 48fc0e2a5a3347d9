"""routing, put together for the composition root."""

from __future__ import annotations

from services.kit.service import Context, Service
from services.routing import api, pages
from services.routing.once_there import Openings
from services.routing.pages.load import load_routes
from services.routing.queue.api import desk_api
from services.routing.schedule import jobs
from services.routing.search.api import search_api
from services.routing.search.pages import search_routes
from services.routing.search.segmenter import Segmenter
from services.routing.subscriptions import subscriptions


def build(context: Context) -> Service:
    """The service in a given context."""
    openings, segmenter = Openings(), Segmenter()
    return Service(
        "routing",
        subscriptions(context, openings),
        routers=[
            load_routes(context),
            api.router(context, openings),
            search_api(context, segmenter),
            search_routes(context, segmenter),
            *desk_api(context),
            *pages.routers(context),
        ],
        jobs=jobs(context, segmenter),
    )
