"""The HTTP API of sla: alerts, and the word that one has seen them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from schemas.governance import ROLES
from services.kit.access import Allow, Viewer, signed_in
from services.kit.service import Context
from services.sla.list_alerts import list_alerts
from services.sla.see_alert import see_alert

READERS = tuple(role for role in ROLES if role != "privacy")
ANSWERING = tuple(role for role in READERS if role not in ("auditor", "administrator"))
"""Whoever works or answers for cases; an auditor reads and changes nothing."""


def router(context: Context) -> APIRouter:
    """`/api/v1/alerts`."""
    routes = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])
    database, copies = context.database, context.copies
    reading = Allow(context, *READERS, scope="alerts to oneself; managers also those below them, within their scope")
    answering = Allow(context, *ANSWERING, scope="alerts of cases within one's scope")

    @routes.get("")
    async def alerts(
        everything: Annotated[bool, Query(alias="all", description="Every alert within one's scope")] = False,
        tracking_number: str | None = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        viewer: Viewer | None = Depends(reading),
    ) -> dict[str, Any]:
        page = await list_alerts(
            database,
            await copies.staff(database),
            await copies.in_force(database, context.now()),
            signed_in(viewer),
            everything=everything,
            tracking_number=tracking_number,
            cursor=cursor,
            limit=limit,
        )
        return {"items": page.items, "next_cursor": page.next_cursor}

    @routes.post("/{alert_id}/seen")
    async def seen(alert_id: UUID, viewer: Viewer | None = Depends(answering)) -> dict[str, Any]:
        now = context.now()
        async with database.transaction() as tx:
            first = await see_alert(tx, await copies.in_force(tx, now), signed_in(viewer), alert_id, now)
            by = (await copies.staff(tx)).get(first.by)
        return {"id": str(alert_id), "seen_at": first.at, "seen_by": by.username if by else None}

    return routes
