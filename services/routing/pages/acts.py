"""`/cases/…/acts/…` and `/cases/…/tasks/…`: what is done with a case beside the steps of its life."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.kit.access import Allow, Viewer, signed_in
from services.kit.database import Transaction
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.routing.add_note import Noted
from services.routing.api import SCOPE, WORKERS
from services.routing.change_task import drop_task, finish_task
from services.routing.form_reading import read
from services.routing.forms import Filled
from services.routing.pages.sight import (
    REFUSED,
    FormView,
    Sight,
    after_change,
    asked_for,
    show_form,
    sight_of,
    typed_in,
    version_in,
)
from services.routing.side_forms import ACTS, DROP_TASK, Act, Doing, offered
from services.routing.suggest.on_forms import hinted
from services.routing.transition_case import case_in_scope


def act_routes(context: Context) -> APIRouter:
    """The forms beside the case."""
    routes = APIRouter(prefix="/cases", include_in_schema=False)
    working = Allow(context, *WORKERS, scope=SCOPE)
    _acting(routes, context, working)
    _tasks(routes, context, working)
    return routes


def _acting(routes: APIRouter, context: Context, working: Allow) -> None:
    @routes.get("/{ident}/acts/{code}")
    async def show(request: Request, ident: str, code: str, viewer: Viewer | None = Depends(working)) -> Response:
        act = _act(code)
        sight = await sight_of(context, request, signed_in(viewer), ident)
        view = _view(sight, act)
        return show_form(sight, replace(view, hint=await hinted(context.database, sight, view.hint, act.code)))

    @routes.post("/{ident}/acts/{code}")
    async def do(request: Request, ident: str, code: str, viewer: Viewer | None = Depends(working)) -> Response:
        who, act = signed_in(viewer), _act(code)
        typed, seen = await typed_in(request), await version_in(request)
        try:
            async with context.database.transaction() as tx:
                filled = await _filled(tx, context, ident, act, typed, who)
                did = await act.run(Doing(tx, context.copies, ident, filled, who.member, seen, context.now()))
                told = {"told": " ".join(did.told), "nobody": " ".join(did.nobody)} if isinstance(did, Noted) else {}
                return await after_change(tx, context, ident, who, code, **told)
        except REFUSED as problem:
            error: RedressError = problem
        sight = await sight_of(context, request, who, ident)
        return show_form(sight, replace(_view(sight, act), typed=typed, error=error, seen=seen))


async def _filled(
    tx: Transaction, context: Context, ident: str, act: Act, typed: dict[str, str], viewer: Viewer
) -> Filled:
    now = context.now()
    case, bundle = await case_in_scope(tx, context.copies, ident, viewer.member, now, lock=False)
    return read(act.form, typed, case, bundle, now)


def _act(code: str) -> Act:
    act = ACTS.get(code)
    if act is None:
        raise NotFound(N_("There is no such page."), N_("Check the address, or start from the first page."))
    return act


def initial_of(sight: Sight, act: Act) -> dict[str, Any]:
    """What the form holds before anything was typed."""
    values = {name: value for name, value in act.initial(sight.found.case).items() if value is not None}
    # What a link to the form fills in, such as the number of the other case.
    values |= asked_for(sight, act.form)
    return {**values, "gist": sight.found.filed.gist} if act.code == "gist" else values


def _view(sight: Sight, act: Act) -> FormView:
    case = sight.found.case
    lang = sight.lang
    return FormView(
        title=translate(lang, act.title),
        button=translate(lang, act.button),
        action=f"{sight.address}/acts/{act.code}",
        form=act.form,
        icon=act.icon,
        typed=initial_of(sight, act),
        closed=not offered(act, case, sight.member, sight.bundle),
    )


def _tasks(routes: APIRouter, context: Context, working: Allow) -> None:
    @routes.post("/{ident}/tasks/{task_id}/done")
    async def finish(request: Request, ident: str, task_id: UUID, viewer: Viewer | None = Depends(working)) -> Response:
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            await finish_task(tx, context.copies, ident, task_id, viewer=who.member, now=context.now())
            return await after_change(tx, context, ident, who, "task-done")

    @routes.get("/{ident}/tasks/{task_id}/drop")
    async def ask(request: Request, ident: str, task_id: UUID, viewer: Viewer | None = Depends(working)) -> Response:
        sight = await sight_of(context, request, signed_in(viewer), ident)
        return show_form(sight, _dropping(sight, task_id))

    @routes.post("/{ident}/tasks/{task_id}/drop")
    async def drop(request: Request, ident: str, task_id: UUID, viewer: Viewer | None = Depends(working)) -> Response:
        who, typed = signed_in(viewer), await typed_in(request)
        try:
            async with context.database.transaction() as tx:
                await drop_task(
                    tx, context.copies, ident, task_id,
                    reason=typed.get("reason"), viewer=who.member, now=context.now(),
                )  # fmt: skip
                return await after_change(tx, context, ident, who, "task-dropped")
        except REFUSED as problem:
            error: RedressError = problem
        sight = await sight_of(context, request, who, ident)
        return show_form(sight, replace(_dropping(sight, task_id), typed=typed, error=error))


def _dropping(sight: Sight, task_id: UUID) -> FormView:
    task = next((task for task in sight.found.tasks if task.id == task_id), None)
    if task is None:
        raise NotFound(N_("The case has no such task."), N_("Read the case again."))
    return FormView(
        title=translate(sight.lang, N_("Drop a task")),
        button=translate(sight.lang, N_("Drop the task")),
        action=f"{sight.address}/tasks/{task_id}/drop",
        form=DROP_TASK,
        icon="stop",
        hint=task.what,
        closed=task.status != "open",
    )
