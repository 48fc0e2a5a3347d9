"""Routing's pages: the desk, the case, and the forms by which staff work it."""

from __future__ import annotations

from fastapi import APIRouter

from services.kit.service import Context
from services.routing.pages.acts import act_routes
from services.routing.pages.case import case_routes
from services.routing.pages.desk import desk_routes, live_desks
from services.routing.pages.desk_changes import change_routes
from services.routing.pages.desk_keep import keep_routes
from services.routing.pages.links import link_routes
from services.routing.pages.live import live_routes
from services.routing.pages.mentions import mention_routes
from services.routing.pages.record import record_routes
from services.routing.pages.steps import step_routes


def routers(context: Context) -> list[APIRouter]:
    """`/desk` and `/cases/…`."""
    live = live_desks(context)
    return [
        desk_routes(context, live),
        change_routes(context, live),
        keep_routes(context, live),
        case_routes(context),
        step_routes(context),
        act_routes(context),
        live_routes(context),
        link_routes(context),
        record_routes(context),
        *mention_routes(context),
    ]
