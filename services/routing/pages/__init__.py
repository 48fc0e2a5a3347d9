"""Routing's pages: the desk, the case, and the forms by which staff work it."""

from __future__ import annotations

from fastapi import APIRouter

from services.kit.service import Context
from services.routing.pages.acts import act_routes
from services.routing.pages.case import case_routes
from services.routing.pages.desk import desk_routes
from services.routing.pages.links import link_routes
from services.routing.pages.live import live_routes
from services.routing.pages.mentions import mention_routes
from services.routing.pages.record import record_routes
from services.routing.pages.steps import step_routes


def routers(context: Context) -> list[APIRouter]:
    """`/desk` and `/cases/…`."""
    return [
        desk_routes(context),
        case_routes(context),
        step_routes(context),
        act_routes(context),
        live_routes(context),
        link_routes(context),
        record_routes(context),
        *mention_routes(context),
    ]
