"""The HTTP API of service recovery: `/api/v1/recoveries`, as for cases."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from schemas.governance import ROLES
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.web import language_of
from services.reporting.recovery.allowed import StepNotAllowed
from services.reporting.recovery.keep_tasks import add_task, end_task
from services.reporting.recovery.link_complaint import link_complaint
from services.reporting.recovery.list_recoveries import list_recoveries
from services.reporting.recovery.open_recovery import open_recovery
from services.reporting.recovery.record import Record
from services.reporting.recovery.record_notice import record_notice
from services.reporting.recovery.show_recovery import as_json, item, show_recovery
from services.reporting.recovery.take_step import take_step

READERS = tuple(role for role in ROLES if role != "privacy")
ACTING = tuple(role for role in READERS if role not in ("auditor", "administrator"))
"""Whoever takes steps: the table says who takes which; an auditor reads and changes nothing."""
OPENERS = ("officer", "supervisor", "centre", "unit_head", "line_manager", "integrity")
"""Who opens records, also before anybody complains."""

Body = dict[str, Any]
IfMatch = Annotated[str | None, Header(description="The version that was read; stale answers 412")]


class StepAsked(BaseModel):
    """A step to take; `fields` by the JSON Schema that `allowed` gives."""

    model_config = ConfigDict(extra="forbid")

    to: str
    reason: str | None = None
    fields: Body = Field(default_factory=dict)


class ComplaintNamed(BaseModel):
    """The complaint to link."""

    tracking_number: Annotated[str, Field(min_length=1, max_length=40)]


class TaskEnded(BaseModel):
    """What became of a task."""

    status: str


def router(context: Context) -> APIRouter:
    """The routes of `/api/v1/recoveries`."""
    routes = APIRouter(prefix="/api/v1/recoveries", tags=["recoveries"])
    reading = Allow(context, *READERS, scope="records of one's own unit and below, of one's cases and decisions")
    acting = Allow(context, *ACTING, scope="records within one's scope; who takes which step is the table's to say")
    opening = Allow(context, *OPENERS, scope="a record of one's own unit or below; the complaint centre: of any")
    _reading_routes(routes, context, reading)
    _acting_routes(routes, context, acting, opening)
    _side_routes(routes, context, acting)
    return routes


def _reading_routes(routes: APIRouter, context: Context, reading: Allow) -> None:
    database, copies = context.database, context.copies

    @routes.get("")
    async def many(
        state: str | None = None,
        unit: str | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        viewer: Viewer | None = Depends(reading),
    ) -> Body:
        """Records within one's scope, newest first."""
        who = signed_in(viewer)
        async with database.transaction() as tx:
            bundle = await copies.in_force(tx, context.now())
            page = await list_recoveries(tx, bundle, who.member, state=state, unit=unit, cursor=cursor, limit=limit)
        return {"items": [item(record) for record in page.records], "next_cursor": page.next_cursor}

    @routes.get("/{ident}")
    async def one(request: Request, ident: str, response: Response, viewer: Viewer | None = Depends(reading)) -> Body:
        """One record by its id or number, with the steps that lead on and its timeline."""
        return await _told(context, request, response, ident, signed_in(viewer))


def _acting_routes(routes: APIRouter, context: Context, acting: Allow, opening: Allow) -> None:
    database, copies = context.database, context.copies

    @routes.post("", status_code=201)
    async def open_one(
        request: Request,
        given: Body,
        response: Response,
        viewer: Viewer | None = Depends(opening),
        idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
    ) -> Body:
        """Open a record; with an `Idempotency-Key` a repeat finds the one that stands (200)."""
        who = signed_in(viewer)
        async with database.transaction() as tx:
            record, new = await open_recovery(
                tx, copies, given, viewer=who.member, now=context.now(), once=idempotency_key
            )
        response.status_code = 201 if new else 200
        return await _told(context, request, response, record.id, who)

    @routes.post("/{ident}/transitions")
    async def move(
        request: Request,
        ident: str,
        asked: StepAsked,
        response: Response,
        viewer: Viewer | None = Depends(acting),
        if_match: IfMatch = None,
    ) -> Body:
        """Take a step: 409 with what is allowed, 412 when stale, 422 naming fields."""
        who = signed_in(viewer)
        expected = version_in(if_match)
        try:
            async with database.transaction() as tx:
                record = await take_step(
                    tx,
                    copies,
                    ident,
                    to=asked.to,
                    fields=asked.fields,
                    reason=asked.reason,
                    viewer=who.member,
                    expected_version=expected,
                    now=context.now(),
                )
        except StepNotAllowed as refused:
            raise refused.in_words(language_of(request)) from None
        return _moved(record, response)


def _side_routes(routes: APIRouter, context: Context, acting: Allow) -> None:
    database, copies = context.database, context.copies

    @routes.post("/{ident}/tasks", status_code=201)
    async def task(
        ident: str, given: Body, response: Response, viewer: Viewer | None = Depends(acting), if_match: IfMatch = None
    ) -> Body:
        """Add a task with its owner and due date."""
        who, expected = signed_in(viewer), version_in(if_match)
        async with database.transaction() as tx:
            record = await add_task(
                tx, copies, ident, given, viewer=who.member, expected_version=expected, now=context.now()
            )
        return _moved(record, response)

    @routes.post("/{ident}/tasks/{task_id}")
    async def end(
        ident: str,
        task_id: UUID,
        given: TaskEnded,
        response: Response,
        viewer: Viewer | None = Depends(acting),
        if_match: IfMatch = None,
    ) -> Body:
        """Finish (`done`) or drop (`dropped`) a task."""
        who, expected = signed_in(viewer), version_in(if_match)
        async with database.transaction() as tx:
            record = await end_task(
                tx, copies, ident, task_id, given.status,
                viewer=who.member, expected_version=expected, now=context.now(),
            )  # fmt: skip
        return _moved(record, response)

    @routes.post("/{ident}/complaints", status_code=201)
    async def link(
        ident: str,
        named: ComplaintNamed,
        response: Response,
        viewer: Viewer | None = Depends(acting),
        if_match: IfMatch = None,
    ) -> Body:
        """Link a complaint about the same incident."""
        who, expected = signed_in(viewer), version_in(if_match)
        async with database.transaction() as tx:
            record = await link_complaint(
                tx, copies, ident, named.tracking_number,
                viewer=who.member, expected_version=expected, now=context.now(),
            )  # fmt: skip
        return _moved(record, response)

    @routes.post("/{ident}/notices", status_code=201)
    async def notice(
        ident: str, given: Body, response: Response, viewer: Viewer | None = Depends(acting), if_match: IfMatch = None
    ) -> Body:
        """Keep a batch of notifications of an abnormal situation."""
        who, expected = signed_in(viewer), version_in(if_match)
        async with database.transaction() as tx:
            record = await record_notice(
                tx, copies, ident, given, viewer=who.member, expected_version=expected, now=context.now()
            )
        return _moved(record, response)


async def _told(context: Context, request: Request, response: Response, ident: str | UUID, viewer: Viewer) -> Body:
    now = context.now()
    async with context.database.transaction() as tx:
        shown = await show_recovery(tx, context.copies, ident, viewer.member, now)
    response.headers["etag"] = f'"{shown.record.version}"'
    return as_json(shown, language_of(request), now)


def _moved(record: Record, response: Response) -> Body:
    response.headers["etag"] = f'"{record.version}"'
    return {"id": str(record.id), "state": record.state, "version": record.version}


def version_in(if_match: str | None) -> int | None:
    """The version an `If-Match` header names; None when it names none.

    Raises:
        InvalidInput: it is no version.
    """
    text = (if_match or "").strip().removeprefix("W/").strip('"')
    if not text or text == "*":
        return None
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput(
            N_("The version cannot be read."),
            N_("Send the version that was read in If-Match, such as 3."),
            fields=[FieldProblem("If-Match", N_("This is not a version."), N_("Send the version that was read."))],
        )
    return int(text)
