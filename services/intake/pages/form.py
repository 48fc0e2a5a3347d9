"""`/`: the public form, four steps, working without scripts; `/p/{service_point}`: the same with the place given."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.file_complaint import KeyReused, file_complaint, key_of
from services.intake.filing import read_filing
from services.intake.filing_checks import Checked, check
from services.intake.pages.cookies import errors_of, give_pass
from services.intake.public_form import (
    LAST,
    TITLES,
    Answers,
    answers_in,
    carried,
    filing_of,
    options,
    problems_on_form,
    problems_until,
    step_of,
)
from services.intake.serials import Serials
from services.kit.access import Allow
from services.kit.copies import Staff
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.service import Context
from services.kit.web import language_of


@dataclass(frozen=True, slots=True)
class _Posted:
    """A step as it was sent: `go` is `next`, `send` or the number of a step to go to."""

    step: int
    go: str
    answers: Answers
    once: str


def form_router(context: Context, serials: Serials) -> APIRouter:
    """The public form."""
    router = APIRouter(include_in_schema=False)
    anybody = Depends(Allow(context, scope="anybody may file"))

    @router.get("/", dependencies=[anybody])
    async def start(request: Request) -> Response:
        return await show(request, 1, answers_in({"kind": request.query_params.get("kind", "")}), new_once())

    @router.get("/p/{service_point}", dependencies=[anybody])
    async def start_at(request: Request, service_point: str) -> Response:
        bundle = await context.copies.in_force(context.database, context.now())
        known = bundle.has("service_points", service_point)
        step = 2 if known else 1
        return await show(request, step, answers_in({"service_point": service_point if known else ""}), new_once())

    @router.post("/", dependencies=[anybody])
    async def step(request: Request) -> Response:
        posted = _read(dict(await request.form()))
        if posted.go.isdigit() and 1 <= int(posted.go) < posted.step:
            return await show(request, int(posted.go), posted.answers, posted.once)
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        staff = await context.copies.staff(context.database) if posted.go == "send" else Staff(())
        checked, problems = _checked(request, posted.answers, bundle, staff, context)
        upto = LAST if posted.go == "send" else posted.step
        if wrong := problems_until(upto, problems):
            return await show(request, min(step_of(p.field) for p in wrong), posted.answers, posted.once, wrong)
        if posted.go != "send" or checked is None:
            return await show(request, min(posted.step + 1, LAST), posted.answers, posted.once)
        key = key_of(context.settings.secret, "form", posted.once, repr(sorted(posted.answers.items())).encode())
        try:
            receipt = await file_complaint(
                context.database,
                checked,
                bundle=bundle,
                serials=serials,
                server_secret=context.settings.secret,
                now=now,
                key=key,
            )
        except KeyReused:
            # Sent, gone back, changed and sent again: that is another complaint, and gets a number of its own.
            return await show(request, LAST, posted.answers, new_once(), again=True)
        response = RedirectResponse("/receipt", 303)
        give_pass(context, response, "receipt", receipt.complaint_id, now)
        # The receipt shows the secret, so "see the status" below it need not ask for it again.
        give_pass(context, response, "tracking", receipt.complaint_id, now)
        return response

    async def show(
        request: Request,
        step: int,
        answers: Answers,
        once: str,
        problems: list[FieldProblem] | None = None,
        again: bool = False,
    ) -> Response:
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        lang = language_of(request)
        problem = InvalidInput("", fields=problems) if problems else None
        return context.web.page(
            request,
            "intake/form.html",
            policy=bundle,
            now=now,
            zone=bundle.zone,
            status=422 if problems else 200,
            step=step,
            last=LAST,
            titles=TITLES,
            answers=answers,
            carried=carried(step, answers),
            once=once,
            options=options(bundle, lang),
            errors=errors_of(problem, lang),
            label_of=bundle.label_of,
            again=again,
        )

    return router


def new_once() -> str:
    """A random key of one filled-in form, so that pressing the button twice files once."""
    return secrets.token_urlsafe(12)


def _read(form: dict[str, Any]) -> _Posted:
    step = str(form.get("step", "1"))
    return _Posted(
        step=int(step) if step in ("1", "2", "3", "4") else 1,
        go=str(form.get("go", "next")),
        answers=answers_in(form),
        once=str(form.get("once") or "")[:64] or new_once(),
    )


def _checked(
    request: Request, answers: Answers, bundle: PolicyBundle, staff: Staff, context: Context
) -> tuple[Checked | None, list[FieldProblem]]:
    """The filing as far as it is answered, and what is wrong with it under the names of the form."""
    try:
        filing = read_filing(filing_of(answers, language_of(request)))
        return check(filing, bundle, staff, context.now()), []
    except InvalidInput as problem:
        return None, problems_on_form(problem.fields)
