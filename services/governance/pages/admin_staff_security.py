"""`/admin/staff/member/…/second-step` and `…/sessions`: what an administrator does about somebody's signing in."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.governance.change_staff import find_staff
from services.governance.pages.account_security import uuid_named
from services.governance.pages.frame import form_fields, see
from services.governance.second_step.change_second_step import take_away
from services.governance.sessions.end_sessions import end_all_sessions, end_session
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.kit.service import Context


def staff_security_router(context: Context) -> APIRouter:
    """Forms of the page of one member that touch signing in."""
    router = APIRouter(prefix="/admin/staff/member", include_in_schema=False)
    administrator = Allow(context, "administrator", scope="every member of staff")

    @router.post("/{username}/second-step")
    async def second_step(username: str, viewer: Viewer | None = Depends(administrator)) -> Response:
        who = signed_in(viewer)
        async with context.database.transaction() as tx:
            if not await take_away(tx, username, now=context.now(), by=who.staff_id):
                raise Conflict(N_("No authenticator app is set up."), N_("There is nothing to take away."))
        return see(f"/admin/staff/member/{username}", "second-step-taken")

    @router.post("/{username}/sessions")
    async def sessions(request: Request, username: str, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, wanted = signed_in(viewer), (await form_fields(request)).get("session", "")
        async with context.database.transaction() as tx:
            account = await find_staff(tx, username)
            if wanted:
                named = uuid_named(wanted)
                await end_session(tx, named, account.staff_id, now=context.now(), by=who.staff_id)
            else:
                await end_all_sessions(tx, account.staff_id, now=context.now(), by=who.staff_id)
        return see(f"/admin/staff/member/{username}", "session-ended" if wanted else "all-sessions-ended")

    return router
