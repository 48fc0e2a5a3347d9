"""Routing's HTTP API: the queue, a case, the steps it can take, and the smaller changes beside them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.kit.access import Allow, Viewer, signed_in
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.kit.web import language_of
from services.routing.add_note import add_note
from services.routing.allowed import StepNotAllowed
from services.routing.api_answers import case_as_json, row_as_json
from services.routing.change_task import add_task, drop_task, finish_task
from services.routing.if_match import expected_version
from services.routing.once_there import Openings
from services.routing.raise_case import raise_case
from services.routing.read_case import read_case
from services.routing.read_cases import MOST, Filters, list_cases
from services.routing.reassign_case import reassign_case
from services.routing.reclassify_case import reclassify_case
from services.routing.record_contact import record_contact
from services.routing.reprioritise_case import reprioritise_case
from services.routing.transition_case import Moved, transition

READERS = (
    "officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "line_manager", "executive",
    "integrity", "auditor",
)  # fmt: skip
WORKERS = tuple(role for role in READERS if role != "auditor")
SCOPE = "cases of the own unit and below, those owned, those to decide on; all ordinary ones for the centre"


class TransitionBody(BaseModel):
    """A step: where to, why, and what it records."""

    to: str = Field(max_length=40)
    reason: str | None = None
    fields: dict[str, Any] | None = None


class ContactBody(BaseModel):
    """A contact with the complainant."""

    medium: str = Field(max_length=40)
    text: str | None = None
    contacted_at: str | None = None
    progress: bool = True
    reached: bool = True


class NoteBody(BaseModel):
    """An internal note."""

    text: str


class TaskBody(BaseModel):
    """A task to add."""

    what: str
    owner: str | None = None
    due_at: str | None = None


class TaskEndBody(BaseModel):
    """How a task ended: `done`, or `dropped` with a reason."""

    status: str = Field(pattern="^(done|dropped)$")
    reason: str | None = None


class ReassignmentBody(BaseModel):
    """Another unit, another owner (user name), or both; without an owner the least loaded on duty takes it."""

    unit: str | None = None
    owner: str | None = None
    reason: str | None = None


class PriorityBody(BaseModel):
    """Another priority."""

    priority: str
    reason: str | None = None


class KindBody(BaseModel):
    """Another kind, category or cause."""

    kind: str | None = None
    category: str | None = None
    cause: str | None = None
    reason: str | None = None


class RaiseBody(BaseModel):
    """A level of management."""

    level: str
    reason: str | None = None


def router(context: Context, openings: Openings | None = None) -> APIRouter:
    """`/api/v1/cases` and what hangs below it; `openings` tells of cases that this process opens."""
    openings = openings or Openings()
    api = APIRouter(prefix="/api/v1/cases", tags=["cases"])
    reads = Depends(Allow(context, *READERS, scope=SCOPE))
    works = Depends(Allow(context, *WORKERS, scope=SCOPE))
    _reading(api, context, openings, reads)
    _stepping(api, context, openings, works)
    _changing(api, context, works)
    _telling(api, context, works)
    return api


async def scope_for(context: Context, viewer: Viewer) -> Scope:
    """What the viewer may see under the policy in force."""
    return scope_of(await context.copies.in_force(context.database, context.now()), viewer.member)


def _reading(api: APIRouter, context: Context, openings: Openings, reads: Any) -> None:
    database, copies = context.database, context.copies

    @api.get("")
    async def cases(
        request: Request,
        viewer: Viewer = reads,
        state: str | None = None,
        unit: str | None = None,
        overdue: bool | None = None,
        view: str = "all",
        cursor: str | None = Query(None, max_length=300),
        limit: int = Query(50, ge=1, le=MOST),
    ) -> dict[str, Any]:
        member, now = signed_in(viewer).member, context.now()
        bundle = await copies.in_force(database, now)
        filters = Filters(
            view=view, states=tuple(filter(None, (state or "").split(","))), unit=unit or None, overdue=overdue
        )
        page = await list_cases(
            database, scope_of(bundle, member), member,
            filters=filters, now=now, zone=bundle.zone, cursor=cursor, limit=limit,
        )  # fmt: skip
        staff = await copies.staff(database)
        lang = language_of(request)
        return {
            "items": [row_as_json(row, bundle, staff, lang, now) for row in page.rows],
            "next_cursor": page.next_cursor,
        }

    @api.get("/{ident}")
    async def case(request: Request, ident: str, viewer: Viewer = reads) -> JSONResponse:
        member, now = signed_in(viewer).member, context.now()
        scope = await scope_for(context, viewer)
        found = await openings.once_there(ident, lambda: read_case(database, scope, ident))
        bundle = await copies.policy(database, found.case.policy_version)
        staff = await copies.staff(database)
        answer = case_as_json(found, member, bundle, staff, language_of(request), now)
        return JSONResponse(answer, headers={"etag": f'"{found.case.version}"', "cache-control": "no-store"})


def _stepping(api: APIRouter, context: Context, openings: Openings, works: Any) -> None:
    @api.post("/{ident}/transitions")
    async def transitions(
        request: Request,
        ident: str,
        body: TransitionBody,
        viewer: Viewer = works,
        if_match: str | None = Header(None),
    ) -> JSONResponse:
        version = expected_version(if_match, required=True)

        async def step() -> Moved:
            async with context.database.transaction() as tx:
                return await transition(
                    tx, context.copies, ident, to=body.to, fields=body.fields, reason=body.reason,
                    viewer=signed_in(viewer).member, expected_version=version, now=context.now(),
                )  # fmt: skip

        try:
            moved = await openings.once_there(ident, step)
        except StepNotAllowed as problem:
            raise problem.in_words(language_of(request)) from None
        return changed(moved)


def _changing(api: APIRouter, context: Context, works: Any) -> None:
    @api.post("/{ident}/reassignment")
    async def reassignment(
        ident: str, body: ReassignmentBody, viewer: Viewer = works, if_match: str | None = Header(None)
    ) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await reassign_case(
                tx, context.copies, ident, unit=body.unit, owner=body.owner, reason=body.reason,
                viewer=signed_in(viewer).member, expected_version=expected_version(if_match), now=context.now(),
            )  # fmt: skip
        return changed(moved)

    @api.post("/{ident}/priority")
    async def priority(
        ident: str, body: PriorityBody, viewer: Viewer = works, if_match: str | None = Header(None)
    ) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await reprioritise_case(
                tx, context.copies, ident, priority=body.priority, reason=body.reason,
                viewer=signed_in(viewer).member, expected_version=expected_version(if_match), now=context.now(),
            )  # fmt: skip
        return changed(moved)

    @api.post("/{ident}/kind")
    async def kind(
        ident: str, body: KindBody, viewer: Viewer = works, if_match: str | None = Header(None)
    ) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await reclassify_case(
                tx, context.copies, ident, kind=body.kind, category=body.category, cause=body.cause,
                reason=body.reason, viewer=signed_in(viewer).member,
                expected_version=expected_version(if_match), now=context.now(),
            )  # fmt: skip
        return changed(moved)


def _telling(api: APIRouter, context: Context, works: Any) -> None:
    @api.post("/{ident}/contacts", status_code=201)
    async def contacts(ident: str, body: ContactBody, viewer: Viewer = works) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await record_contact(
                tx, context.copies, ident, medium=body.medium, text=body.text, contacted_at=body.contacted_at,
                progress=body.progress, reached=body.reached, viewer=signed_in(viewer).member, now=context.now(),
            )  # fmt: skip
        return changed(moved, 201)

    @api.post("/{ident}/notes", status_code=201)
    async def notes(ident: str, body: NoteBody, viewer: Viewer = works) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await add_note(
                tx, context.copies, ident, text=body.text, viewer=signed_in(viewer).member, now=context.now()
            )
        return changed(moved, 201, told=list(moved.told), nobody=list(moved.nobody))

    @api.post("/{ident}/raise")
    async def raised(ident: str, body: RaiseBody, viewer: Viewer = works) -> JSONResponse:
        async with context.database.transaction() as tx:
            moved = await raise_case(
                tx, context.copies, ident, level=body.level, reason=body.reason,
                viewer=signed_in(viewer).member, now=context.now(),
            )  # fmt: skip
        return changed(moved)

    @api.post("/{ident}/tasks", status_code=201)
    async def tasks(ident: str, body: TaskBody, viewer: Viewer = works) -> dict[str, Any]:
        async with context.database.transaction() as tx:
            task = await add_task(
                tx, context.copies, ident, what=body.what, owner=body.owner, due_at=body.due_at,
                viewer=signed_in(viewer).member, now=context.now(),
            )  # fmt: skip
        return {"id": str(task.task_id), "status": task.status, "version": task.version}

    @api.post("/{ident}/tasks/{task_id}")
    async def end_task(ident: str, task_id: UUID, body: TaskEndBody, viewer: Viewer = works) -> dict[str, Any]:
        member, now = signed_in(viewer).member, context.now()
        async with context.database.transaction() as tx:
            if body.status == "done":
                task = await finish_task(tx, context.copies, ident, task_id, viewer=member, now=now)
            else:
                task = await drop_task(tx, context.copies, ident, task_id, reason=body.reason, viewer=member, now=now)
        return {"id": str(task.task_id), "status": task.status, "version": task.version}


def changed(moved: Moved, status: int = 200, **more: Any) -> JSONResponse:
    """Where a case stands after a change; the entity tag is its version. `more` goes with it."""
    body = {"id": str(moved.id), "state": moved.state, "version": moved.version, **more}
    return JSONResponse(body, status, {"etag": f'"{moved.version}"'})
