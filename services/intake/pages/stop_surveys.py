"""`/channels/email/no-survey/{link}`: the address of List-Unsubscribe, for a mail program and for a person (RFC 8058).

A mail program posts to it by itself, without a cookie and without a form of ours; the signed link is all it needs, and
all that it can do is to spare its owner further surveys.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.intake.stop_surveys import stop_surveys
from services.intake.survey_pass import read_survey_pass
from services.kit.access import Allow
from services.kit.service import Context

PATH = "/channels/email/no-survey"


def stop_surveys_router(context: Context) -> APIRouter:
    """Asking to be asked no more."""
    router = APIRouter(prefix=f"{PATH}/{{link}}", include_in_schema=False)
    invited = Depends(Allow(context, scope="the complainant whom the signed link invites to rate"))

    @router.get("", dependencies=[invited])
    async def ask(request: Request, link: str) -> Response:
        return await show(request, known=read_survey_pass(context.settings.digest_key, link, context.now()) is not None)

    @router.post("", dependencies=[invited])
    async def stop(request: Request, link: str) -> Response:
        async with context.database.transaction() as tx:
            done = await stop_surveys(tx, context.settings.digest_key, link, context.now())
        return await show(request, known=done, done=done)

    async def show(request: Request, *, known: bool, done: bool = False) -> Response:
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        return context.web.page(
            request, "intake/stop_surveys.html", policy=bundle, now=now, zone=bundle.zone, known=known, done=done
        )

    return router
