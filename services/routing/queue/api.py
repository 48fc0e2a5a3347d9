"""The desk for programs: numbers of its views, changes of many cases, saved filters, what officers put on a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from services.kit.access import Allow, Viewer, signed_in
from services.kit.i18n import Lang
from services.kit.scope import scope_of
from services.kit.service import Context
from services.kit.web import language_of
from services.routing.api import READERS, SCOPE, WORKERS
from services.routing.count_cases import MOST, count_views
from services.routing.edit_gist import edit_gist
from services.routing.queue.asked import checked_asked
from services.routing.queue.change_many import Wanted, change_many
from services.routing.queue.read_change import Report, read_change
from services.routing.queue.saved_views import drop_view, save_view, saved_views
from services.routing.queue.tag_case import tag_case, untag_case
from services.routing.queue.undo_change import undo_change
from services.routing.queue.watch_case import unwatch_case, watch_case

EACH = f"{SCOPE}; each case as its own change would be"
OWN = "their own; what is shared with their unit its heads and supervisors too"


class ChosenCase(BaseModel):
    """A case, with the version on which it was chosen."""

    id: UUID
    version: int | None = None


class ChangeBody(BaseModel):
    """A change of many cases: `assign` (to), `priority` (priority), `tag` and `untag` (tag), `merge` and `duplicate`
    (into)."""

    kind: str = Field(max_length=20)
    cases: list[ChosenCase] = Field(max_length=500)
    values: dict[str, str] = Field(default_factory=dict)
    reason: str | None = None


class SavedViewBody(BaseModel):
    """A view with filters under a name."""

    name: str
    view: str = Field("all", max_length=20)
    filters: dict[str, str] = Field(default_factory=dict)
    words: str = ""
    shared: bool = False


class GistBody(BaseModel):
    """The line of a case in the queue."""

    gist: str | None = None


class TagBody(BaseModel):
    """A tag."""

    tag: str | None = None


def desk_api(context: Context) -> list[APIRouter]:
    """`/api/v1/desk/…`, and what belongs to it below `/api/v1/cases/…`."""
    reads = Depends(Allow(context, *READERS, scope=SCOPE))
    works = Depends(Allow(context, *WORKERS, scope=EACH))
    own = Depends(Allow(context, *READERS, scope=OWN))
    desk = APIRouter(prefix="/api/v1/desk", tags=["desk"])
    cases = APIRouter(prefix="/api/v1/cases", tags=["cases"])
    _changing(desk, context, works)
    _keeping(desk, context, reads, own)
    _marking(cases, context, reads, works)
    return [desk, cases]


def _changing(desk: APIRouter, context: Context, works: Any) -> None:
    database, copies = context.database, context.copies

    @desk.post("/changes", status_code=201)
    async def change(request: Request, body: ChangeBody, viewer: Viewer = works) -> dict[str, Any]:
        member = signed_in(viewer).member
        change_id = await change_many(
            database, copies, [(case.id, case.version) for case in body.cases],
            Wanted(body.kind, body.values, body.reason), viewer=member, now=context.now(),
        )  # fmt: skip
        return _report(await read_change(database, change_id, member), language_of(request))

    @desk.get("/changes/{change_id}")
    async def report(request: Request, change_id: UUID, viewer: Viewer = works) -> dict[str, Any]:
        return _report(await read_change(database, change_id, signed_in(viewer).member), language_of(request))

    @desk.post("/changes/{change_id}/undo", status_code=201)
    async def undo(request: Request, change_id: UUID, viewer: Viewer = works) -> dict[str, Any]:
        member = signed_in(viewer).member
        reverse = await undo_change(database, copies, change_id, viewer=member, now=context.now())
        return _report(await read_change(database, reverse, member), language_of(request))


def _report(report: Report, lang: Lang) -> dict[str, Any]:
    return {
        "id": str(report.id),
        "kind": report.kind,
        "at": report.at.isoformat(),
        "undoes": str(report.undoes) if report.undoes else None,
        "undone_by": str(report.undone_by) if report.undone_by else None,
        "can_be_undone": report.can_be_undone,
        "cases": [
            {
                "id": str(one.case_id), "tracking_number": one.number, "outcome": one.outcome, "version": one.version,
                "problem": " ".join(filter(None, one.why(lang))) or None,
            }
            for one in report.cases
        ],
    }  # fmt: skip


def _keeping(desk: APIRouter, context: Context, reads: Any, own: Any) -> None:
    database = context.database

    @desk.get("/views")
    async def views(viewer: Viewer = reads) -> dict[str, Any]:
        member, now = signed_in(viewer).member, context.now()
        bundle = await context.copies.in_force(database, now)
        counts = await count_views(database, scope_of(bundle, member), member, now=now, zone=bundle.zone)
        found = {code: {"count": min(number, MOST), "more": number > MOST} for code, number in counts.items()}
        return {"views": found}

    @desk.get("/saved")
    async def saved(viewer: Viewer = own) -> dict[str, Any]:
        found = await saved_views(database, signed_in(viewer).member)
        items = [
            {
                "id": str(one.id), "name": one.name, "view": one.asked.view, "filters": dict(one.asked.chosen),
                "words": one.asked.typed, "shared": one.shared, "mine": one.mine,
            }
            for one in found
        ]  # fmt: skip
        return {"items": items}

    @desk.post("/saved", status_code=201)
    async def save(body: SavedViewBody, viewer: Viewer = own) -> dict[str, Any]:
        asked = checked_asked(body.view, body.filters, body.words)
        async with database.transaction() as tx:
            view_id = await save_view(
                tx, name=body.name, asked=asked, shared=body.shared, viewer=signed_in(viewer).member, now=context.now()
            )
        return {"id": str(view_id)}

    @desk.delete("/saved/{view_id}", status_code=204)
    async def drop(view_id: UUID, viewer: Viewer = own) -> Response:
        async with database.transaction() as tx:
            await drop_view(tx, view_id, viewer=signed_in(viewer).member)
        return Response(status_code=204)


def _marking(cases: APIRouter, context: Context, reads: Any, works: Any) -> None:
    database, copies = context.database, context.copies

    @cases.put("/{ident}/watch", status_code=204)
    async def watch(ident: str, viewer: Viewer = reads) -> Response:
        async with database.transaction() as tx:
            await watch_case(tx, copies, ident, viewer=signed_in(viewer).member, now=context.now())
        return Response(status_code=204)

    @cases.delete("/{ident}/watch", status_code=204)
    async def unwatch(ident: str, viewer: Viewer = reads) -> Response:
        async with database.transaction() as tx:
            await unwatch_case(tx, copies, ident, viewer=signed_in(viewer).member, now=context.now())
        return Response(status_code=204)

    @cases.post("/{ident}/gist")
    async def gist(ident: str, body: GistBody, viewer: Viewer = works) -> dict[str, str]:
        async with database.transaction() as tx:
            kept = await edit_gist(
                tx, copies, ident, gist=body.gist, viewer=signed_in(viewer).member, now=context.now()
            )
        return {"gist": kept}

    @cases.post("/{ident}/tags", status_code=204)
    async def tag(ident: str, body: TagBody, viewer: Viewer = works) -> Response:
        async with database.transaction() as tx:
            await tag_case(tx, copies, ident, tag=body.tag, viewer=signed_in(viewer).member, now=context.now())
        return Response(status_code=204)

    @cases.delete("/{ident}/tags/{tag}", status_code=204)
    async def untag(ident: str, tag: str, viewer: Viewer = works) -> Response:
        async with database.transaction() as tx:
            await untag_case(tx, copies, ident, tag=tag, viewer=signed_in(viewer).member, now=context.now())
        return Response(status_code=204)
