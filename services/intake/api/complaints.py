"""`/api/v1/complaints`: file, track, act."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from schemas.complaints import Promised
from services.intake.act_on_complaint import Asked, act_on_complaint, read_action
from services.intake.api.bodies import answer, comparable, described_by, json_body
from services.intake.file_complaint import Receipt, file_complaint, key_of
from services.intake.filing import Filing, invalid, read_filing
from services.intake.filing_checks import check
from services.intake.serials import Serials
from services.intake.track_complaint import find_case, shown, track_complaint
from services.kit.access import Allow, Viewer
from services.kit.copies import Staff
from services.kit.errors import FieldProblem, NotAllowed, SignInNeeded
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.web import language_of

FILING_ROLES = ("officer", "supervisor", "centre", "approver", "verifier", "unit_head", "integrity", "administrator")
"""Who may file for somebody else, saying by which channel and when it came in."""

NOBODY = Staff(())
KEY_LIMIT = 255


def complaints_router(context: Context, serials: Serials) -> APIRouter:
    """Filing, tracking and acting."""
    router = APIRouter(prefix="/api/v1/complaints", tags=["complaints"])
    anybody = Allow(context, scope="anybody may file; staff may say how and when it came in", optional=True)
    with_secret = Depends(Allow(context, scope="the one case whose secret is given"))

    # Body and header are read by hand: the hot path validates once, and no more than it needs.
    @router.post("", status_code=201, openapi_extra={**described_by(Filing), **_KEY_HEADER}, responses=_ANSWERS)
    async def file(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        """File a complaint. With an `Idempotency-Key`, a repeat of the same body gets the same answer."""
        data = await json_body(request)
        idempotency_key = request.headers.get("idempotency-key")
        filing = read_filing(data)
        if filing.by_staff:
            may_file_for_others(viewer)
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        staff = await context.copies.staff(context.database) if filing.subject else NOBODY
        receipt = await file_complaint(
            context.database,
            check(filing, bundle, staff, now),
            bundle=bundle,
            serials=serials,
            settings=context.settings,
            now=now,
            filed_by=viewer.staff_id if viewer and filing.by_staff else None,
            key=None if idempotency_key is None else key_of(
                context.settings.digest_key, str(viewer.staff_id) if viewer else "", checked_key(idempotency_key),
                comparable(data),
            ),
        )  # fmt: skip
        return answer(told(receipt), 201)

    @router.get("/{number}", dependencies=[with_secret])
    async def track(request: Request, number: str, x_tracking_secret: Annotated[str, Header()] = "") -> Response:
        """Status, promised dates, what can be done now, and the timeline."""
        case_id = await find_case(context.database, context.settings.digest_key, number, x_tracking_secret)
        tracked = await track_complaint(context.database, case_id)
        bundle = await context.copies.policy(context.database, tracked.complaint["policy_version"])
        return answer(shown(tracked, bundle, language_of(request), context.now()))

    @router.post("/{number}/actions", status_code=202, dependencies=[with_secret], openapi_extra=described_by(Asked))
    async def act(request: Request, number: str, x_tracking_secret: Annotated[str, Header()] = "") -> Response:
        """Accept, contest, reopen, withdraw, add or rate; answers how the case stands now."""
        data = await json_body(request)
        case_id = await find_case(context.database, context.settings.digest_key, number, x_tracking_secret)
        asked = read_action(data)
        now = context.now()
        async with context.database.transaction() as tx:
            tracked = await track_complaint(tx, case_id)
            bundle = await context.copies.policy(tx, tracked.complaint["policy_version"])
            await act_on_complaint(tx, case_id, asked, bundle, now, medium="api")
            tracked = await track_complaint(tx, case_id)
        return answer(shown(tracked, bundle, language_of(request), now), 202)

    return router


_KEY_HEADER: dict[str, Any] = {
    "parameters": [
        {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 255}}
    ]
}

_ANSWERS: dict[int | str, dict[str, Any]] = {
    201: {"description": "Accepted: tracking number, secret, times and what is promised"},
    422: {"description": "A problem document (RFC 9457) that names each field and the remedy"},
}


def told(receipt: Receipt) -> dict[str, Any]:
    """The body of 201."""
    due: Promised = receipt.promised
    return {
        "tracking_number": receipt.tracking_number,
        "tracking_secret": receipt.secret,
        "received_at": receipt.received_at,
        "acknowledged_at": receipt.acknowledged_at,
        "due": {"acknowledge": due.acknowledge, "resolve": due.resolve},
    }


def may_file_for_others(viewer: Viewer | None) -> Viewer:
    """The viewer, if they may say by which channel and when a complaint came in."""
    if viewer is None:
        raise SignInNeeded(
            N_("Only signed-in staff may set channel, received_at and external_reference."),
            N_("Leave them out, or sign in; nothing was saved."),
        )
    if not viewer.has(*FILING_ROLES):
        raise NotAllowed(
            N_("Your roles do not cover filing for others."),
            N_("Ask the complaint centre to file it; nothing was saved."),
        )
    return viewer


def checked_key(key: str) -> str:
    """An `Idempotency-Key` of a sensible length."""
    if not key.strip() or len(key) > KEY_LIMIT:
        problem = FieldProblem(
            "Idempotency-Key",
            N_("The key must have 1 to 255 characters."),
            N_("Send a random one, such as a UUID, for each complaint."),
        )
        raise invalid([problem])
    return key.strip()
