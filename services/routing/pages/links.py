"""`/cases/…/alike` and `/cases/…/links/…`: cases like this one, and the end of a link."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope
from services.kit.service import Context
from services.kit.web import language_of
from services.routing.api import READERS, SCOPE, WORKERS, changed, scope_for
from services.routing.case import Case
from services.routing.lifecycle import STATE_LABELS, TABLE
from services.routing.links.find_alike import AlikeRow, find_alike
from services.routing.links.link_cases import link_cases, unlink_cases
from services.routing.pages.live import seen_case
from services.routing.pages.sight import REFUSED, FormView, Sight, after_change, show_form, sight_of, typed_in
from services.routing.side_forms import ACTS, UNLINK, offered

MERGED_FROM = {row.come_from for row in TABLE if row.to == "merged"}


class LinkBody(BaseModel):
    """The number of the other case, and why the two belong together."""

    other: str
    reason: str


class UndoBody(BaseModel):
    """Why a link is undone."""

    reason: str


def link_routes(context: Context) -> APIRouter:
    """The pages and the API of what belongs together."""
    routes = APIRouter()
    reading, working = Allow(context, *READERS, scope=SCOPE), Allow(context, *WORKERS, scope=SCOPE)
    _alike(routes, context, reading)
    _undo(routes, context, working)
    _api(routes, context, reading, working)
    return routes


def _alike(routes: APIRouter, context: Context, reading: Allow) -> None:
    @routes.get("/cases/{ident}/alike", include_in_schema=False)
    async def alike(request: Request, ident: str, viewer: Viewer | None = Depends(reading)) -> Response:
        who, now, lang = signed_in(viewer), context.now(), language_of(request)
        policy = await context.copies.in_force(context.database, now)
        case = await seen_case(context, ident, who)
        found = await _found(context, await scope_for(context, who), case)
        bundle = await context.copies.policy(context.database, case.policy_version)
        return context.web.page(
            request, "routing/alike.html", policy=policy, viewer=who, now=now, zone=policy.zone,
            framed=bool(request.query_params.get("frame")), address=f"/cases/{case.tracking_number}",
            number=case.tracking_number,
            rows=[{"row": row, "why": why_alike(row, lang), "state": translate(lang, STATE_LABELS[row.state]),
                   "percent": round(100 * row.likeness.score)}
                  for row in found if not row.same_person],  # those stand on the page of the case itself
            may_link=offered(ACTS["link"], case, who.member, bundle),
            may_merge=who.has("supervisor") and case.state in MERGED_FROM and case.owner != who.staff_id,
        )  # fmt: skip


async def _found(context: Context, scope: Scope, case: Case) -> list[AlikeRow]:
    rows = await context.database.read("select gist from routing.case where id = $1", case.id)
    return await find_alike(context.database, scope, case, rows[0]["gist"] if rows else "")


def why_alike(row: AlikeRow, lang: Lang) -> str:
    """By what a case is like another, in words."""
    reasons = (
        (row.same_person, N_("same person")),
        (row.same_reference, N_("same contract or order")),
        (row.likeness.place, N_("same place")),
        (row.likeness.words, N_("like words")),
    )
    return " · ".join(translate(lang, words) for holds, words in reasons if holds)


def _undo(routes: APIRouter, context: Context, working: Allow) -> None:
    @routes.get("/cases/{ident}/links/{link_id}/undo", include_in_schema=False)
    async def ask(request: Request, ident: str, link_id: UUID, viewer: Viewer | None = Depends(working)) -> Response:
        sight = await sight_of(context, request, signed_in(viewer), ident)
        return show_form(sight, _undoing(sight, link_id))

    @routes.post("/cases/{ident}/links/{link_id}/undo", include_in_schema=False)
    async def undo(request: Request, ident: str, link_id: UUID, viewer: Viewer | None = Depends(working)) -> Response:
        who, typed = signed_in(viewer), await typed_in(request)
        try:
            async with context.database.transaction() as tx:
                await unlink_cases(
                    tx, context.copies, ident, link_id,
                    reason=typed.get("reason"), viewer=who.member, now=context.now(),
                )  # fmt: skip
                return await after_change(tx, context, ident, who, "unlinked")
        except REFUSED as problem:
            error: RedressError = problem
        sight = await sight_of(context, request, who, ident)
        return show_form(sight, replace(_undoing(sight, link_id), typed=typed, error=error))


def _undoing(sight: Sight, link_id: UUID) -> FormView:
    link = next((one for one in sight.found.links if one.id == link_id and one.sort == "related"), None)
    if link is None:
        raise NotFound(N_("The case has no such link."), N_("Read the case again."))
    return FormView(
        title=translate(sight.lang, N_("Undo the link")),
        button=translate(sight.lang, N_("Undo the link")),
        action=f"{sight.address}/links/{link_id}/undo",
        form=UNLINK,
        icon="undo",
        hint=f"{link.tracking_number} {link.gist}",
        closed=not offered(ACTS["link"], sight.found.case, sight.member, sight.bundle),
    )


def _api(routes: APIRouter, context: Context, reading: Allow, working: Allow) -> None:
    @routes.get("/api/v1/cases/{ident}/alike", tags=["cases"])
    async def alike(request: Request, ident: str, viewer: Viewer | None = Depends(reading)) -> dict[str, Any]:
        who = signed_in(viewer)
        case = await seen_case(context, ident, who)
        found = await _found(context, await scope_for(context, who), case)
        return {"items": [_as_json(row) for row in found]}

    @routes.post("/api/v1/cases/{ident}/links", status_code=201, tags=["cases"])
    async def link(ident: str, body: LinkBody, viewer: Viewer | None = Depends(working)) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await link_cases(
                tx, context.copies, ident, other=body.other, reason=body.reason,
                viewer=signed_in(viewer).member, now=context.now(),
            )  # fmt: skip
        return changed(moved, 201)

    @routes.post("/api/v1/cases/{ident}/links/{link_id}/undo", tags=["cases"])
    async def undo(ident: str, link_id: UUID, body: UndoBody, viewer: Viewer | None = Depends(working)) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await unlink_cases(
                tx, context.copies, ident, link_id, reason=body.reason,
                viewer=signed_in(viewer).member, now=context.now(),
            )  # fmt: skip
        return changed(moved)


def _as_json(row: AlikeRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "tracking_number": row.tracking_number,
        "state": row.state,
        "gist": row.gist,
        "received_at": row.received_at.isoformat(),
        "score": round(row.likeness.score, 3),
        "same_person": row.same_person,
        "same_reference": row.same_reference,
        "same_place": row.likeness.place,
        "repeat": row.repeat,
    }
