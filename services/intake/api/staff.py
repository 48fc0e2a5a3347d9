"""What staff do to a complaint: acknowledge it, correct its receipt, erase its words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.policy import PolicyBundle
from services.intake.acknowledge import acknowledge
from services.intake.api.bodies import answer, json_body, object_or_refuse
from services.intake.api.complaints import FILING_ROLES
from services.intake.correct_receipt import correct_receipt
from services.intake.erase_words import erase_words
from services.intake.filing import clean, invalid
from services.intake.filing_dates import UnclearDate, read_moment
from services.intake.look_at_identity import CaseInView, case_in_view
from services.intake.track_complaint import case_by_number
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import FieldProblem, NotFound
from services.kit.i18n import N_
from services.kit.service import Context


def staff_router(context: Context) -> APIRouter:
    """Acknowledgement, receipt and erasure of one complaint, by its tracking number or id."""
    router = APIRouter(prefix="/api/v1/complaints/{number}", tags=["complaints"])
    filing = Allow(context, *FILING_ROLES, scope="cases within their scope")
    supervising = Allow(context, "supervisor", scope="cases within their scope")
    protecting = Allow(context, "privacy", scope="every ordinary case that has ended")

    @router.post("/acknowledgement", openapi_extra=_body(medium="string", acknowledged_at="string", template="string"))
    async def acknowledged(request: Request, number: str, viewer: Viewer | None = Depends(filing)) -> Response:
        """Record that the complainant was told that the complaint is received: `medium`, `acknowledged_at?`."""
        data = object_or_refuse(await json_body(request))
        case, bundle = await seen_case(context, number, signed_in(viewer))
        now = context.now()
        at = moment_in(data, "acknowledged_at", bundle, context) if data.get("acknowledged_at") else now
        async with context.database.transaction() as tx:
            await acknowledge(
                tx,
                case.case_id,
                medium=text_in(data, "medium") or "phone",
                acknowledged_at=at,
                now=now,
                by=signed_in(viewer).staff_id,
                template=text_in(data, "template") or None,
            )
        return answer({"acknowledged_at": at})

    @router.post("/receipt", openapi_extra=_body(received_at="string", reason="string"))
    async def corrected(request: Request, number: str, viewer: Viewer | None = Depends(supervising)) -> Response:
        """Correct when the complaint was received: `received_at`, `reason`; both values are kept."""
        data = object_or_refuse(await json_body(request))
        case, bundle = await seen_case(context, number, signed_in(viewer))
        received_at = moment_in(data, "received_at", bundle, context)
        async with context.database.transaction() as tx:
            due = await correct_receipt(
                tx,
                case.case_id,
                received_at=received_at,
                reason=text_in(data, "reason"),
                bundle=bundle,
                by=signed_in(viewer).staff_id,
                now=context.now(),
            )
        return answer({"received_at": received_at, "due": {"acknowledge": due.acknowledge, "resolve": due.resolve}})

    @router.post("/erasure", openapi_extra=_body(legal_ground="string"))
    async def erased(request: Request, number: str, viewer: Viewer | None = Depends(protecting)) -> Response:
        """Erase the words and the identity of an ended case in every service: `legal_ground`."""
        data = object_or_refuse(await json_body(request))
        case, _ = await seen_case(context, number, signed_in(viewer))
        async with context.database.transaction() as tx:
            await erase_words(
                tx,
                case.case_id,
                legal_ground=text_in(data, "legal_ground"),
                by=signed_in(viewer).staff_id,
                now=context.now(),
            )
        return answer({"erased": True})

    return router


async def seen_case(context: Context, number: str, viewer: Viewer) -> tuple[CaseInView, PolicyBundle]:
    """A case within the viewer's scope, by tracking number or id, and the policy it is judged by.

    Raises:
        NotFound: there is none that they may see.
    """
    in_force = await context.copies.in_force(context.database, context.now())
    case_id = await case_by_number(context.database, number) or _id(number)
    if case_id is None:
        raise NotFound(N_("There is no such case."), N_("Check the number, or ask the complaint centre."))
    case = await case_in_view(context.database, case_id, viewer.member, in_force)
    return case, await context.copies.policy(context.database, case.complaint["policy_version"])


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def text_in(data: dict[str, Any], field: str) -> str:
    """A text of the body, cleaned; empty when it is not there."""
    value = data.get(field, "")
    if not isinstance(value, str) or "\x00" in value:
        raise invalid([FieldProblem(field, N_("This must be text."), N_("Send it in quotation marks."))])
    return clean(value)[:4000]


def moment_in(data: dict[str, Any], field: str, bundle: PolicyBundle, context: Context) -> Any:
    """A moment of the body, in UTC."""
    try:
        return read_moment(text_in(data, field), context.now(), bundle.zone)
    except UnclearDate as unclear:
        raise invalid([FieldProblem(field, unclear.what, unclear.remedy)]) from None


def _body(**fields: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
