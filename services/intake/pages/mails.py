"""`/mails/{id}`: one mail as a person reads it, its HTML made harmless, and the original for a reason that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import contacts_of
from services.intake.email.keep_mail import RAW_NAME
from services.intake.email.show_mail import MailShown, case_of_mail, no_such_mail, original_of, show_mail
from services.intake.look_at_identity import LOOKERS, CaseInView, case_in_view, look_at_identity, may_look
from services.intake.pages.cookies import errors_of
from services.intake.pages.file_answers import disposition
from services.intake.pages.files import UNCASED
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.service import Context
from services.kit.web import language_of

HTML_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'",
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
}
"""What is shown of a stranger's HTML fetches nothing, runs nothing and is not our page."""

READING = tuple(sorted({*LOOKERS, *UNCASED}))


def mails_router(context: Context) -> APIRouter:
    """A mail, its HTML and its original."""
    router = APIRouter(prefix="/mails/{source_id}", include_in_schema=False)
    scope = "mails of cases within their scope whose identity they may look at; without a case: centre, administrator"
    reading = Allow(context, *READING, scope=scope)

    @router.get("")
    async def see(request: Request, source_id: str, viewer: Viewer | None = Depends(reading)) -> Response:
        case, bundle = await in_view(source_id, signed_in(viewer))
        return await show(request, source_id, case, bundle, signed_in(viewer))

    @router.get("/html")
    async def html(source_id: str, viewer: Viewer | None = Depends(reading)) -> Response:
        await in_view(source_id, signed_in(viewer))
        mail = await show_mail(context, source_id)
        if mail.html is None:
            raise no_such_mail()
        page = f'<!doctype html><meta charset="utf-8"><title>{RAW_NAME}</title><style>{_STYLE}</style>{mail.html}'
        return HTMLResponse(page, headers=HTML_HEADERS)

    @router.post("/original")
    async def original(request: Request, source_id: str, viewer: Viewer | None = Depends(reading)) -> Response:
        case, bundle = await in_view(source_id, signed_in(viewer))
        typed = {"reason": str((await request.form()).get("reason") or "").strip()}
        try:
            content = await original_of(context, source_id)
            if case is not None:
                async with context.database.transaction() as tx:
                    await look_at_identity(
                        tx,
                        case,
                        signed_in(viewer).member,
                        typed["reason"],
                        context.now(),
                        contacts_of(context.settings),
                    )
        except RedressError as problem:
            return await show(request, source_id, case, bundle, signed_in(viewer), problem, typed)
        headers = {"content-disposition": disposition(RAW_NAME), "cache-control": "private, no-store"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    async def in_view(source_id: str, viewer: Viewer) -> tuple[CaseInView | None, PolicyBundle]:
        """The case that a mail is in, where the viewer may see the whole mail; None where it is in none.

        Raises:
            NotFound: no such mail, or not theirs to see: the two look alike.
        """
        bundle = await context.copies.in_force(context.database, context.now())
        case_id = await case_of_mail(context.database, source_id)
        if case_id is None:
            if not viewer.has(*UNCASED):
                raise no_such_mail()
            return None, bundle
        case = await case_in_view(context.database, case_id, viewer.member, bundle)
        if not may_look(case, viewer.member):
            raise no_such_mail()
        return case, bundle

    async def show(
        request: Request,
        source_id: str,
        case: CaseInView | None,
        bundle: PolicyBundle,
        viewer: Viewer,
        problem: RedressError | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> Response:
        mail: MailShown = await show_mail(context, source_id)
        lang = language_of(request)
        return context.web.page(
            request,
            "intake/mail_shown.html",
            policy=bundle,
            viewer=viewer,
            now=context.now(),
            zone=bundle.zone,
            status=problem.status if problem else 200,
            mail=mail,
            case=case,
            may_settle=case is None and mail.state in ("held", "failed", "arrived", "ignored"),
            problem=problem,
            errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
            typed=dict(typed or {}),
        )

    return router


_STYLE = "body{font:16px/1.6 Sarabun,sans-serif;margin:12px;overflow-wrap:anywhere}table{max-width:100%}"
