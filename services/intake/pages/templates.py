"""`/admin/templates`: every message as it reads for a real case, which template it is of, what did not arrive."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.policy_templates import PURPOSES
from services.intake.api.staff import seen_case
from services.intake.channels import carriers
from services.intake.messages.compose import Written, write
from services.intake.messages.keys import covered
from services.intake.messages.list_messages import undelivered
from services.intake.messages.words import CHANNEL_NAMES, PURPOSE_NAMES, STATE_NAMES
from services.intake.track_complaint import Tracked, track_complaint
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound
from services.kit.i18n import LANGUAGES
from services.kit.service import Context

KINDS = ("complaint", "suggestion", "enquiry", "compliment")
SAMPLE_DATA = {"progress": "…", "request": "…", "reason": "…"}


def templates_router(context: Context) -> APIRouter:
    """The preview of templates."""
    router = APIRouter(prefix="/admin/templates", include_in_schema=False)
    allowed = Allow(context, "administrator", scope="templates of the policy; a case only within their scope")

    @router.get("")
    async def see(request: Request, case: str = "", viewer: Viewer | None = Depends(allowed)) -> Response:
        now = context.now()
        policy = await context.copies.in_force(context.database, now)
        tracked, missing = None, False
        number = case or await _newest()
        if number:
            try:
                found, _ = await seen_case(context, number, signed_in(viewer))
                tracked = await track_complaint(context.database, found.case_id)
            except NotFound:
                missing = True
        return context.web.page(
            request,
            "intake/admin_templates.html",
            policy=policy,
            viewer=viewer,
            now=now,
            zone=policy.zone,
            shown=await _previews(tracked) if tracked is not None else [],
            number=tracked.complaint["tracking_number"] if tracked else case,
            missing=missing and bool(case),
            purpose_names=PURPOSE_NAMES,
            state_names=STATE_NAMES,
            channel_names=CHANNEL_NAMES,
            channels=[(carrier.channel, await carrier.check(), carrier.left()) for carrier in carriers(context)],
            undelivered=await undelivered(context.database),
        )

    async def _newest() -> str:
        rows = await context.database.read(
            "select tracking_number from intake.complaint where not restricted order by id desc limit 1"
        )
        return str(rows[0]["tracking_number"]) if rows else ""

    async def _previews(tracked: Tracked) -> list[dict[str, Any]]:
        now = context.now()
        policy = await context.copies.in_force(context.database, now)
        bundle = await context.copies.policy(context.database, tracked.complaint["policy_version"])
        kind = str(tracked.progress.get("kind") or tracked.complaint["kind"])
        shown: list[dict[str, Any]] = []
        for purpose in PURPOSES:
            chosen = policy.template(purpose, kind)
            written: dict[str, Written | None] = {
                lang: write(
                    tracked, purpose, policy, bundle, context.settings, lang=lang, channel="email",
                    data=SAMPLE_DATA, now=now,
                )
                for lang in LANGUAGES
            }  # fmt: skip
            if chosen is not None and written["th"] is not None:
                texts = {lang: _covered(each, tracked.case_id) for lang, each in written.items()}
                shown.append({"purpose": purpose, "own": chosen in policy.templates, "code": chosen.code, **texts})
        return shown

    def _covered(written: Written | None, case_id: UUID) -> Written | None:
        """Without the keys to the case that a message carries: the case is somebody's."""
        if written is None:
            return None
        return Written(written.subject, covered(written.text, context.settings.digest_key, case_id) or "")

    return router
