"""`/desk/load`: how much each officer has to do, and giving cases to somebody else from there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from schemas.governance import StaffMember
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, translate
from services.kit.paging import read_cursor, write_cursor
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.kit.web import language_of, problem_document
from services.routing.assignment import candidates
from services.routing.duty.read_load import LEADERS, OfficerLoad, officers_within, open_cases_of, read_load
from services.routing.duty.reassign_many import reassign_many
from services.routing.lifecycle import STATE_LABELS

REACH = "officers of their own unit and below; the centre and the executive every ordinary unit"


class LoadAnswer(BaseModel):
    """What one officer has to do now. `late` and `this_week` are of the `cases`."""

    username: str
    name: str
    unit: str
    cases: int
    capacity: int
    late: int
    this_week: int
    on_duty: bool
    on_leave: bool
    substitute: str | None


def load_routes(context: Context) -> APIRouter:
    """The page of load, that of one officer, and the call."""
    routes = APIRouter()
    leading = Allow(context, *LEADERS, scope=REACH)

    @routes.get("/desk/load", include_in_schema=False)
    async def load(request: Request, viewer: Viewer | None = Depends(leading)) -> Response:
        who, now = signed_in(viewer), context.now()
        bundle = await context.copies.in_force(context.database, now)
        people = await _load_of(context, who)
        units = list(dict.fromkeys(one.member.unit for one in people))
        return context.web.page(
            request, "routing/load.html", viewer=who, now=now, policy=bundle, zone=bundle.zone,
            groups=[(unit, [one for one in people if one.member.unit == unit]) for unit in units],
            most=max([max(one.cases, one.member.capacity) for one in people], default=1),
            cases=sum(one.cases for one in people), late=sum(one.late for one in people),
            above=sum(one.above for one in people),
        )  # fmt: skip

    @routes.get("/desk/load/{username}", include_in_schema=False)
    async def officer(
        request: Request, username: str, viewer: Viewer | None = Depends(leading), cursor: str | None = None
    ) -> Response:
        return await _officer(context, request, signed_in(viewer), username, cursor)

    @routes.post("/desk/load/{username}", include_in_schema=False)
    async def reassign(request: Request, username: str, viewer: Viewer | None = Depends(leading)) -> Response:
        who, form, now = signed_in(viewer), await request.form(), context.now()
        chosen = [_number_and_version(str(value)) for value in form.getlist("case")]
        reason, owner = str(form.get("reason", "")), str(form.get("owner", ""))
        await _member(context, who, username)
        try:
            async with context.database.transaction() as tx:
                done = await reassign_many(
                    tx, context.copies, chosen, owner=owner or None, reason=reason, viewer=who.member, now=now
                )
        except RedressError as wrong:
            typed = {"reason": reason, "owner": owner, "chosen": {number for number, _ in chosen}}
            return await _officer(context, request, who, username, None, problem=wrong, typed=typed)
        return RedirectResponse(f"/desk/load/{username}?{urlencode({'done': done})}", 303)

    @routes.get("/api/v1/cases/load", tags=["cases"])
    async def listed(viewer: Viewer | None = Depends(leading)) -> list[LoadAnswer]:
        """How much each officer within one's scope has to do now."""
        return [_answer(one) for one in await _load_of(context, signed_in(viewer))]

    return routes


def _answer(one: OfficerLoad) -> LoadAnswer:
    return LoadAnswer(
        username=one.member.username,
        name=one.member.display_name,
        unit=one.member.unit,
        cases=one.cases,
        capacity=one.member.capacity,
        late=one.late,
        this_week=one.this_week,
        on_duty=one.member.on_duty,
        on_leave=one.leave is not None,
        substitute=one.substitute or None,
    )


async def _load_of(context: Context, who: Viewer) -> list[OfficerLoad]:
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    staff = await context.copies.staff(context.database)
    return await read_load(context.database, staff, scope_of(bundle, who.member), bundle, now)


async def _member(context: Context, who: Viewer, username: str) -> tuple[StaffMember, Scope]:
    """An officer within the viewer's scope.

    Raises:
        NotFound: there is none of that user name.
    """
    bundle = await context.copies.in_force(context.database, context.now())
    staff, scope = await context.copies.staff(context.database), scope_of(bundle, who.member)
    found = next((one for one in officers_within(staff, scope, bundle) if one.username == username), None)
    if found is None:
        raise NotFound(N_("No officer of your units has this user name."), N_("/desk/load lists them."))
    return found, scope


async def _officer(
    context: Context,
    request: Request,
    who: Viewer,
    username: str,
    cursor: str | None,
    *,
    problem: RedressError | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    now, lang = context.now(), language_of(request)
    bundle = await context.copies.in_force(context.database, now)
    member, scope = await _member(context, who, username)
    cases, following = await open_cases_of(context.database, member.staff_id, scope, after=read_cursor(cursor))
    staff = await context.copies.staff(context.database)
    others = [one for one in candidates(bundle, staff, member.unit, here_at=now) if one.username != username]
    given = {"notice": _told(request.query_params.get("done", ""), lang)} if "done" in request.query_params else {}
    return context.web.page(
        request, "routing/load_officer.html", viewer=who, now=now, status=problem.status if problem else 200,
        policy=bundle, zone=bundle.zone, member=member, cases=cases, others=others, states=STATE_LABELS,
        typed=typed or {"reason": "", "owner": "", "chosen": set()},
        problem=problem_document(problem, lang, "") if problem else None,
        next_page=f"?{urlencode({'cursor': write_cursor(following)})}" if following else "", continued=bool(cursor),
        **given,
    )  # fmt: skip


def _told(done: str, lang: Any) -> dict[str, str]:
    count = done if done.isascii() and done.isdigit() and len(done) < 4 else "0"
    return {"kind": "done", "text": translate(lang, N_("%(count)s cases have changed hands."), count=count)}


def _number_and_version(value: str) -> tuple[str, int]:
    number, _, version = value.partition("@")
    return number[:40], int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
