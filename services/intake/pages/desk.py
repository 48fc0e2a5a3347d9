"""`/desk/new`: staff record a call, a letter or a visit, with when it came in apart from when it is typed."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from services.intake.acknowledge import MEDIA, AlreadyAcknowledged, acknowledge
from services.intake.api.complaints import FILING_ROLES
from services.intake.api.staff import seen_case
from services.intake.file_complaint import file_complaint, key_of
from services.intake.filing import clean, read_filing
from services.intake.filing_checks import check
from services.intake.pages.cookies import errors_of, give_pass, pass_of
from services.intake.pages.form import new_once
from services.intake.pages.receipt import receipt_data
from services.intake.public_form import Answers, Option, answers_in, filing_of, options, problems_on_form
from services.intake.serials import Serials
from services.intake.track_complaint import track_complaint
from services.intake.tracking_number import read_aloud
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.service import Context
from services.kit.web import language_of

AGAIN = {"phone": "/desk/phone", "letter": "/desk/letter", "walk_in": "/desk/walk-in"}
"""Where the next one of a channel is taken in."""

STAFF_FIELDS = ("channel", "received_at", "external_reference", "language")

BLANK = {"channel": "phone", "kind": "complaint", "language": "th", "identity": "named"}
"""What a blank form proposes."""


def desk_router(context: Context, serials: Serials) -> APIRouter:
    """Filing for somebody else."""
    router = APIRouter(prefix="/desk/new", include_in_schema=False)
    filing = Allow(context, *FILING_ROLES, scope="file for anybody")

    @router.get("")
    async def blank(request: Request, viewer: Viewer | None = Depends(filing)) -> Response:
        return await show(request, signed_in(viewer), answers_of(BLANK), new_once())

    @router.post("")
    async def record(request: Request, viewer: Viewer | None = Depends(filing)) -> Response:
        form = dict(await request.form())
        answers, once = answers_of(form), str(form.get("once") or "")[:64] or new_once()
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        staff = await context.copies.staff(context.database)
        try:
            receipt = await file_complaint(
                context.database,
                check(read_filing(staff_filing(answers)), bundle, staff, now),
                bundle=bundle,
                serials=serials,
                settings=context.settings,
                now=now,
                filed_by=signed_in(viewer).staff_id,
                key=key_of(
                    context.settings.digest_key,
                    str(signed_in(viewer).staff_id),
                    once,
                    repr(sorted(answers.items())).encode(),
                ),
            )
        except RedressError as problem:
            return await show(request, signed_in(viewer), answers, once, problem)
        response = RedirectResponse("/desk/new/filed", 303)
        give_pass(context, response, "desk", receipt.complaint_id, now)
        return response

    @router.get("/filed")
    async def filed(request: Request, viewer: Viewer | None = Depends(filing)) -> Response:
        case_id: UUID | None = pass_of(context, request, "desk", context.now())
        if case_id is None:
            return RedirectResponse("/desk/new", 303)
        tracked = await track_complaint(context.database, case_id)
        bundle = await context.copies.policy(context.database, tracked.complaint["policy_version"])
        return context.web.page(
            request,
            "intake/desk_filed.html",
            policy=bundle,
            viewer=viewer,
            now=context.now(),
            zone=bundle.zone,
            aloud=read_aloud(tracked.complaint["tracking_number"]),
            again=AGAIN.get(tracked.complaint["channel"], "/desk/new"),
            **receipt_data(context, request, tracked, bundle),
        )

    @router.post("/filed")
    async def told(request: Request, viewer: Viewer | None = Depends(filing)) -> Response:
        """The number was read out to whoever stands there or is on the line: that is the acknowledgement (7.4)."""
        case_id = pass_of(context, request, "desk", context.now())
        if case_id is None:
            return RedirectResponse("/desk/new", 303)
        case, _ = await seen_case(context, str(case_id), signed_in(viewer))
        channel = case.complaint["channel"]
        now = context.now()
        with suppress(AlreadyAcknowledged):
            async with context.database.transaction() as tx:
                await acknowledge(
                    tx,
                    case_id,
                    medium=channel if channel in MEDIA else "other",
                    acknowledged_at=now,
                    now=now,
                    by=signed_in(viewer).staff_id,
                )
        return RedirectResponse("/desk/new/filed", 303)

    async def show(
        request: Request, viewer: Viewer, answers: Answers, once: str, problem: RedressError | None = None
    ) -> Response:
        now = context.now()
        lang = language_of(request)
        bundle = await context.copies.in_force(context.database, now)
        choices: dict[str, Any] = options(bundle, lang)
        choices["channel"] = [Option(c.code, c.label.say(lang)) for c in bundle.channels]
        fields = problems_on_form(problem.fields) if problem else []
        return context.web.page(
            request,
            "intake/desk_new.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            answers=answers,
            once=once,
            options=choices,
            problem=problem,
            errors=errors_of(InvalidInput("", fields=fields), lang),
        )

    return router


def answers_of(given: dict[str, Any]) -> Answers:
    """The answers in the staff form."""
    more = {name: clean(str(given.get(name) or "").replace("\x00", "")) for name in STAFF_FIELDS}
    return {**answers_in(given), **more}


def staff_filing(answers: Answers) -> dict[str, Any]:
    """The body that the API would take of staff."""
    body = filing_of(answers, "en" if answers["language"] == "en" else "th")
    return {**body, **{name: answers[name] or None for name in ("channel", "received_at", "external_reference")}}
