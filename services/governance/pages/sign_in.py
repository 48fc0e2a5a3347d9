"""`/sign-in` and `/sign-out`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.governance.pages.frame import form_fields, problem_of, render, see
from services.governance.sign_in import SignInRefused, sign_in, sign_out
from services.kit.access import Allow, Viewer
from services.kit.service import Context
from services.kit.tokens import SESSION_HOURS

DESK_ROLES = frozenset({"officer", "approver", "verifier", "supervisor", "centre", "reviewer", "integrity"})
ALERTED = frozenset({"unit_head", "line_manager", "executive"})


def sign_in_router(context: Context) -> APIRouter:
    """The form, and what it posts to."""
    router = APIRouter(include_in_schema=False)
    anybody = Allow(context, scope="their own account, proved by its password", optional=True)

    @router.get("/sign-in")
    async def form(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        target = safe_target(request.query_params.get("next", ""))
        if viewer is not None:
            return see(target or first_page(viewer.member.roles))
        return await render(context, request, "sign_in.html", None, target=target, username="", problem=None)

    @router.post("/sign-in")
    async def start(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        fields = await form_fields(request)
        target, username = safe_target(fields.get("next", "")), fields.get("username", "")[:200]
        try:
            session = await sign_in(
                context.database,
                context.settings.secret,
                username,
                fields.get("password", "")[:500],
                now=context.now(),
            )
        except SignInRefused as refused:
            problem = problem_of(request, refused)
            return await render(
                context, request, "sign_in.html", None, status=401, target=target, username=username, problem=problem
            )
        answer = see(target or first_page(session.roles))
        answer.set_cookie(
            "session",
            session.token,
            max_age=SESSION_HOURS * 3600,
            httponly=True,
            samesite="lax",
            secure=context.settings.secure_cookies,
        )
        return answer

    @router.post("/sign-out")
    async def end(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        if viewer is not None:
            async with context.database.transaction() as tx:
                await sign_out(tx, viewer.session_id, viewer.staff_id, now=context.now())
        answer = see("/sign-in", "signed-out")
        answer.delete_cookie("session", httponly=True, samesite="lax", secure=context.settings.secure_cookies)
        return answer

    return router


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
