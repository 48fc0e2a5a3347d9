"""`/receipt`: number, secret and promise after filing; it can be reloaded for an hour, and kept as a text file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.pages.cookies import address_of, pass_of
from services.intake.receipt_view import explained, office_of, qr_code
from services.intake.track_complaint import Tracked, track_complaint
from services.intake.tracking_secret import secret_of
from services.kit.access import Allow
from services.kit.i18n import Lang, translate
from services.kit.service import Context
from services.kit.thai import format_datetime
from services.kit.web import language_of


def receipt_router(context: Context) -> APIRouter:
    """The receipt of the complaint this browser has just filed."""
    router = APIRouter(include_in_schema=False)
    own = Depends(Allow(context, scope="the complaint this browser filed within the last hour"))

    @router.get("/receipt", dependencies=[own])
    async def receipt(request: Request) -> Response:
        case_id = pass_of(context, request, "receipt", context.now())
        if case_id is None:
            return RedirectResponse("/track", 303)
        tracked, bundle = await found(case_id)
        now = context.now()
        view = receipt_data(context, request, tracked, bundle)
        return context.web.page(request, "intake/receipt.html", policy=bundle, now=now, zone=bundle.zone, **view)

    @router.get("/receipt/text", dependencies=[own])
    async def as_text(request: Request) -> Response:
        case_id = pass_of(context, request, "receipt", context.now())
        if case_id is None:
            return RedirectResponse("/track", 303)
        tracked, bundle = await found(case_id)
        text = receipt_text(context, request, tracked, bundle)
        name = f"{tracked.complaint['tracking_number']}.txt"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response("\ufeff" + text, media_type="text/plain; charset=utf-8", headers=headers)

    async def found(case_id: UUID) -> tuple[Tracked, PolicyBundle]:
        tracked = await track_complaint(context.database, case_id)
        return tracked, await context.copies.policy(context.database, tracked.complaint["policy_version"])

    return router


def receipt_data(context: Context, request: Request, tracked: Tracked, bundle: PolicyBundle) -> dict[str, Any]:
    """What a receipt shows; also to staff who filed for somebody else."""
    lang = language_of(request)
    number = tracked.complaint["tracking_number"]
    secret = secret_of(context.settings.digest_key, tracked.case_id)
    due = tracked.due("resolve")
    page = address_of(context, request, f"/track/{number}")
    message = translate(lang, "My complaint %(number)s. Follow it at %(address)s", number=number, address=page)
    return {
        "complaint": tracked.complaint,
        "secret": secret,
        "due": due,
        "first_contact": tracked.due("first_contact"),
        "explanation": explained(bundle, tracked.complaint, tracked.complaint["unit"], due, context.now()),
        # What stands behind # is never sent to any server: a script of ours fills the secret in on the page.
        "qr": qr_code(f"{page}#{secret}"),
        "line_address": f"https://line.me/R/share?text={quote(message)}",
        "office": office_of(bundle, tracked.complaint["unit"], lang, restricted=tracked.restricted),
        "contest_days": bundle.lifecycle.contest_days,
        "recourse": bundle.publication.recourse,
    }


def receipt_text(context: Context, request: Request, tracked: Tracked, bundle: PolicyBundle) -> str:
    """The receipt in a few lines to keep."""
    lang: Lang = language_of(request)
    due = tracked.due("resolve")
    number = tracked.complaint["tracking_number"]
    office = office_of(bundle, tracked.complaint["unit"], lang, restricted=tracked.restricted)
    received = format_datetime(tracked.complaint["received_at"], lang, bundle.zone)
    lines = [
        bundle.organisation.name.say(lang),
        bundle.organisation.centre.say(lang),
        "",
        f"{translate(lang, 'Tracking number')}: {number}",
        f"{translate(lang, 'Secret')}: {secret_of(context.settings.digest_key, tracked.case_id)}",
        f"{translate(lang, 'Received')}: {received}",
    ]
    if due is not None:
        promise = translate(lang, "We promise to tell you the outcome by")
        lines.append(f"{promise} {format_datetime(due, lang, bundle.zone)}")
    lines += [f"{office.name} {office.phone}".strip(), address_of(context, request, f"/track/{number}"), ""]
    return "\r\n".join(lines)
