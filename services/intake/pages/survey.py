"""`/survey/{link}`: rate the handling of one closing, once (ISO 10002 8.3). The signed link is the way in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.intake.act_on_complaint import NotNow, act_on_complaint, read_action
from services.intake.pages.cookies import errors_of
from services.intake.survey_pass import Invited, read_survey_pass
from services.intake.track_complaint import track_complaint
from services.kit.access import Allow
from services.kit.errors import InvalidInput, RedressError
from services.kit.service import Context
from services.kit.web import language_of


def survey_router(context: Context) -> APIRouter:
    """The survey of one closure."""
    router = APIRouter(prefix="/survey/{link}", include_in_schema=False)
    invited = Depends(Allow(context, scope="the one closing that the signed link invites to rate"))

    @router.get("", dependencies=[invited])
    async def ask(request: Request, link: str) -> Response:
        return await show(request, link)

    @router.post("", dependencies=[invited])
    async def answer(request: Request, link: str) -> Response:
        form = await request.form()
        typed = {name: str(form.get(name) or "")[:10_000] for name in ("rating", "confidence", "text")}
        found = read_survey_pass(context.settings.digest_key, link, context.now())
        if found is None:
            return await show(request, link)
        try:
            async with context.database.transaction() as tx:
                tracked = await track_complaint(tx, found.case_id)
                if not _open(tracked.progress, found):
                    return await show(request, link)
                bundle = await context.copies.policy(tx, tracked.complaint["policy_version"])
                await act_on_complaint(tx, found.case_id, read_action(_body(typed)), bundle, context.now(), "survey")
        except NotNow:
            return await show(request, link)
        except InvalidInput as problem:
            return await show(request, link, problem, typed)
        return RedirectResponse(f"/survey/{link}?answered=1", 303)

    async def show(
        request: Request, link: str, problem: RedressError | None = None, typed: dict[str, str] | None = None
    ) -> Response:
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        found, number = read_survey_pass(context.settings.digest_key, link, now), ""
        if found is not None:
            tracked = await track_complaint(context.database, found.case_id)
            number = tracked.complaint["tracking_number"]
            if tracked.rated or not _open(tracked.progress, found):
                found = None
        return context.web.page(
            request,
            "intake/survey.html",
            policy=bundle,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            invited=found,
            number=number,
            answered="answered" in request.query_params,
            problem=problem,
            errors=errors_of(problem, language_of(request)) if isinstance(problem, InvalidInput) else {},
            typed=typed or {},
        )

    return router


def _open(progress: Any, found: Invited) -> bool:
    """Whether the case still stands where the invitation found it."""
    return int(progress.get("reopened_count", 0)) == found.closure


def _body(typed: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"action": "rate", "text": typed["text"].replace("\x00", "") or None}
    for name in ("rating", "confidence"):
        if typed[name] in ("1", "2", "3", "4", "5"):
            data[name] = int(typed[name])
    return data
