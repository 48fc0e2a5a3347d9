"""`/admin/channels`: the health of every channel, what is missing or held, and a button that registers it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.intake.channel_figures import PAGE, channel_figures, open_arrivals
from services.intake.check_channels import ways_in, ways_out
from services.intake.files.keep_file import file_store
from services.intake.messages.words import CHANNEL_NAMES
from services.intake.reconcile import register_now, set_aside
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import RedressError
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.web import language_of

DONE = {"register": N_("It is registered."), "aside": N_("It is set aside, with your reason.")}


def channels_page_router(context: Context) -> APIRouter:
    """The page of the channels."""
    router = APIRouter(prefix="/admin/channels", include_in_schema=False)
    looking = Allow(context, "administrator", "auditor", "centre", scope="counts, and what waits; no contents")
    settling = Allow(context, "administrator", "centre", scope="what arrived and is not registered")

    @router.get("")
    async def see(request: Request, viewer: Viewer | None = Depends(looking)) -> Response:
        return await show(request, signed_in(viewer))

    @router.post("")
    async def settle(request: Request, viewer: Viewer | None = Depends(settling)) -> Response:
        form = await request.form()
        what, channel, source_id = (str(form.get(name) or "") for name in ("what", "channel", "source_id"))
        try:
            if what == "aside":
                await set_aside(context, channel, source_id, str(form.get("reason") or ""))
            else:
                what = "register"
                await register_now(context, channel, source_id, by_person=True)
        except RedressError as problem:
            return await show(request, signed_in(viewer), problem)
        return RedirectResponse(f"/admin/channels?done={what}", 303)

    async def show(request: Request, viewer: Viewer, problem: RedressError | None = None) -> Response:
        now, lang = context.now(), language_of(request)
        bundle = await context.copies.in_force(context.database, now)
        done = DONE.get(request.query_params.get("done", "")) if problem is None else None
        set_aside = request.query_params.get("set") == "aside" and viewer.has("administrator", "centre")
        before = _moment(request.query_params.get("before"))
        waiting = await open_arrivals(context.database, now, before, set_aside=set_aside)
        return context.web.page(
            request,
            "intake/channels.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            figures=await channel_figures(context.database, now),
            waiting=waiting,
            set_aside=set_aside,
            following=waiting[-1].arrived_at.isoformat() if len(waiting) == PAGE else "",
            may_settle=viewer.has("administrator", "centre"),
            storage=await _storage(context),
            ways_out=await ways_out(context),
            ways_in=ways_in(context),
            channel_names=CHANNEL_NAMES,
            channel_label=lambda code: bundle.label_of("channels", code, lang),
            notice={"kind": "done", "text": translate(lang, done)} if done else None,
            problem=problem,
        )

    return router


async def _storage(context: Context) -> list[dict[str, Any]]:
    """How storage and virus scanner do."""
    store = file_store(context)
    return [
        {"name": N_("File storage"), "on": True, "wrong": await store.storage.check()},
        {"name": N_("Virus scanner"), "on": store.scanner.on, "wrong": await store.scanner.check()},
    ]


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.replace(" ", "+")) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else None
