"""`/messages/{case}`: what was said to and by the complainant, with its delivery, and the box to answer in.

The case page links and embeds it (same origin), since addresses never leave intake.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.api.staff import seen_case
from services.intake.channels import carriers
from services.intake.contacts.keeping import contacts_of
from services.intake.email.show_mail import mail_of_message, mails_of_case
from services.intake.look_at_identity import CaseInView, may_look
from services.intake.messages.letter import letter_of, print_letter
from services.intake.messages.list_messages import list_messages
from services.intake.messages.reply_to_complainant import (
    OFFERED,
    WRITERS,
    channels_to,
    preview_reply,
    reply_to_complainant,
    starting_text,
)
from services.intake.messages.words import CHANNEL_NAMES, PURPOSE_NAMES, STATE_NAMES
from services.intake.pages.cookies import errors_of
from services.intake.track_complaint import track_complaint
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import N_, translate
from services.kit.paging import read_cursor, write_cursor
from services.kit.service import Context
from services.kit.web import language_of

READERS = (*WRITERS, "line_manager", "executive", "auditor", "privacy")

FIELDS = ("text", "subject", "channel", "template", "once")


def messages_router(context: Context) -> APIRouter:
    """The messages of a case, the reply box, and the decision as a letter."""
    router = APIRouter(include_in_schema=False)
    reading = Allow(context, *READERS, scope="cases within their scope")
    writing = Allow(context, *WRITERS, scope="cases within their scope")

    @router.get("/messages/{case}")
    async def see(
        request: Request, case: str, template: str = "", cursor: str = "", viewer: Viewer | None = Depends(reading)
    ) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        typed: dict[str, str] = {"template": template}
        if template in OFFERED and signed_in(viewer).has(*WRITERS):
            tracked = await track_complaint(context.database, found.case_id)
            policy = await context.copies.in_force(context.database, context.now())
            written = await starting_text(
                context.database, tracked, template, policy, bundle, context.settings, context.now()
            )
            if written is not None:
                typed |= {"text": written.text, "subject": written.subject}
        return await show(request, found, bundle, signed_in(viewer), typed)

    @router.post("/messages/{case}")
    async def reply(request: Request, case: str, viewer: Viewer | None = Depends(writing)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        form = await request.form()
        typed = {name: str(form.get(name) or "") for name in FIELDS}
        try:
            if form.get("preview"):
                preview = await preview_reply(
                    context.database, found.case_id, typed["text"], typed["subject"], bundle, context.settings
                )
                return await show(request, found, bundle, signed_in(viewer), typed, preview=preview)
            async with context.database.transaction() as tx:
                await reply_to_complainant(
                    tx,
                    found,
                    text=typed["text"],
                    subject=typed["subject"],
                    channel=typed["channel"],
                    progress=bool(form.get("progress")),
                    once=typed["once"][:64],
                    member=signed_in(viewer).member,
                    switched_on={carrier.channel for carrier in carriers(context)},
                    now=context.now(),
                )
        except RedressError as problem:
            return await show(request, found, bundle, signed_in(viewer), typed, problem)
        frame = "&frame=1" if request.query_params.get("frame") else ""
        return RedirectResponse(f"/messages/{found.case_id}?done=1{frame}#newest", 303)

    @router.get("/letters/{case}")
    async def letter(request: Request, case: str, viewer: Viewer | None = Depends(reading)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        shown = await letter_of(context.database, found.case_id, bundle, context.now())
        return context.web.page(
            request, "intake/letter.html", policy=bundle, viewer=viewer, now=context.now(), zone=bundle.zone,
            letter=shown, case=found,
        )  # fmt: skip

    @router.get("/letters/{case}/pdf")
    async def pdf(request: Request, case: str, viewer: Viewer | None = Depends(reading)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        shown = await letter_of(context.database, found.case_id, bundle, context.now())
        name = f"{found.complaint['tracking_number']}.pdf"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(await print_letter(shown), media_type="application/pdf", headers=headers)

    async def show(
        request: Request,
        case: CaseInView,
        bundle: PolicyBundle,
        viewer: Viewer,
        typed: Mapping[str, str],
        problem: RedressError | None = None,
        preview: Any = None,
    ) -> Response:
        lang = language_of(request)
        page = await list_messages(
            context.database,
            case.case_id,
            server_secret=context.settings.digest_key,
            after=read_cursor(request.query_params.get("cursor")),
        )
        whole = may_look(case, viewer.member)
        mails = await mails_of_case(context.database, case.case_id, contacts_of(context.settings) if whole else None)
        switched_on = {carrier.channel for carrier in carriers(context)}
        open_channels = await channels_to(context.database, case.case_id, switched_on)
        staff = await context.copies.staff(context.database)
        decided = await context.database.read(
            "select decision is not null as told from intake.tracking where case_id = $1", case.case_id
        )
        done = "done" in request.query_params and problem is None
        return context.web.page(
            request,
            "intake/messages.html",
            policy=bundle,
            viewer=viewer,
            now=context.now(),
            zone=bundle.zone,
            status=problem.status if problem else 200,
            case=case,
            framed=bool(request.query_params.get("frame")),
            complaint=case.complaint,
            items=[
                {
                    **item,
                    "name": staff.name(item["by"]),
                    "attempts": _timed(item["attempts"]),
                    "mail": mail_of_message(item, mails),
                }
                for item in page.items
            ],
            came_by=next((it for it in mails if it.kind == "complaint"), None),
            sees_whole_mail=whole,
            next_page=write_cursor(page.following),
            channels=[{"value": code, "label": translate(lang, CHANNEL_NAMES[code])} for code in open_channels],
            purposes=[{"value": code, "label": translate(lang, PURPOSE_NAMES[code])} for code in OFFERED],
            purpose_names=PURPOSE_NAMES,
            state_names=STATE_NAMES,
            channel_names=CHANNEL_NAMES,
            may_write=viewer.has(*WRITERS) and not case.complaint["historical"],
            has_decision=bool(decided and decided[0]["told"]),
            preview=preview,
            once=typed.get("once") or secrets.token_urlsafe(12),
            notice={"kind": "done", "text": translate(lang, N_("The reply is on its way."))} if done else None,
            problem=problem,
            errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
            typed=dict(typed),
        )

    return router


def _timed(attempts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The attempts with their times read: in the list of a row they are text."""
    return [{**each, "at": datetime.fromisoformat(each["at"])} for each in attempts]
