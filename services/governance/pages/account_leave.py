"""`/account/leave` and `/account/people`: my leave, and duty and leave of the people I lead."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.governance import ROLES, StaffMember
from services.governance.change_staff import set_duty
from services.governance.leave.cancel_leave import cancel_leave
from services.governance.leave.list_leave import colleagues_of, list_leave, people_of
from services.governance.leave.note_leave import account_within, leave_typed, note_leave
from services.governance.leave.rules import LEADERS
from services.governance.list_staff import read_member
from services.governance.pages.account_security import uuid_named
from services.governance.pages.frame import form_fields, problem_of, render, see
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput
from services.kit.service import Context


def account_leave_router(context: Context) -> APIRouter:
    """The pages of leave."""
    router = APIRouter(prefix="/account", include_in_schema=False)
    staff = Allow(
        context, *ROLES, scope="their own leave; leaders and administrators also that of the people they lead"
    )
    leader = Allow(
        context, *LEADERS, "administrator", scope="people of their own unit and below; administrators everybody"
    )

    async def leave_page(
        request: Request, viewer: StaffMember, who: Viewer, username: str, status: int = 200, **data: Any
    ) -> Response:
        bundle = await context.copies.in_force(context.database, context.now())
        async with context.database.transaction() as tx:
            await account_within(tx, username, bundle, viewer)
        member = await read_member(context.database, username)
        given: dict[str, Any] = {"typed": {}, "problem": None, **data}
        return await render(
            context, request, "leave.html", who, status=status, member=member, own=member.staff_id == viewer.staff_id,
            leave=(await list_leave(context.database, [member.staff_id], context.now())).get(member.staff_id, ()),
            colleagues=await colleagues_of(context.database, member.staff_id), **given,
        )  # fmt: skip

    @router.get("/people")
    async def people(request: Request, viewer: Viewer | None = Depends(leader), after: str = "") -> Response:
        who, now = signed_in(viewer), context.now()
        bundle = await context.copies.in_force(context.database, now)
        found, following = await people_of(
            context.database, who.member, bundle, now, after=after.replace("\x00", "")[:100]
        )
        next_page = f"?{urlencode({'after': following})}" if following else ""
        return await render(
            context,
            request,
            "people.html",
            who,
            people=found,
            next_page=next_page,
            continued=bool(after),
            sees_load=who.has(*LEADERS),
        )  # fmt: skip

    @router.post("/people/{username}/duty")
    async def duty(request: Request, username: str, viewer: Viewer | None = Depends(leader)) -> Response:
        who, on_duty = signed_in(viewer), (await form_fields(request)).get("on_duty") == "true"
        bundle = await context.copies.in_force(context.database, context.now())
        async with context.database.transaction() as tx:
            await account_within(tx, username, bundle, who.member)
            await set_duty(tx, username, on_duty, now=context.now(), by=who.staff_id)
        return see("/account/people", "on-duty" if on_duty else "off-duty")

    @router.get("/leave/{username}")
    async def show(request: Request, username: str, viewer: Viewer | None = Depends(staff)) -> Response:
        who = signed_in(viewer)
        return await leave_page(request, who.member, who, username)

    @router.post("/leave/{username}")
    async def note(request: Request, username: str, viewer: Viewer | None = Depends(staff)) -> Response:
        who, fields, now = signed_in(viewer), await form_fields(request), context.now()
        bundle = await context.copies.in_force(context.database, now)
        try:
            wanted = leave_typed(fields)
            async with context.database.transaction() as tx:
                await note_leave(tx, username, wanted, bundle, viewer=who.member, now=now)
        except InvalidInput as wrong:
            return await leave_page(
                request, who.member, who, username, wrong.status, typed=fields, problem=problem_of(request, wrong)
            )
        return see(f"/account/leave/{username}", "leave-noted")

    @router.post("/leave/{username}/cancel")
    async def cancel(request: Request, username: str, viewer: Viewer | None = Depends(staff)) -> Response:
        who, fields, now = signed_in(viewer), await form_fields(request), context.now()
        bundle = await context.copies.in_force(context.database, now)
        leave_id: UUID = uuid_named(fields.get("leave", ""))
        async with context.database.transaction() as tx:
            await cancel_leave(tx, username, leave_id, bundle, viewer=who.member, now=now)
        return see(f"/account/leave/{username}", "leave-cancelled")

    return router
