"""`/desk`: the queue of what is due first, its views and filters, and its stream of what changes."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context
from services.kit.web import event_stream
from services.routing.api import READERS, SCOPE
from services.routing.pages.desk_view import desk_of, live_counts, show_desk
from services.routing.pages.live import case_address
from services.routing.queue import arrivals
from services.routing.queue.asked import filters_of
from services.routing.queue.live_desk import LiveDesks
from services.routing.queue.reading import own_units
from services.routing.queue.views import Looking, midnight_after
from services.routing.queue.watch_case import watched_by


def live_desks(context: Context) -> LiveDesks:
    """The open desks of this process."""
    return LiveDesks(context, lambda member: live_counts(context, member))


def desk_routes(context: Context, live: LiveDesks) -> APIRouter:
    """`/desk` and its stream."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    reading = Allow(context, *READERS, scope=SCOPE)

    @routes.get("")
    async def desk(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        who = signed_in(viewer)
        if address := await case_address(context, request.query_params.get("q", ""), who):
            return RedirectResponse(address, 303)
        return await show_desk(await desk_of(context, request, who), live, request, request.query_params)

    @routes.get("/live")
    async def stream(request: Request, mark: str = "", viewer: Viewer | None = Depends(reading)) -> Response:
        who = signed_in(viewer)
        its = await desk_of(context, request, who)
        asked = its.asked(request.query_params, request.query_params.get("view", "all"))
        looking = Looking(
            me=who.staff_id,
            home=who.member.unit,
            units=frozenset(own_units(its.scope, who.member)),
            now=its.now,
            midnight=midnight_after(its.now, its.bundle.zone),
            watched=await watched_by(context.database, who.staff_id),
        )
        open_desk = arrivals.Desk(its.scope, filters_of(asked, its.bundle, its.staff), looking)
        return event_stream(live.events(who.member, open_desk, mark))

    return routes
