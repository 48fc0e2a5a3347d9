"""`/desk/call-backs`: who is owed a call, until when, who takes it, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.intake.api.complaints import FILING_ROLES
from services.intake.api.staff import seen_case
from services.intake.filing import clean, invalid
from services.intake.pages.cookies import items_of
from services.intake.phone.call_backs.close_call_back import close_call_back, note_try, take_call_back
from services.intake.phone.call_backs.list_call_backs import PAGE, count_call_backs, list_call_backs
from services.intake.phone.desk_hours import desk_calendar
from services.intake.phone.list_calls import at_desk
from services.intake.phone.take_call import BELL
from services.kit.access import Allow, Viewer, signed_in
from services.kit.database import Transaction
from services.kit.errors import FieldProblem, NotAllowed, NotFound, RedressError
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.web import language_of

SEEING = tuple(sorted({*FILING_ROLES, "line_manager", "executive", "auditor"}))

OUTCOMES: Mapping[str, str] = {
    "reached": N_("Spoken with; nothing to register"),
    "added": N_("It is about an open case"),
    "unreachable": N_("Give up: rung in vain often enough"),
    "needless": N_("They were answered in the meantime"),
    "filed": N_("A case came of it"),
}

DONE = {
    "take": N_("It is yours; the number is shown in full."),
    "tried": N_("The try is noted; the clock runs on."),
    "close": N_("The call back is done."),
}


def call_backs_router(context: Context) -> APIRouter:
    """The list and what is done on it."""
    router = APIRouter(prefix="/desk/call-backs", include_in_schema=False)
    reach = "call-backs; numbers in full only of those they took"
    seeing = Allow(context, *SEEING, scope=reach)
    acting = Allow(context, *FILING_ROLES, scope="call-backs, for the triage unit and the centre")

    @router.get("")
    async def see(request: Request, viewer: Viewer | None = Depends(seeing)) -> Response:
        return await show(request, signed_in(viewer))

    @router.post("/{call_back}")
    async def act(request: Request, call_back: UUID, viewer: Viewer | None = Depends(acting)) -> Response:
        person, form = signed_in(viewer), dict(await request.form())
        what = str(form.get("what") or "")
        try:
            await _allowed(context, person)
            ways: dict[str, Callable[[Transaction], Awaitable[None]]] = {
                "take": lambda tx: take_call_back(tx, call_back, person.staff_id, context.now()),
                "tried": lambda tx: note_try(tx, call_back, person.staff_id, context.now()),
                "close": await _closing(context, person, call_back, form),
            }
            if what not in ways:
                raise invalid([FieldProblem("what", N_("This is no outcome."), N_("Choose one of the list."))])
            async with context.database.transaction() as tx:
                await ways[what](tx)
        except RedressError as problem:
            return await show(request, person, problem)
        context.database.doorbell.ring(BELL)
        return RedirectResponse(f"/desk/call-backs?done={what}", 303)

    async def show(request: Request, viewer: Viewer, problem: RedressError | None = None) -> Response:
        now, lang, database = context.now(), language_of(request), context.database
        bundle = await context.copies.in_force(database, now)
        staff = await context.copies.staff(database)
        done = request.query_params.get("view") == "done"
        lines = await list_call_backs(
            database, context.settings, bundle, staff, viewer, now, done=done, after=_after(request)
        )
        last = lines[-1] if len(lines) == PAGE else None
        said = DONE.get(request.query_params.get("done", "")) if problem is None else None
        return context.web.page(
            request,
            "intake/call_backs.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            lines=lines,
            counts=await count_call_backs(database, now),
            done=done,
            following=_cursor(last.closed_at if done else last.due_at, last.id) if last else "",
            outcomes=OUTCOMES,
            promise=bundle.call_back,
            day_seconds=desk_calendar(bundle)[1].seconds_per_typical_day,
            may_act=viewer.has(*FILING_ROLES) and at_desk(bundle, viewer),
            notice={"kind": "done", "text": translate(lang, said)} if said else None,
            problem=problem,
            items=items_of(problem, lang),
        )

    return router


async def _allowed(context: Context, viewer: Viewer) -> None:
    bundle = await context.copies.in_force(context.database, context.now())
    if not at_desk(bundle, viewer):
        raise NotAllowed(
            N_("Calling back is the task of the complaint centre."), N_("Ask somebody there to take this one.")
        )


async def _closing(
    context: Context, viewer: Viewer, call_back: UUID, form: Mapping[str, Any]
) -> Callable[[Transaction], Awaitable[None]]:
    """Closing with what the form says; the case it names must be within the viewer's scope."""
    outcome, note = (clean(str(form.get(name) or "").replace("\x00", "")) for name in ("outcome", "note"))
    number = clean(str(form.get("case") or "").replace("\x00", ""))
    bundle = await context.copies.in_force(context.database, context.now())
    case_id: UUID | None = None
    if outcome in ("added", "filed"):
        try:
            case_id = (await seen_case(context, number, viewer))[0].case_id
        except NotFound as problem:
            raise invalid([FieldProblem("case", problem.what, problem.remedy)]) from None

    async def close(tx: Transaction) -> None:
        await close_call_back(
            tx, call_back, outcome, by=viewer.staff_id, bundle=bundle, now=context.now(), note=note, case_id=case_id
        )

    return close


def _cursor(at: datetime | None, identifier: UUID) -> str:
    return f"{at.isoformat()}~{identifier}" if at else ""


def _after(request: Request) -> tuple[datetime, UUID] | None:
    """The row after which a page begins; a cursor that is none begins anew."""
    at, _, identifier = request.query_params.get("after", "").replace(" ", "+").partition("~")
    try:
        found = (datetime.fromisoformat(at), UUID(identifier)) if at else None
    except ValueError:
        return None
    return found if found is None or found[0].tzinfo is not None else None
