"""`POST /channels/line/webhook`: the one address LINE calls."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from services.intake.contacts.keeping import contacts_of
from services.intake.line.options import line_options
from services.intake.line.signature import signature_fits
from services.intake.line.take_in import events_in, take_in
from services.intake.line.work import Worker
from services.kit.access import Allow
from services.kit.errors import NotFound, SignInNeeded
from services.kit.i18n import N_
from services.kit.service import Context


class SignatureWrong(SignInNeeded):
    """The body does not bear the signature of the channel's secret: it does not come from LINE, or was altered."""

    code = "signature-wrong"


def webhook_router(context: Context, worker: Worker) -> APIRouter:
    """The webhook."""
    router = APIRouter(prefix="/channels/line", tags=["channels"])
    signed = Depends(Allow(context, scope="LINE, by the signature of the body; nobody else is answered"))

    @router.post(
        "/webhook",
        dependencies=[signed],
        openapi_extra={
            "parameters": [
                {"name": "X-Line-Signature", "in": "header", "schema": {"type": "string"}, "required": True}
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        },
    )
    async def webhook(request: Request) -> Response:
        """Keep the events of a webhook of the LINE Messaging API; what they mean is worked out afterwards."""
        options = line_options(context.settings)
        if options is None:
            raise NotFound(
                N_("LINE is switched off here."),
                N_("Set REDRESS_LINE_CHANNEL_SECRET and REDRESS_LINE_ACCESS_TOKEN, then start again."),
            )
        body = await request.body()
        if not signature_fits(options.channel_secret, body, request.headers.get("x-line-signature")):
            raise SignatureWrong(
                N_("The signature does not fit the body."),
                N_("Sign the raw body with the channel secret; nothing was kept."),
            )
        with worker.answering():
            taken = await take_in(context.database, contacts_of(context.settings), events_in(body), context.now())
        if taken.new:
            worker.wake()
        return JSONResponse({"events": taken.events, "new": taken.new})

    return router
