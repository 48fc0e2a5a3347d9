"""`/search`: cases by words, facts and days; a number leads straight to its case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import Lang
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.kit.web import language_of, problem_document
from services.routing.api import READERS, SCOPE
from services.routing.pages.live import case_address
from services.routing.queue.asked import options_of
from services.routing.queue_view import view_queue
from services.routing.search.asked import FACTS, Asked, contact_in, read_asked
from services.routing.search.find_cases import Found
from services.routing.search.search import Results, search
from services.routing.search.segmenter import Segmenter

PAGE_ROWS = 25

FINDERS = ("officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "integrity", "privacy")
"""Who is offered the search for a person, which intake serves and guards."""

NOTHING = Results(Found([], total=0), (), {}, 0)


def search_routes(context: Context, segmenter: Segmenter) -> APIRouter:
    """The page."""
    routes = APIRouter(prefix="/search", include_in_schema=False)
    reading = Allow(context, *READERS, scope=SCOPE)

    @routes.get("")
    async def find(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        who = signed_in(viewer)
        if address := await case_address(context, request.query_params.get("q", ""), who):
            return RedirectResponse(address, 303)
        return await _page(context, segmenter, request, who)

    return routes


async def _page(context: Context, segmenter: Segmenter, request: Request, viewer: Viewer) -> Response:
    query, lang, now = request.query_params, language_of(request), context.now()
    bundle = await context.copies.in_force(context.database, now)
    scope = scope_of(bundle, viewer.member)
    problem: RedressError | None = None
    asked, results = Asked(), NOTHING
    try:
        asked = read_asked(query, bundle)
        if asked.empty:
            await segmenter.warm()
        else:
            results = await search(
                context.database, segmenter, scope, asked, cursor=query.get("cursor"), limit=PAGE_ROWS
            )
    except RedressError as found:
        problem = found
    shown = await view_queue(
        context.database, context.copies, results.found.rows, bundle=bundle, viewer=viewer.member, lang=lang, now=now
    )
    kept = {name: query[name] for name in ("q", *FACTS, "from", "to") if query.get(name)}
    document = problem_document(problem, lang, "") if problem else None
    contact = contact_in(query.get("q", "")) if viewer.has(*FINDERS) else None
    following = results.found.next_cursor
    return context.web.page(
        request,
        "routing/search.html",
        policy=bundle,
        viewer=viewer,
        now=now,
        zone=bundle.zone,
        status=problem.status if problem else 200,
        asked=asked,
        typed={name: query.get(name, "") for name in ("q", *FACTS, "from", "to")},
        choices=_choices(bundle, scope, query, lang),
        rows=[
            {**shown.row(row), "received_at": row.received_at, "line": results.lines.get(row.id, ())}
            for row in results.found.rows
        ],
        found=results.found,
        unread=results.unread,
        problem=document,
        errors={each["field"]: each["detail"] for each in document["errors"]} if document else {},
        following=f"/search?{urlencode({**kept, 'cursor': following})}" if following else "",
        first=f"/search?{urlencode(kept)}" if query.get("cursor") else "",
        contact=contact,
        may_find_persons=viewer.has(*FINDERS),
        invalid=isinstance(problem, InvalidInput),
    )


CHOICES = ("category", "cause", "unit", "service_point", "channel", "state")


def _choices(bundle: PolicyBundle, scope: Scope, query: Mapping[str, str], lang: Lang) -> list[dict[str, Any]]:
    seen = {unit.code for unit in bundle.units if scope.everything or unit.code in scope.units}
    offered = options_of(bundle, seen, lang)
    return [
        {"name": name, "label": label, "options": options, "chosen": query.get(name, "")}
        for name in CHOICES
        for label, options in [offered[name]]
        if options
    ]
