"""`/admin` and `/admin/audit`: where administrators start, and who did what."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.governance.list_staff import staff_figures
from services.governance.pages.frame import render
from services.governance.policy_drafts import list_drafts
from services.governance.read_audit import KINDS, read_audit
from services.governance.read_policies import one_version, policy_versions
from services.governance.words import DEEDS_SHOWN, FIELDS_SHOWN, ROLES_SHOWN
from services.kit.access import Allow, Viewer, signed_in
from services.kit.paging import read_cursor, write_cursor
from services.kit.service import Context


def admin_router(context: Context) -> APIRouter:
    """The start page of administration, and the audit page."""
    router = APIRouter(prefix="/admin", include_in_schema=False)
    overseer = Allow(context, "administrator", "auditor", scope="the whole system's settings, no cases")

    @router.get("")
    async def start(request: Request, viewer: Viewer | None = Depends(overseer)) -> Response:
        now = context.now()
        versions = await policy_versions(context.database, now)
        return await render(
            context,
            request,
            "admin.html",
            signed_in(viewer),
            version=one_version(versions),
            coming=[version for version in versions if version.state == "coming"],
            drafts=len(await list_drafts(context.database)),
            figures=await staff_figures(context.database, now),
        )

    @router.get("/audit")
    async def audit(
        request: Request,
        viewer: Viewer | None = Depends(overseer),
        kind: str = "",
        cursor: str | None = None,
    ) -> Response:
        chosen = kind if kind in KINDS else ""
        deeds, following = await read_audit(
            context.database, kind=chosen, before=read_cursor(cursor), now=context.now()
        )
        next_page = f"?{urlencode({'kind': chosen, 'cursor': write_cursor(following)})}" if following else ""
        return await render(
            context,
            request,
            "audit.html",
            signed_in(viewer),
            deeds=deeds,
            kinds=KINDS,
            kind=chosen,
            staff=await context.copies.staff(context.database),
            deeds_shown=DEEDS_SHOWN,
            fields_shown=FIELDS_SHOWN,
            roles_shown=ROLES_SHOWN,
            next_page=next_page,
            continued=cursor is not None,
        )

    return router
