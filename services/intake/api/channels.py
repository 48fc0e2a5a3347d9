"""`GET /api/v1/channels`: for each channel what arrived, was registered, is held or failed, and when it was seen."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from schemas.governance import ROLES
from services.intake.api.bodies import answer
from services.intake.channel_figures import SPAN, channel_figures
from services.kit.access import Allow
from services.kit.service import Context


def channels_router(context: Context) -> APIRouter:
    """The figures of the channels."""
    router = APIRouter(prefix="/api/v1/channels", tags=["channels"])
    staff = Depends(Allow(context, *ROLES, scope="counts only"))

    @router.get("", dependencies=[staff])
    async def channels() -> Response:
        """The figures of the last thirty days, and whatever is still open."""
        found = await channel_figures(context.database, context.now())
        return answer({"days": SPAN.days, "channels": [figures.wire() for figures in found]})

    return router
