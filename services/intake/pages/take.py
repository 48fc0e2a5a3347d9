"""`/desk/phone`, `/desk/letter`, `/desk/walk-in`: take a call, a letter or a visit in, by keyboard alone.

One form for the three. On the telephone the calls of the agent stand above it and pop up by themselves, the caller's
open cases beside it; what is typed becomes a case, or joins one of theirs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.intake.api.complaints import FILING_ROLES
from services.intake.pages.form import new_once
from services.intake.pages.take_view import BLANK, SCREENS, Screen, TakeView
from services.intake.phone.choose_extension import choose_extension
from services.intake.phone.list_calls import call_of
from services.intake.phone.live import call_changes
from services.intake.phone.settle_call import settle_call
from services.intake.phone.take_call import BELL
from services.intake.serials import Serials
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import RedressError
from services.kit.service import Context
from services.kit.web import event_stream


def take_router(context: Context, serials: Serials) -> APIRouter:
    """The screens on which staff take things in."""
    router = APIRouter(include_in_schema=False)
    view = TakeView(context, serials)
    filing = Allow(context, *FILING_ROLES, scope="file for anybody; the cases of a caller within their scope")
    _calls(router, context, view)
    for channel, address in SCREENS.items():
        _screen(router, view, filing, channel, address)
    return router


def _screen(router: APIRouter, view: TakeView, filing: Allow, channel: str, address: str) -> None:
    @router.get(address, name=f"take {channel}")
    async def blank(
        request: Request, call: str = "", back: str = "", viewer: Viewer | None = Depends(filing)
    ) -> Response:
        return await view.opened(request, signed_in(viewer), channel, call, back)

    @router.post(address, name=f"record {channel}")
    async def record(request: Request, viewer: Viewer | None = Depends(filing)) -> Response:
        return await view.record(request, signed_in(viewer), channel, await request.form())


def _calls(router: APIRouter, context: Context, view: TakeView) -> None:
    own = Allow(context, *FILING_ROLES, scope="their own calls; for the triage unit those that ring for nobody else")
    finding = Allow(context, *FILING_ROLES, scope="the cases of a caller within their scope; no names")

    @router.get("/desk/phone/live")
    async def live(viewer: Viewer | None = Depends(own)) -> Response:
        return event_stream(call_changes(context))

    @router.get("/desk/phone/now")
    async def now(request: Request, call: str = "", viewer: Viewer | None = Depends(own)) -> Response:
        return await view.calls(request, signed_in(viewer), call)

    @router.post("/desk/phone/caller")
    async def caller(request: Request, viewer: Viewer | None = Depends(finding)) -> Response:
        form = await request.form()
        return await view.caller(request, signed_in(viewer), str(form.get("phone") or ""), str(form.get("into") or ""))

    async def done(request: Request, viewer: Viewer, what: str, act: Callable[[], Awaitable[None]]) -> Response:
        try:
            await act()
        except RedressError as problem:
            return await view.show(request, viewer, Screen("phone", dict(BLANK), new_once(), problem=problem))
        return RedirectResponse(f"/desk/phone?done={what}", 303)

    @router.post("/desk/phone/extension")
    async def extension(request: Request, viewer: Viewer | None = Depends(own)) -> Response:
        person, typed = signed_in(viewer), str((await request.form()).get("extension") or "")

        async def act() -> None:
            async with context.database.transaction() as tx:
                await choose_extension(tx, person.staff_id, typed, context.now())

        return await done(request, person, "extension", act)

    @router.post("/desk/phone/calls/{call_id}/settle")
    async def settle(request: Request, call_id: UUID, viewer: Viewer | None = Depends(own)) -> Response:
        person, reason = signed_in(viewer), str((await request.form()).get("reason") or "")

        async def act() -> None:
            bundle = await context.copies.in_force(context.database, context.now())
            found = await call_of(context.database, context.settings, bundle, person, call_id)
            async with context.database.transaction() as tx:
                await settle_call(tx, found.id, reason, by=person.staff_id, bundle=bundle, now=context.now())
            context.database.doorbell.ring(BELL)

        return await done(request, person, "settled", act)
