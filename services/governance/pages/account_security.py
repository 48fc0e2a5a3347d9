"""`/account/second-step` and `/account/sessions`: how I sign in, and where I am signed in."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.governance import ROLES
from services.governance.organisation import organisation_name
from services.governance.pages.account import account_page
from services.governance.pages.frame import form_fields, problem_of, render, see
from services.governance.second_step.change_second_step import replace_recovery_codes, turn_off
from services.governance.second_step.set_up import begin_own_set_up, confirm_set_up, pending_set_up
from services.governance.sessions.end_sessions import end_all_sessions, end_session
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.service import Context


def account_security_router(context: Context) -> APIRouter:
    """Forms of one's own account that touch signing in."""
    router = APIRouter(prefix="/account", include_in_schema=False)
    staff = Allow(context, *ROLES, scope="their own account")
    database, settings = context.database, context.settings

    @router.get("/second-step")
    async def back(viewer: Viewer | None = Depends(staff)) -> Response:
        signed_in(viewer)
        return see("/account")

    @router.post("/second-step")
    async def begin(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who, password = signed_in(viewer), (await form_fields(request)).get("password", "")[:500]
        try:
            setup = await begin_own_set_up(
                database, settings, who.staff_id, password,
                organisation=await organisation_name(context), now=context.now(),
            )  # fmt: skip
        except RedressError as wrong:
            return await account_page(context, request, who, wrong.status, problem_of(request, wrong))
        return await render(context, request, "second_step.html", who, setup=setup, problem=None, codes=None)

    @router.post("/second-step/confirm")
    async def confirm(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who, code = signed_in(viewer), (await form_fields(request)).get("code", "")[:40]
        try:
            async with database.transaction() as tx:
                codes = await confirm_set_up(tx, settings, who.staff_id, code, now=context.now())
        except InvalidInput as wrong:
            organisation = await organisation_name(context)
            async with database.transaction() as tx:
                setup = await pending_set_up(tx, settings, who.staff_id, organisation=organisation)
            problem = problem_of(request, wrong)
            return await render(
                context, request, "second_step.html", who, status=wrong.status, setup=setup, problem=problem, codes=None
            )
        return await render(context, request, "second_step.html", who, setup=None, problem=None, codes=codes)

    @router.post("/second-step/off")
    async def off(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who, code = signed_in(viewer), (await form_fields(request)).get("code", "")[:40]
        try:
            await turn_off(database, settings, who.staff_id, code, session_id=who.session_id, now=context.now())
        except RedressError as wrong:
            return await account_page(context, request, who, wrong.status, problem_of(request, wrong))
        return see("/account", "second-step-off")

    @router.post("/second-step/recovery-codes")
    async def recovery_codes(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who, code = signed_in(viewer), (await form_fields(request)).get("code", "")[:40]
        try:
            codes = await replace_recovery_codes(database, settings, who.staff_id, code, now=context.now())
        except RedressError as wrong:
            return await account_page(context, request, who, wrong.status, problem_of(request, wrong))
        return await render(context, request, "second_step.html", who, setup=None, problem=None, codes=codes)

    @router.post("/sessions/end")
    async def end(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who, wanted = signed_in(viewer), uuid_named((await form_fields(request)).get("session", ""))
        async with database.transaction() as tx:
            await end_session(tx, wanted, who.staff_id, now=context.now(), by=who.staff_id)
        return see("/account", "session-ended")

    @router.post("/sessions/end-all")
    async def end_all(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who = signed_in(viewer)
        async with database.transaction() as tx:
            await end_all_sessions(tx, who.staff_id, now=context.now(), by=who.staff_id, keep=who.session_id)
        return see("/account", "sessions-ended")

    return router


def uuid_named(text: str) -> UUID:
    """The session or leave a form names; one that cannot be when it names none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
