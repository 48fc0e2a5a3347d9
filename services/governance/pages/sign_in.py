"""`/sign-in` and `/sign-out`: the password, a code where an app is set up, and setting one up where roles demand it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.governance.organisation import organisation_name
from services.governance.pages.frame import form_fields, problem_of, render, see
from services.governance.second_step.set_up import begin_set_up, pending_set_up
from services.governance.sessions.devices import device_of
from services.governance.sessions.end_sessions import sign_out
from services.governance.sign_in import (
    CodeRefused,
    CodeWanted,
    SetUpWanted,
    SignedIn,
    SignInRefused,
    StepExpired,
    finish_sign_in,
    member_of_step,
    set_up_and_sign_in,
    sign_in,
)
from services.kit.access import Allow, Viewer
from services.kit.errors import InvalidInput
from services.kit.service import Context
from services.kit.tokens import SESSION_HOURS

DESK_ROLES = frozenset({"officer", "approver", "verifier", "supervisor", "centre", "reviewer", "integrity"})
ALERTED = frozenset({"unit_head", "line_manager", "executive"})


def sign_in_router(context: Context) -> APIRouter:
    """The form, and what it posts to."""
    router = APIRouter(include_in_schema=False)
    anybody = Allow(context, scope="their own account, proved by its password", optional=True)
    pages = SignInPages(context)

    @router.get("/sign-in")
    async def form(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        target = safe_target(request.query_params.get("next", ""))
        if viewer is not None:
            return see(target or first_page(viewer.member.roles))
        return await pages.show(request, "sign_in.html", target=target, username="")

    @router.post("/sign-in")
    async def start(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        return await pages.password(request, await form_fields(request))

    @router.get("/sign-in/code")
    @router.get("/sign-in/set-up")
    async def begin_again(viewer: Viewer | None = Depends(anybody)) -> Response:
        return see("/sign-in")

    @router.post("/sign-in/code")
    async def code(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        return await pages.code(request, await form_fields(request))

    @router.post("/sign-in/set-up")
    async def set_up(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        return await pages.set_up(request, await form_fields(request))

    @router.post("/sign-out")
    async def end(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        if viewer is not None:
            async with context.database.transaction() as tx:
                await sign_out(tx, viewer.session_id, viewer.staff_id, now=context.now())
        answer = see("/sign-in", "signed-out")
        answer.delete_cookie("session", httponly=True, samesite="lax", secure=context.settings.secure_cookies)
        return answer

    return router


class SignInPages:
    """The steps of signing in, each a page that posts to the next."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def show(self, request: Request, template: str, status: int = 200, **data: Any) -> Response:
        """A page of signing in."""
        given = {"problem": None, **data}
        return await render(self.context, request, template, None, status=status, **given)

    async def password(self, request: Request, fields: dict[str, str]) -> Response:
        """User name and password."""
        context = self.context
        target, username = safe_target(fields.get("next", "")), fields.get("username", "")[:200]
        try:
            session = await sign_in(
                context.database,
                context.settings,
                username,
                fields.get("password", "")[:500],
                device=device_of(request.headers.get("user-agent")),
                now=context.now(),
            )
        except SignInRefused as refused:
            problem = problem_of(request, refused)
            return await self.show(request, "sign_in.html", 401, target=target, username=username, problem=problem)
        except CodeWanted as wanted:
            return await self.show(request, "sign_in_code.html", step=wanted.step, target=target)
        except SetUpWanted as wanted:
            now, organisation = context.now(), await organisation_name(context)
            async with context.database.transaction() as tx:
                staff_id = await member_of_step(tx, context.settings, wanted.step, now)
                setup = await begin_set_up(tx, context.settings, staff_id, organisation=organisation, now=now)
            return await self.show(request, "sign_in_set_up.html", step=wanted.step, target=target, setup=setup)
        return self._with_cookie(self._onward(session, target), session)

    async def code(self, request: Request, fields: dict[str, str]) -> Response:
        """The code of the app, or a recovery code."""
        context, target = self.context, safe_target(fields.get("next", ""))
        try:
            session = await finish_sign_in(
                context.database,
                context.settings,
                fields.get("step", "")[:2000],
                fields.get("code", "")[:40],
                device=device_of(request.headers.get("user-agent")),
                now=context.now(),
            )
        except CodeRefused as refused:
            problem = problem_of(request, refused)
            return await self.show(request, "sign_in_code.html", 401, step=refused.step, target=target, problem=problem)
        except StepExpired as late:
            return await self._from_the_start(request, target, late)
        return self._with_cookie(self._onward(session, target), session)

    async def set_up(self, request: Request, fields: dict[str, str]) -> Response:
        """The first code of an app that the roles demand."""
        context, target, step = self.context, safe_target(fields.get("next", "")), fields.get("step", "")[:2000]
        try:
            session, codes = await set_up_and_sign_in(
                context.database,
                context.settings,
                step,
                fields.get("code", "")[:40],
                device=device_of(request.headers.get("user-agent")),
                now=context.now(),
            )
        except StepExpired as late:
            return await self._from_the_start(request, target, late)
        except InvalidInput as wrong:
            organisation = await organisation_name(context)
            async with context.database.transaction() as tx:
                staff_id = await member_of_step(tx, context.settings, step, context.now())
                setup = await pending_set_up(tx, context.settings, staff_id, organisation=organisation)
            problem = problem_of(request, wrong)
            return await self.show(
                request, "sign_in_set_up.html", 422, step=step, target=target, setup=setup, problem=problem
            )
        onward = target or first_page(session.roles)
        page = await self.show(request, "sign_in_set_up.html", codes=codes, onward=onward, setup=None)
        return self._with_cookie(page, session)

    async def _from_the_start(self, request: Request, target: str, late: StepExpired) -> Response:
        problem = problem_of(request, late)
        return await self.show(request, "sign_in.html", 401, target=target, username="", problem=problem)

    def _onward(self, session: SignedIn, target: str) -> Response:
        if session.set_up_until is not None:
            return see("/account", "second-step-due")
        return see(target or first_page(session.roles))

    def _with_cookie(self, answer: Response, session: SignedIn) -> Response:
        answer.set_cookie(
            "session",
            session.token,
            max_age=SESSION_HOURS * 3600,
            httponly=True,
            samesite="lax",
            secure=self.context.settings.secure_cookies,
        )
        return answer


def safe_target(address: str) -> str:
    """Where to go after signing in: a path of this site, or nothing. Never another host, whatever its disguise."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return ""
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in address) or len(address) > 2000:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-in", "/sign-out")):
        return ""
    return address


def first_page(roles: Sequence[str]) -> str:
    """Where a member of staff starts: the desk, the alerts of a manager, requests about data, or administration."""
    if not ALERTED.isdisjoint(roles):
        return "/alerts"
    if not DESK_ROLES.isdisjoint(roles):
        return "/desk"
    if "privacy" in roles:
        return "/admin/data-requests"
    return "/admin" if "administrator" in roles else "/reports"
