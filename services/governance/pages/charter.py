"""`/charter`: the service charter in force (ISO 10002 clause 7.1; SE-AM 5.1)."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.governance.charter import charter_of
from services.governance.pages.frame import render
from services.governance.read_policies import one_version, policy_document, policy_versions
from services.kit.access import Allow, Viewer
from services.kit.service import Context
from services.kit.web import language_of


def charter_router(context: Context) -> APIRouter:
    """The charter, for everybody."""
    router = APIRouter(include_in_schema=False)
    anybody = Allow(context, scope="the published policy", optional=True)

    @router.get("/charter")
    async def charter(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        versions = await policy_versions(context.database, context.now())
        version = one_version(versions)
        bundle = await policy_document(context.database, context.copies, version.version)
        return await render(
            context,
            request,
            "charter.html",
            viewer,
            policy=bundle,
            version=version,
            charter=charter_of(bundle, language_of(request)),
            address=context.settings.base_url or str(request.base_url).rstrip("/"),
        )

    return router
