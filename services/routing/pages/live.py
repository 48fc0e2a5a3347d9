"""`/cases/…/live` and `/cases/…/writing`: who else has the case open, told to and by the pages that show it."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound
from services.kit.i18n import Lang, translate
from services.kit.scope import scope_of
from services.kit.service import Context
from services.kit.web import event_stream, language_of
from services.routing.api import READERS, SCOPE
from services.routing.case import Case
from services.routing.lifecycle import TABLE
from services.routing.looking.look_at_case import say_writing
from services.routing.looking.watch_case import Watch
from services.routing.queue_search import number_in
from services.routing.side_forms import ACTS
from services.routing.store import find_case_within

STEPS = {row.to: row.label for row in reversed(TABLE) if row.by_staff}


def say_form(code: str, lang: Lang) -> str:
    """What the form of an act (`note`) or a step (`steps/closed`) is called; nothing for one that is not known."""
    kind, _, to = code.partition("/")
    if kind == "steps":
        return translate(lang, STEPS[to]) if to in STEPS else ""
    return translate(lang, ACTS[code].title) if code in ACTS else ""


def live_routes(context: Context) -> APIRouter:
    """The stream to a screen, and what a screen tells."""
    routes = APIRouter(prefix="/cases", include_in_schema=False)
    reading = Allow(context, *READERS, scope=SCOPE)

    @routes.get("/{ident}/live")
    async def live(
        request: Request, ident: str, seen: int = 0, viewer: Viewer | None = Depends(reading)
    ) -> StreamingResponse:
        member = signed_in(viewer).member
        case = await seen_case(context, ident, signed_in(viewer))
        watch = Watch(context, member, case.id, language_of(request), seen or case.version, say_form)
        return event_stream(watch.events())

    @routes.post("/{ident}/writing")
    async def writing(request: Request, ident: str, viewer: Viewer | None = Depends(reading)) -> Response:
        who = signed_in(viewer)
        case = await seen_case(context, ident, who)
        what = str((await request.form()).get("what", ""))
        known = what if say_form(what, "th") else None
        await say_writing(context.database, case.id, who.staff_id, known, context.now())
        return Response(status_code=204)

    return routes


async def seen_case(context: Context, ident: str, viewer: Viewer) -> Case:
    """The case, if it is within the viewer's scope.

    Raises:
        NotFound: there is none, or it is outside their scope.
    """
    policy = await context.copies.in_force(context.database, context.now())
    return await find_case_within(context.database, scope_of(policy, viewer.member), ident)


async def case_address(context: Context, typed: str, viewer: Viewer) -> str | None:
    """Where the case is whose number was typed, however it is spelled, if it is within the viewer's scope."""
    number = number_in(typed)
    if number is None:
        return None
    try:
        await seen_case(context, number, viewer)
    except NotFound:
        return None
    return f"/cases/{number}"
