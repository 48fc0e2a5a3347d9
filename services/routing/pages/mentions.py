"""`/mentions`: the notes that name the reader, and the names that are offered while a note is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from services.kit.access import Allow, Viewer, signed_in
from services.kit.i18n import N_, translate
from services.kit.paging import read_cursor, write_cursor
from services.kit.service import Context
from services.kit.web import language_of
from services.routing.api import READERS, SCOPE, WORKERS, scope_for
from services.routing.lifecycle import STATE_LABELS
from services.routing.mentions.find_colleagues import find_colleagues
from services.routing.mentions.read_mentions import (
    MOST_COUNTED,
    MentionRow,
    count_unread,
    list_mentions,
    mark_all_read,
    mark_read,
)
from services.routing.pages.live import seen_case
from services.routing.words import unit_name

OWN = "the notes that name them, in cases within their scope"


def mention_routes(context: Context) -> list[APIRouter]:
    """The list, its count, and the names."""
    return [_list(context), _names(context), _api(context)]


def _list(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/mentions", include_in_schema=False)
    # The count stands in the bar of every page of staff: whoever reads no cases is told that there is nothing.
    reading = Allow(context, *READERS, "administrator", "privacy", scope=OWN)

    @routes.get("")
    async def see(request: Request, cursor: str = "", viewer: Viewer | None = Depends(reading)) -> Response:
        who, now, lang = signed_in(viewer), context.now(), language_of(request)
        policy = await context.copies.in_force(context.database, now)
        page = await list_mentions(context.database, await scope_for(context, who), after=read_cursor(cursor))
        staff = await context.copies.staff(context.database)
        done = "done" in request.query_params
        return context.web.page(
            request, "routing/mentions.html", policy=policy, viewer=who, now=now, zone=policy.zone,
            rows=[
                {"row": row, "by": staff.name(row.by), "state": translate(lang, STATE_LABELS[row.state])}
                for row in page.rows
            ],
            next_page=write_cursor(page.following),
            first=not cursor,
            notice={"kind": "done", "text": translate(lang, N_("All are marked as read."))} if done else None,
        )  # fmt: skip

    @routes.get("/count")
    async def count(viewer: Viewer | None = Depends(reading)) -> Response:
        unread = await count_unread(context.database, await scope_for(context, signed_in(viewer)))
        shown = f"{MOST_COUNTED}+" if unread > MOST_COUNTED else str(unread)
        return JSONResponse({"unread": unread, "shown": shown}, headers={"cache-control": "no-store"})

    @routes.post("/read")
    async def read_all(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        await mark_all_read(context.database, signed_in(viewer).staff_id, context.now())
        return RedirectResponse("/mentions?done=1", 303)

    @routes.get("/{mention_id}")
    async def open_one(mention_id: UUID, viewer: Viewer | None = Depends(reading)) -> Response:
        scope = await scope_for(context, signed_in(viewer))
        number, line = await mark_read(context.database, scope, mention_id, context.now())
        return RedirectResponse(f"/cases/{number}#line-{line}", 303)

    return routes


def _names(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/cases", include_in_schema=False)
    working = Allow(context, *WORKERS, scope=SCOPE)

    @routes.get("/{ident}/names")
    async def names(request: Request, ident: str, q: str = "", viewer: Viewer | None = Depends(working)) -> Response:
        case = await seen_case(context, ident, signed_in(viewer))
        policy = await context.copies.in_force(context.database, context.now())
        found = find_colleagues(case, await context.copies.staff(context.database), policy, q[:40])
        lang = language_of(request)
        people = [
            {
                "username": one.username,
                "name": one.name,
                "unit": unit_name(policy, one.unit, lang),
                "insert": one.insert,
            }
            for one in found
        ]
        return JSONResponse({"people": people}, headers={"cache-control": "no-store"})

    return routes


def _api(context: Context) -> APIRouter:
    api = APIRouter(prefix="/api/v1/mentions", tags=["cases"])
    reading = Allow(context, *READERS, scope=OWN)

    @api.get("")
    async def mentions(
        cursor: str | None = None, unread: bool = False, viewer: Viewer | None = Depends(reading)
    ) -> dict[str, Any]:
        scope = await scope_for(context, signed_in(viewer))
        page = await list_mentions(context.database, scope, after=read_cursor(cursor), unread=unread)
        staff = await context.copies.staff(context.database)
        return {
            "items": [_as_json(row, staff.name(row.by)) for row in page.rows],
            "next_cursor": write_cursor(page.following),
        }

    @api.post("/read")
    async def read_all(viewer: Viewer | None = Depends(reading)) -> dict[str, int]:
        return {"read": await mark_all_read(context.database, signed_in(viewer).staff_id, context.now())}

    return api


def _as_json(row: MentionRow, by: str) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "case": row.tracking_number,
        "gist": row.gist,
        "state": row.state,
        "text": row.text,
        "by_name": by,
        "at": row.at.isoformat(),
        "read_at": row.read_at.isoformat() if row.read_at else None,
    }
