"""The routes on which administrators see and settle parked events; every service has its own, over its own tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, translate
from services.kit.listening import Subscriptions
from services.kit.paging import LONGEST, read_cursor, write_cursor
from services.kit.parked import (
    Place,
    discard_parked,
    list_discarded,
    list_parked,
    parked_figures,
    replay_parked,
)
from services.kit.reader import Reader
from services.kit.service import Context
from services.kit.settings import SERVICES
from services.kit.unheard import list_unheard
from services.kit.web import language_of, problem_document

SERVICE_NAMES: Mapping[str, str] = {
    "governance": N_("Governance: policy and staff"),
    "intake": N_("Intake: filing and tracking"),
    "routing": N_("Routing: cases and their life"),
    "sla": N_("SLA: clocks and alerts"),
    "reporting": N_("Reporting: figures and recovery"),
}


class Discard(BaseModel):
    """Why an event is set aside."""

    reason: str = Field(max_length=1000)


class Applied(BaseModel):
    """How many events could be applied."""

    applied: int


class ParkedPage(BaseModel):
    """Parked events, the oldest first."""

    items: list[dict[str, Any]]
    next_cursor: str | None


def parked_router(context: Context, subscriptions: Subscriptions) -> APIRouter:
    """`/api/v1/parked/{service}` and `/admin/parked/{service}` of one service."""
    router = APIRouter()
    reader = Reader(context.database, subscriptions)
    router.include_router(_api(context, reader))
    router.include_router(_pages(context, reader))
    return router


def _api(context: Context, reader: Reader) -> APIRouter:
    name = context.database.service
    router = APIRouter(prefix=f"/api/v1/parked/{name}", tags=["parked events"])
    look = Allow(context, "administrator", "auditor", scope="events of this service, without their contents")
    act = Allow(context, "administrator", scope="events of this service")

    @router.get("", dependencies=[Depends(look)], name=f"list_parked_{name}")
    async def parked(cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=LONGEST)] = 50) -> ParkedPage:
        found, following = await list_parked(context.database, after=read_cursor(cursor), limit=limit)
        return ParkedPage(items=[asdict(event) for event in found], next_cursor=write_cursor(following))

    @router.post("/{source}/{bucket}/{position}/replay", dependencies=[Depends(act)], name=f"replay_parked_{name}")
    async def replay(source: str, bucket: int, position: int) -> Applied:
        return Applied(applied=await replay_parked(reader, _place(source, bucket, position)))

    @router.post("/{source}/{bucket}/{position}/discard", name=f"discard_parked_{name}")
    async def discard(
        source: str, bucket: int, position: int, body: Discard, viewer: Viewer | None = Depends(act)
    ) -> Applied:
        who = signed_in(viewer).member.username
        applied = await discard_parked(reader, _place(source, bucket, position), body.reason, by=who)
        return Applied(applied=applied)

    return router


def _place(source: object, bucket: object, position: object) -> Place:
    try:
        place = Place(str(source), int(str(bucket)), int(str(position)))
    except ValueError:
        place = Place("", -1, -1)
    if place.source not in SERVICES or not 0 <= place.bucket < 32768 or not 0 <= place.position < 2**63:
        raise NotFound(N_("This event is not parked."), N_("It was applied or discarded since; reload the list."))
    return place


def _pages(context: Context, reader: Reader) -> APIRouter:
    name = context.database.service
    address = f"/admin/parked/{name}"
    router = APIRouter(prefix=address, include_in_schema=False)
    look = Allow(context, "administrator", "auditor", scope="events of this service, without their contents")
    act = Allow(context, "administrator", scope="events of this service")

    async def page(request: Request, viewer: Viewer, status: int = 200, **data: Any) -> Response:
        now = context.now()
        found, following = await list_parked(
            context.database, after=read_cursor(request.query_params.get("cursor")), limit=50
        )
        return context.web.page(
            request,
            "kit/parked.html",
            policy=await context.copies.in_force(context.database, now),
            viewer=viewer,
            now=now,
            status=status,
            service=name,
            service_name=SERVICE_NAMES[name],
            address=address,
            may_act=viewer.has("administrator"),
            parked=found,
            discarded=await list_discarded(context.database),
            unheard=await list_unheard(context.database),
            following=write_cursor(following),
            **data,
        )

    @router.get("", name=f"parked_page_{name}")
    async def show(request: Request, viewer: Viewer | None = Depends(look)) -> Response:
        lang, done = language_of(request), request.query_params.get("done", "")
        notice = None
        if done.isascii() and done.isdigit() and len(done) < 7:
            notice = {"kind": "done", "text": translate(lang, "%(count)s events were applied.", count=int(done))}
        return await page(request, signed_in(viewer), notice=notice)

    @router.post("/{what}", name=f"settle_parked_{name}")
    async def settle(
        request: Request, what: Literal["replay", "discard"], viewer: Viewer | None = Depends(act)
    ) -> Response:
        who, form = signed_in(viewer), await request.form()
        place = _place(form.get("source"), form.get("bucket"), form.get("position"))
        try:
            if what == "discard":
                applied = await discard_parked(reader, place, str(form.get("reason", "")), by=who.member.username)
            else:
                applied = await replay_parked(reader, place)
        except RedressError as error:
            problem = problem_document(error, language_of(request), "")
            return await page(request, who, error.status, problem=problem, tried=place)
        return RedirectResponse(f"{address}?done={applied}", 303)

    return router


def parked_overview(contexts: Mapping[str, Context]) -> APIRouter:
    """`/admin/parked`: how many events each service of this process has parked; the others are linked to."""
    context = next(iter(contexts.values()))
    router = APIRouter(include_in_schema=False)
    look = Allow(context, "administrator", "auditor", scope="counts of every service")

    @router.get("/admin/parked")
    async def overview(request: Request, viewer: Viewer | None = Depends(look)) -> Response:
        now = context.now()
        figures = {
            name: await parked_figures(contexts[name].database) if name in contexts else None for name in SERVICES
        }
        return context.web.page(
            request,
            "kit/parked_overview.html",
            policy=await context.copies.in_force(context.database, now),
            viewer=signed_in(viewer),
            now=now,
            figures=figures,
            names=SERVICE_NAMES,
        )

    return router
