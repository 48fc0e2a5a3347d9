"""`/account`: who I am here, my duty, my password, how I sign in and where I am signed in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.governance import ROLES
from services.governance.change_own_password import change_own_password
from services.governance.change_staff import set_duty
from services.governance.leave.list_leave import list_leave
from services.governance.leave.rules import LEADERS
from services.governance.list_staff import read_member
from services.governance.pages.frame import form_fields, problem_of, render, see
from services.governance.second_step.read_second_step import read_second_step
from services.governance.sessions.list_sessions import list_sessions
from services.governance.words import ROLES_EXPLAINED, ROLES_SHOWN
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput
from services.kit.service import Context


def account_router(context: Context) -> APIRouter:
    """One's own account."""
    router = APIRouter(prefix="/account", include_in_schema=False)
    staff = Allow(context, *ROLES, scope="their own account")

    @router.get("")
    async def show(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        return await account_page(context, request, signed_in(viewer))

    @router.post("/duty")
    async def duty(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who = signed_in(viewer)
        on_duty = (await form_fields(request)).get("on_duty") == "true"
        async with context.database.transaction() as tx:
            await set_duty(tx, who.member.username, on_duty, now=context.now(), by=who.staff_id)
        return see("/account", "on-duty" if on_duty else "off-duty")

    @router.post("/password")
    async def password(request: Request, viewer: Viewer | None = Depends(staff)) -> Response:
        who, fields = signed_in(viewer), await form_fields(request)
        try:
            await change_own_password(
                context.database,
                who.staff_id,
                fields.get("present", "")[:500],
                fields.get("new", "")[:500],
                session_id=who.session_id,
                now=context.now(),
            )
        except InvalidInput as wrong:
            return await account_page(context, request, who, wrong.status, problem_of(request, wrong))
        return see("/account", "password")

    return router


async def account_page(
    context: Context, request: Request, viewer: Viewer, status: int = 200, problem: object = None, **data: Any
) -> Response:
    """The page of one's own account, with what is wrong with a form of it."""
    return await render(
        context,
        request,
        "account.html",
        viewer,
        status=status,
        problem=problem,
        member=await read_member(context.database, viewer.member.username),
        second_step=await read_second_step(context.database, context.settings, viewer.staff_id),
        sessions=await list_sessions(context.database, viewer.staff_id, context.now()),
        leave=(await list_leave(context.database, [viewer.staff_id], context.now())).get(viewer.staff_id, ()),
        leads_people=viewer.has(*LEADERS, "administrator"),
        present_session=viewer.session_id,
        roles_shown=ROLES_SHOWN,
        roles_explained=ROLES_EXPLAINED,
        **data,
    )
