"""`/desk/bulk` and `/desk/changes/…`: what is done with the cases that are selected, and taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from services.kit.service import Context
from services.routing.api import READERS, SCOPE, WORKERS
from services.routing.pages.desk_view import Filled, desk_of, show_desk
from services.routing.queue.asked import NAMES
from services.routing.queue.change_many import Wanted, change_many, nothing_selected
from services.routing.queue.live_desk import LiveDesks
from services.routing.queue.undo_change import undo_change
from services.routing.queue.watch_case import unwatch_case, watch_case

VALUES = ("to", "priority", "tag", "into")
REASONS = {
    "assign": "reason_assign", "priority": "reason_priority", "merge": "reason_merge", "duplicate": "reason_merge",
}  # fmt: skip
"""Where the reason of each stands in the form."""


def change_routes(context: Context, live: LiveDesks) -> APIRouter:
    """What is done with many cases."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    working = Allow(context, *WORKERS, scope=f"{SCOPE}; each case as its own change would be")
    watching = Allow(context, *READERS, scope=SCOPE)

    @routes.post("/bulk")
    async def bulk(request: Request, viewer: Viewer | None = Depends(working)) -> Response:
        who, form = signed_in(viewer), await request.form()
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        cases, back, kind = cases_in(form.getlist("case")), back_in(typed), typed.get("do", "")
        asked = Wanted(kind, {name: typed.get(name, "") for name in VALUES}, typed.get(REASONS.get(kind, ""), ""))
        try:
            change = await change_many(
                context.database, context.copies, cases, asked, viewer=who.member, now=context.now()
            )
        except (InvalidInput, NotFound) as problem:
            filled = Filled(problem, frozenset(case for case, _ in cases), typed)
            return await show_desk(await desk_of(context, request, who), live, request, back, filled)
        return to_desk(back, change=str(change))

    @routes.post("/changes/{change_id}/undo")
    async def undo(request: Request, change_id: UUID, viewer: Viewer | None = Depends(working)) -> Response:
        who, back = signed_in(viewer), back_in(dict((await request.form()).items()))
        try:
            reverse = await undo_change(
                context.database, context.copies, change_id, viewer=who.member, now=context.now()
            )
        except Conflict as problem:
            return await show_desk(await desk_of(context, request, who), live, request, back, Filled(problem))
        return to_desk(back, change=str(reverse))

    @routes.post("/watch")
    async def watch(request: Request, viewer: Viewer | None = Depends(watching)) -> Response:
        who, form = signed_in(viewer), await request.form()
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        cases, back = cases_in(form.getlist("case")), back_in(typed)
        on = typed.get("watch") != "off"
        try:
            if not cases:
                raise nothing_selected()
            async with context.database.transaction() as tx:
                for case, _ in cases:
                    change = watch_case if on else unwatch_case
                    await change(tx, context.copies, case, viewer=who.member, now=context.now())
        except (InvalidInput, Conflict, NotAllowed) as problem:
            filled = Filled(problem, frozenset(case for case, _ in cases), typed)
            return await show_desk(await desk_of(context, request, who), live, request, back, filled)
        if typed.get("from") == "case" and len(cases) == 1:
            return RedirectResponse(f"/cases/{cases[0][0]}", 303)
        return to_desk(back, done="watched" if on else "unwatched")

    return routes


def cases_in(values: Sequence[object]) -> list[tuple[UUID, int | None]]:
    """The check boxes that were ticked: each an id, with the version that was shown."""
    found = []
    for value in values:
        ident, _, version = str(value).partition(":")
        try:
            case = UUID(ident)
        except ValueError:
            continue
        plain = version.isascii() and version.isdigit() and len(version) < 10
        found.append((case, int(version) if plain else None))
    return found


def back_in(form: Mapping[str, object]) -> dict[str, str]:
    """What the desk showed from which a form was sent; nothing but what a desk can be asked."""
    given = dict(parse_qsl(str(form.get("back", ""))[:2000]))
    return {name: value for name, value in given.items() if name in ("view", "q", *NAMES)}


def to_desk(back: dict[str, str], **more: str) -> RedirectResponse:
    """Back to the desk as it was."""
    return RedirectResponse(f"/desk?{urlencode({**back, **more})}", 303)
