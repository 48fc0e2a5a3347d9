"""intake, put together for the composition root."""

from __future__ import annotations

from services.intake import api, pages
from services.intake.schedule import jobs
from services.intake.serials import Serials
from services.intake.subscriptions import subscriptions
from services.kit.service import Context, Service


def build(context: Context) -> Service:
    """The service in a given context."""
    serials = Serials()
    routers = [*api.routers(context, serials), *pages.routers(context, serials)]
    return Service("intake", subscriptions(context), routers=routers, jobs=jobs(context))
