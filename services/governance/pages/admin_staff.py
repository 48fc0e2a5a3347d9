"""`/admin/staff`: find, add and change members of staff."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.governance import ROLES
from services.governance.add_staff import NewMember, add_staff
from services.governance.change_staff import StaffChange, change_staff, reset_password, set_duty
from services.governance.list_staff import list_staff, read_member
from services.governance.pages.frame import form_choices, form_fields, problem_of, render, see
from services.governance.passwords import fresh_password
from services.governance.second_step.read_second_step import read_second_step
from services.governance.sessions.list_sessions import list_sessions
from services.governance.words import ROLES_EXPLAINED, ROLES_SHOWN
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import RedressError
from services.kit.service import Context
from services.kit.thai import parse_digits


def staff_admin_router(context: Context) -> APIRouter:
    """The list, the form for a new member, the page of one member."""
    router = APIRouter(prefix="/admin/staff", include_in_schema=False)
    overseer = Allow(context, "administrator", "auditor", scope="every member of staff")
    administrator = Allow(context, "administrator", scope="every member of staff")
    pages = StaffPages(context)

    @router.get("")
    async def everybody(
        request: Request,
        viewer: Viewer | None = Depends(overseer),
        words: str = "",
        unit: str = "",
        role: str = "",
        after: str = "",
    ) -> Response:
        wanted = {"words": words.strip()[:100], "unit": unit[:60], "role": role[:30]}
        return await pages.everybody(request, signed_in(viewer), wanted, after.replace("\x00", "")[:100])

    @router.get("/new")
    async def form(request: Request, viewer: Viewer | None = Depends(administrator)) -> Response:
        return await pages.form(request, signed_in(viewer), {"capacity": "20"}, [])

    @router.post("/new")
    async def add(request: Request, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, fields, roles = signed_in(viewer), await form_fields(request), await form_choices(request, "roles")
        password, now = fresh_password(), context.now()
        new = NewMember(
            fields.get("username", "").strip().lower(),
            fields.get("display_name", "").strip().replace("\x00", ""),
            fields.get("unit", ""),
            tuple(roles),
            password,
            number(fields.get("capacity", "")),
            fields.get("email", "").strip() or None,
        )
        try:
            bundle = await context.copies.in_force(context.database, now)
            async with context.database.transaction() as tx:
                await add_staff(tx, new, bundle, now=now, by=who.staff_id)
        except RedressError as wrong:
            return await pages.form(request, who, fields, roles, wrong.status, problem_of(request, wrong))
        return await pages.member(request, who, new.username, password=password, added=True)

    @router.get("/member/{username}")
    async def member(request: Request, username: str, viewer: Viewer | None = Depends(overseer)) -> Response:
        return await pages.member(request, signed_in(viewer), username)

    @router.post("/member/{username}")
    async def change(request: Request, username: str, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, fields, roles = signed_in(viewer), await form_fields(request), await form_choices(request, "roles")
        wanted = StaffChange(
            display_name=fields.get("display_name", "").strip().replace("\x00", ""),
            unit=fields.get("unit", ""),
            roles=tuple(roles),
            capacity=number(fields.get("capacity", "")),
            email=fields.get("email", "").strip(),
        )
        return await settle(request, who, username, wanted, "saved", {**fields, "roles": roles})

    @router.post("/member/{username}/account")
    async def account(request: Request, username: str, viewer: Viewer | None = Depends(administrator)) -> Response:
        active = (await form_fields(request)).get("active") == "true"
        done = "enabled" if active else "disabled"
        return await settle(request, signed_in(viewer), username, StaffChange(active=active), done)

    @router.post("/member/{username}/duty")
    async def duty(request: Request, username: str, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, on_duty = signed_in(viewer), (await form_fields(request)).get("on_duty") == "true"
        async with context.database.transaction() as tx:
            await set_duty(tx, username, on_duty, now=context.now(), by=who.staff_id)
        return see(f"/admin/staff/member/{username}", "on-duty" if on_duty else "off-duty")

    @router.post("/member/{username}/password")
    async def reset(request: Request, username: str, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, password = signed_in(viewer), fresh_password()
        async with context.database.transaction() as tx:
            await reset_password(tx, username, password, now=context.now(), by=who.staff_id)
        return await pages.member(request, who, username, password=password)

    async def settle(
        request: Request, who: Viewer, username: str, wanted: StaffChange, done: str, typed: Any = None
    ) -> Response:
        now = context.now()
        try:
            bundle = await context.copies.in_force(context.database, now)
            async with context.database.transaction() as tx:
                await change_staff(tx, username, wanted, bundle, now=now, by=who.staff_id)
        except RedressError as wrong:
            return await pages.member(
                request, who, username, wrong.status, typed=typed, problem=problem_of(request, wrong)
            )
        return see(f"/admin/staff/member/{username}", done)

    return router


def number(text: str) -> int:
    """A whole number as typed, in either digits; 0 when it is none."""
    digits = parse_digits(text).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0


class StaffPages:
    """The pages that forms come back to."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def _render(
        self, request: Request, template: str, viewer: Viewer, status: int = 200, **data: Any
    ) -> Response:
        bundle = await self.context.copies.in_force(self.context.database, self.context.now())
        return await render(
            self.context,
            request,
            template,
            viewer,
            status=status,
            units=bundle.units,
            bundle=bundle,
            roles=ROLES,
            roles_shown=ROLES_SHOWN,
            roles_explained=ROLES_EXPLAINED,
            may_change=viewer.has("administrator"),
            **data,
        )

    async def everybody(self, request: Request, viewer: Viewer, wanted: dict[str, str], after: str) -> Response:
        """The list, by user name."""
        found, following = await list_staff(
            self.context.database, words=wanted["words"], unit=wanted["unit"], role=wanted["role"], after=after
        )
        next_page = f"?{urlencode({**wanted, 'after': following})}" if following else ""
        first_page = f"?{urlencode(wanted)}" if after else ""
        return await self._render(
            request, "admin_staff.html", viewer, found=found, wanted=wanted, next_page=next_page, first_page=first_page
        )

    async def form(
        self,
        request: Request,
        viewer: Viewer,
        typed: dict[str, str],
        chosen: list[str],
        status: int = 200,
        problem: Any = None,
    ) -> Response:
        """The form for a new member, with what was typed."""
        return await self._render(
            request, "admin_staff_new.html", viewer, status, typed=typed, chosen=chosen, problem=problem
        )

    async def member(
        self,
        request: Request,
        viewer: Viewer,
        username: str,
        status: int = 200,
        *,
        typed: Any = None,
        problem: Any = None,
        password: str = "",
        added: bool = False,
    ) -> Response:
        """One member: what they are, what can be changed; a new password is shown here once."""
        found = await read_member(self.context.database, username)
        as_typed = typed or {
            "display_name": found.display_name,
            "unit": found.unit,
            "roles": list(found.roles),
            "capacity": str(found.capacity),
            "email": found.email or "",
        }
        return await self._render(
            request,
            "admin_staff_member.html",
            viewer,
            status,
            member=found,
            typed=as_typed,
            problem=problem,
            password=password,
            added=added,
            second_step=await read_second_step(self.context.database, self.context.settings, found.staff_id),
            sessions=await list_sessions(self.context.database, found.staff_id, self.context.now()),
        )
