"""`POST /channels/phone/calls`: where the switchboard tells of calls (`docs/phone.md`)."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from services.intake.phone.reading import read_event
from services.intake.phone.signature import is_fresh, signature_fits
from services.intake.phone.take_call import take_call
from services.kit.access import Allow
from services.kit.errors import NotFound, SignInNeeded, TooLarge
from services.kit.i18n import N_
from services.kit.service import Context

LONGEST = 65_536
"""Bytes of an event; a real one has a few hundred."""


class CallSignatureWrong(SignInNeeded):
    """The event does not bear the signature of the shared secret, or was signed minutes ago."""

    code = "signature-wrong"


_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in ("X-Redress-Timestamp", "X-Redress-Signature")
]
_BODY = {
    "type": "object",
    "required": ["event", "call"],
    "properties": {
        "event": {"type": "string", "enum": ["ringing", "answered", "ended", "missed", "recording"]},
        **{
            name: {"type": "string"}
            for name in ("call", "id", "at", "from", "to", "extension", "agent", "direction", "recording")
        },
    },
}


def calls_router(context: Context) -> APIRouter:
    """The way in of the switchboard."""
    router = APIRouter(prefix="/channels/phone", tags=["channels"])
    signed = Depends(Allow(context, scope="the switchboard, by the signature of the body; nobody else is answered"))

    @router.post(
        "/calls",
        dependencies=[signed],
        openapi_extra={
            "parameters": _HEADERS,
            "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
        },
    )
    async def calls(request: Request) -> Response:
        """Take an event of a call in: ringing, answered, ended, missed or recording. The same one twice is one."""
        secret = context.settings.option("REDRESS_PHONE_SECRET")
        if not secret:
            raise NotFound(N_("The telephone is switched off here."), N_("Set REDRESS_PHONE_SECRET, then start again."))
        body = await request.body()
        if len(body) > LONGEST:
            raise TooLarge(
                N_("What was sent is larger than %(limit)s bytes."),
                N_("Send one event in a request."),
                params={"limit": f"{LONGEST:,}"},
            )
        stamp, now = request.headers.get("x-redress-timestamp"), context.now()
        if not signature_fits(secret, stamp, body, request.headers.get("x-redress-signature")):
            raise CallSignatureWrong(
                N_("The signature does not fit the body."),
                N_("Sign the time stamp, a dot and the raw body with REDRESS_PHONE_SECRET; nothing was kept."),
            )
        if not is_fresh(stamp, now):
            raise CallSignatureWrong(
                N_("The time stamp is not of these minutes."),
                N_("Set the switchboard's clock, and sign anew with the time of sending; nothing was kept."),
            )
        bundle = await context.copies.in_force(context.database, now)
        taken = await take_call(context, read_event(body, now, bundle.zone))
        return JSONResponse({"call": str(taken.call_id), "new": taken.new}, 202 if taken.new else 200)

    return router
