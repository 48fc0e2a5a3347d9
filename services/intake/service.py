"""intake, put together for the composition root."""

from __future__ import annotations

import re
from datetime import datetime

from services.intake import api, pages
from services.intake.arrivals import register_again_by
from services.intake.email.background import background
from services.intake.embedding import embedded_by
from services.intake.files.limits import limits_of
from services.intake.line.api import webhook_router
from services.intake.line.pages import linking_router
from services.intake.line.register_again import register_line_event_again
from services.intake.line.work import Worker
from services.intake.measure_registration import measure_registration
from services.intake.phone.api import calls_router
from services.intake.phone.register_again import register_ways
from services.intake.schedule import jobs
from services.intake.search.pages import person_search_router
from services.intake.send_form import CHANNEL, register_form_again
from services.intake.serials import Serials
from services.intake.subscriptions import subscriptions
from services.kit.service import Context, FramedRoutes, Service, UploadRoutes

TAKE_FILES = re.compile(
    r"/|/embed|(/embed)?/draft/[^/]+/files|/track/[^/]+|/api/v1/complaints/[^/]+/files|/files/case/[^/]+|/desk/(new|phone|letter|walk-in)"
)
"""Where files may be sent."""

IN_FRAMES = re.compile(r"/embed(/.*)?")
"""What other sites may show in a frame."""


def build(context: Context) -> Service:
    """The service in a given context."""
    serials = Serials()

    async def measure(now: datetime) -> None:
        await measure_registration(context.database, now)

    line = Worker(context, serials)
    register_again_by(CHANNEL, register_form_again)
    register_again_by("line", register_line_event_again)
    register_ways()
    return Service(
        "intake",
        subscriptions(context),
        routers=[
            *api.routers(context, serials),
            *pages.routers(context, serials),
            webhook_router(context, line),
            linking_router(context),
            calls_router(context),
            person_search_router(context),
        ],
        jobs=jobs(context),
        measures=[measure],
        uploads=UploadRoutes(TAKE_FILES, limits_of(context.settings).form_bytes),
        framed=FramedRoutes(IN_FRAMES, embedded_by(context.settings)),
        background=[line.run, *background(context, serials)],
    )
