"""`/contact/{case}`: who is behind a case, shown for a reason that is kept; and what staff do to a receipt.

The case page links and embeds it (same origin). Names and contacts never leave intake by any other way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.acknowledge import MEDIA, acknowledge
from services.intake.api.complaints import FILING_ROLES
from services.intake.api.staff import moment_in, seen_case, text_in
from services.intake.contacts.keeping import contacts_of
from services.intake.correct_receipt import correct_receipt
from services.intake.erase_words import erase_words
from services.intake.look_at_identity import LOOKERS, TRUSTED, CaseInView, look_at_identity, may_look
from services.intake.pages.cookies import errors_of
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.web import language_of

DONE = {
    "acknowledgement": N_("The acknowledgement is recorded."),
    "receipt": N_("The receipt is corrected; both times are kept."),
    "erasure": N_("The words of this case are erased here and soon in every service."),
}

OPEN_TO = tuple(sorted({*LOOKERS, *TRUSTED, *FILING_ROLES}))

Act = Callable[[CaseInView, PolicyBundle, dict[str, Any], Viewer], Awaitable[None]]


def contact_router(context: Context) -> APIRouter:
    """Identity, acknowledgement, receipt and erasure of one case."""
    router = APIRouter(prefix="/contact/{case}", include_in_schema=False)
    looking = Allow(context, *OPEN_TO, scope="cases within their scope; confidential ones: few, see look_at_identity")
    filing = Allow(context, *FILING_ROLES, scope="cases within their scope")
    supervising = Allow(context, "supervisor", scope="cases within their scope")
    protecting = Allow(context, "privacy", scope="every ordinary case that has ended")

    @router.get("")
    async def ask(request: Request, case: str, viewer: Viewer | None = Depends(looking)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        return await show(request, found, bundle, signed_in(viewer))

    @router.post("")
    async def look(request: Request, case: str, viewer: Viewer | None = Depends(looking)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        data = dict(await request.form())
        try:
            async with context.database.transaction() as tx:
                identity = await look_at_identity(
                    tx,
                    found,
                    signed_in(viewer).member,
                    text_in(data, "reason"),
                    context.now(),
                    contacts_of(context.settings),
                )
        except RedressError as problem:
            return await show(request, found, bundle, signed_in(viewer), problem, data)
        return await show(request, found, bundle, signed_in(viewer), identity=identity)

    async def acknowledged(case: CaseInView, bundle: PolicyBundle, data: dict[str, Any], viewer: Viewer) -> None:
        now = context.now()
        at = moment_in(data, "acknowledged_at", bundle, context) if data.get("acknowledged_at") else now
        async with context.database.transaction() as tx:
            await acknowledge(
                tx,
                case.case_id,
                medium=text_in(data, "medium"),
                acknowledged_at=at,
                now=now,
                by=viewer.staff_id,
            )

    async def corrected(case: CaseInView, bundle: PolicyBundle, data: dict[str, Any], viewer: Viewer) -> None:
        received_at = moment_in(data, "received_at", bundle, context)
        async with context.database.transaction() as tx:
            await correct_receipt(
                tx,
                case.case_id,
                received_at=received_at,
                reason=text_in(data, "reason"),
                bundle=bundle,
                by=viewer.staff_id,
                now=context.now(),
            )

    async def erased(case: CaseInView, bundle: PolicyBundle, data: dict[str, Any], viewer: Viewer) -> None:
        async with context.database.transaction() as tx:
            ground = text_in(data, "legal_ground")
            await erase_words(tx, case.case_id, legal_ground=ground, by=viewer.staff_id, now=context.now())

    async def done(request: Request, case: str, viewer: Viewer, what: str, act: Act) -> Response:
        found, bundle = await seen_case(context, case, viewer)
        data = dict(await request.form())
        try:
            await act(found, bundle, data, viewer)
        except RedressError as problem:
            return await show(request, found, bundle, viewer, problem, {**data, "what": what})
        return RedirectResponse(f"/contact/{found.case_id}?done={what}", 303)

    @router.post("/acknowledgement")
    async def post_acknowledgement(request: Request, case: str, viewer: Viewer | None = Depends(filing)) -> Response:
        return await done(request, case, signed_in(viewer), "acknowledgement", acknowledged)

    @router.post("/receipt")
    async def post_receipt(request: Request, case: str, viewer: Viewer | None = Depends(supervising)) -> Response:
        return await done(request, case, signed_in(viewer), "receipt", corrected)

    @router.post("/erasure")
    async def post_erasure(request: Request, case: str, viewer: Viewer | None = Depends(protecting)) -> Response:
        return await done(request, case, signed_in(viewer), "erasure", erased)

    async def show(
        request: Request,
        case: CaseInView,
        bundle: PolicyBundle,
        viewer: Viewer,
        problem: RedressError | None = None,
        typed: Mapping[str, Any] | None = None,
        identity: Mapping[str, Any] | None = None,
    ) -> Response:
        lang = language_of(request)
        finished = DONE.get(request.query_params.get("done", "")) if problem is None else None
        looks = await _looks(case.case_id) if viewer.has("privacy", "supervisor", "auditor") else []
        staff = await context.copies.staff(context.database)
        return context.web.page(
            request,
            "intake/contact.html",
            policy=bundle,
            viewer=viewer,
            now=context.now(),
            zone=bundle.zone,
            status=problem.status if problem else 200,
            case=case,
            complaint=case.complaint,
            may_look=may_look(case, viewer.member),
            identity=identity,
            forgotten_at=await _forgotten_at(case.case_id),
            may_file=viewer.has(*FILING_ROLES),
            may_correct=viewer.has("supervisor"),
            may_erase=viewer.has("privacy"),
            looks=[{**look, "name": staff.name(look["by"])} for look in looks],
            media=[{"value": code, "label": bundle.label_of("channels", code, lang)} for code in MEDIA],
            notice={"kind": "done", "text": translate(lang, finished)} if finished else None,
            problem=problem,
            errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
            typed=dict(typed or {}),
        )

    async def _forgotten_at(case_id: UUID) -> Any:
        rows = await context.database.read(
            "select at from intake.disposal where case_id = $1 and what = 'identity'", case_id
        )
        return rows[0]["at"] if rows else None

    async def _looks(case_id: UUID) -> list[dict[str, Any]]:
        rows = await context.database.read(
            "select by, at, reason from intake.identity_look where case_id = $1 order by at desc limit 50", case_id
        )
        return [dict(row) for row in rows]

    return router
