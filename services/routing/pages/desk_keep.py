"""`/desk/saved`, `/desk/columns`, `/desk/xlsx`: what somebody keeps of the queue, and what they take along."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import IO
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import Conflict, InvalidInput
from services.kit.service import Context
from services.kit.thai import local
from services.routing.api import READERS, SCOPE
from services.routing.pages.desk_changes import back_in, cases_in, to_desk
from services.routing.pages.desk_view import Filled, desk_of, show_desk
from services.routing.queue.asked import filters_of
from services.routing.queue.choose_columns import choose_columns
from services.routing.queue.export_queue import export_queue
from services.routing.queue.live_desk import LiveDesks
from services.routing.queue.saved_views import drop_view, save_view

log = structlog.get_logger()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE = 65_536


def keep_routes(context: Context, live: LiveDesks) -> APIRouter:
    """What is kept, and what is taken along."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    reading = Allow(context, *READERS, scope=SCOPE)
    own = Allow(context, *READERS, scope="their own; what is shared with their unit its heads and supervisors too")

    @routes.post("/saved")
    async def save(request: Request, viewer: Viewer | None = Depends(own)) -> Response:
        who, typed = signed_in(viewer), await _typed(request)
        desk, back = await desk_of(context, request, who), back_in(typed)
        asked = desk.asked(back, back.get("view", "all"))
        try:
            async with context.database.transaction() as tx:
                await save_view(
                    tx, name=typed.get("name"), asked=asked, shared="shared" in typed,
                    viewer=who.member, now=context.now(),
                )  # fmt: skip
        except (InvalidInput, Conflict) as problem:
            return await show_desk(desk, live, request, back, Filled(problem, typed=typed))
        return to_desk(back, done="saved")

    @routes.post("/saved/{view_id}/drop")
    async def drop(request: Request, view_id: UUID, viewer: Viewer | None = Depends(own)) -> Response:
        async with context.database.transaction() as tx:
            await drop_view(tx, view_id, viewer=signed_in(viewer).member)
        return to_desk({}, done="dropped")

    @routes.post("/columns")
    async def columns(request: Request, viewer: Viewer | None = Depends(own)) -> Response:
        who, form = signed_in(viewer), await request.form()
        async with context.database.transaction() as tx:
            await choose_columns(
                tx, [str(name) for name in form.getlist("column")], staff_id=who.staff_id, now=context.now()
            )
        return to_desk(back_in(await _typed(request)), done="columns")

    @routes.get("/xlsx")
    async def whole(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        return await _workbook(context, request, signed_in(viewer), dict(request.query_params), ())

    @routes.post("/xlsx")
    async def selected(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        form = await request.form()
        only = [case for case, _ in cases_in(form.getlist("case"))]
        return await _workbook(context, request, signed_in(viewer), {"view": "all"}, only or [UUID(int=0)])

    return routes


async def _typed(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


async def _workbook(
    context: Context, request: Request, viewer: Viewer, query: dict[str, str], only: Sequence[UUID]
) -> Response:
    desk = await desk_of(context, request, viewer)
    asked = desk.asked(query, query.get("view", "all"))
    file = await export_queue(
        context.database, context.copies, desk.scope, viewer.member,
        filters=filters_of(asked, desk.bundle, desk.staff), bundle=desk.bundle, lang=desk.lang, now=desk.now, only=only,
    )  # fmt: skip
    await log.ainfo("queue taken along", staff_id=str(viewer.staff_id), view=asked.view)
    name = f"queue-{asked.view}-{local(desk.now, desk.bundle.zone):%Y%m%d-%H%M}.xlsx"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(_pieces(file), media_type=XLSX, headers=headers)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
