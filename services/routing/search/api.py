"""`GET /api/v1/search`: cases by words, facts and days."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Query, Request

from services.kit.access import Allow, Viewer, signed_in
from services.kit.scope import scope_of
from services.kit.service import Context
from services.kit.web import language_of
from services.routing.api import READERS, SCOPE
from services.routing.api_answers import row_as_json
from services.routing.search.asked import read_asked
from services.routing.search.find_cases import MOST
from services.routing.search.search import search
from services.routing.search.segmenter import Segmenter


def search_api(context: Context, segmenter: Segmenter) -> APIRouter:
    """The call."""
    api = APIRouter(prefix="/api/v1/search", tags=["cases"])
    reading = Allow(context, *READERS, scope=SCOPE)

    @api.get("")
    async def find(
        request: Request,
        viewer: Viewer = Depends(reading),
        q: str = Query("", max_length=400, description="words, Thai or English; all of them must occur"),
        unit: str = Query("", description="this unit or one below it"),
        category: str = "",
        cause: str = "",
        service_point: str = "",
        channel: str = "",
        state: str = "",
        kind: str = "",
        since: str = Query("", alias="from", description="first day, 2026-11-20 or 20/11/2569"),
        until: str = Query("", alias="to", description="last day"),
        cursor: str | None = Query(None, max_length=300),
        limit: int = Query(25, ge=1, le=MOST),
    ) -> dict[str, Any]:
        now, lang = context.now(), language_of(request)
        bundle = await context.copies.in_force(context.database, now)
        query = {
            "q": q, "unit": unit, "category": category, "cause": cause, "service_point": service_point,
            "channel": channel, "state": state, "kind": kind, "from": since, "to": until,
        }  # fmt: skip
        scope = scope_of(bundle, signed_in(viewer).member)
        asked = read_asked(query, bundle)
        results = await search(context.database, segmenter, scope, asked, cursor=cursor, limit=limit)
        staff = await context.copies.staff(context.database)
        return {
            "items": [
                {
                    **row_as_json(row, bundle, staff, lang, now),
                    "line": [{"text": piece.text, "hit": piece.hit} for piece in results.lines.get(row.id, ())],
                }
                for row in results.found.rows
            ],
            "next_cursor": results.found.next_cursor,
            "total": results.found.total,
            "looked_back_to": results.found.back_to.isoformat() if results.found.back_to else None,
            "words": list(results.words),
            "unread_events": results.unread,
        }

    return api
