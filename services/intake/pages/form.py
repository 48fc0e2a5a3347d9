"""`/`: the public form, four steps, working without scripts; `/p/{service_point}`: the same with the place given.

`/embed` is the same form inside another site's page, where a browser sends no cookie (`docs/decisions/0035`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from schemas.policy import PolicyBundle
from services.intake.allowances import TooOften, take, too_often
from services.intake.embedding import frame_script
from services.intake.file_complaint import KeyReused, Receipt, contact_digests
from services.intake.files.attach import drop_from_draft
from services.intake.files.read_files import files_of_draft
from services.intake.filing import read_filing
from services.intake.filing_checks import Checked, check
from services.intake.form_defence import TRAP, LooksAutomatic, defence_of, judge, stamp
from services.intake.pages.cookies import address_of, errors_of, give_pass
from services.intake.pages.form_files import Draft, draft_of, files_in, id_in, keep_files
from services.intake.pages.receipt import receipt_data
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
from services.intake.send_form import SentForm, send_form
from services.intake.serials import Serials
from services.intake.track_complaint import track_complaint
from services.kit.access import FRAMED, Allow
from services.kit.copies import Staff
from services.kit.errors import FieldProblem, InvalidInput, RedressError
from services.kit.service import Context
from services.kit.tokens import form_token
from services.kit.web import language_of


@dataclass(frozen=True, slots=True)
class _Posted:
    """A step as it was sent: `go` is `next`, `send`, `drop:` with a file, or the number of a step to go to."""

    step: int
    go: str
    answers: Answers
    once: str
    opened: str = ""
    trap: str = ""
    work: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a step shows besides its answers."""

    problems: Sequence[FieldProblem] = ()
    trouble: RedressError | None = None
    again: bool = False
    opened: str = ""
    refused: Sequence[tuple[str, RedressError]] = field(default=())


def form_router(context: Context, serials: Serials) -> APIRouter:
    """The public form, on its own and in frames."""
    router = APIRouter(include_in_schema=False)
    anybody = Depends(Allow(context, scope="anybody may file"))
    framed = Depends(Allow(context, scope="anybody may file, inside another site's page", framed=True))
    pages, inside = FormPages(context, serials), FormPages(context, serials, framed=True)

    @router.get("/", dependencies=[anybody])
    async def start(request: Request) -> Response:
        return await pages.start(request)

    @router.get("/p/{service_point}", dependencies=[anybody])
    async def start_at(request: Request, service_point: str) -> Response:
        return await pages.start(request, service_point)

    @router.post("/", dependencies=[anybody])
    async def step(request: Request) -> Response:
        return await pages.take_step(request)

    @router.get("/embed", dependencies=[framed])
    async def start_inside(request: Request) -> Response:
        return await inside.start(request, request.query_params.get("service_point", ""))

    @router.post("/embed", dependencies=[framed])
    async def step_inside(request: Request) -> Response:
        return await inside.take_step(request)

    @router.get("/embed/frame.js", dependencies=[framed])
    async def frame(request: Request) -> Response:
        script = frame_script(address_of(context, request, ""))
        return Response(script, media_type="text/javascript", headers={"cache-control": "public, max-age=3600"})

    return router


class FormPages:
    """The steps of the form, shown at `/` or, `framed`, at `/embed`."""

    def __init__(self, context: Context, serials: Serials, framed: bool = False) -> None:
        self.context = context
        self.serials = serials
        self.framed = framed
        self.action = "/embed" if framed else "/"

    async def start(self, request: Request, service_point: str = "") -> Response:
        """The first step, or the second where the place is given."""
        bundle = await self.context.copies.in_force(self.context.database, self.context.now())
        known = bundle.has("service_points", service_point)
        answers = answers_in(
            {"service_point": service_point if known else "", "kind": request.query_params.get("kind", "")}
        )
        return await self.show(request, 2 if known else 1, answers, new_once(), _Shown())

    async def take_step(self, request: Request) -> Response:
        """Keep the files that came, then go where the button says."""
        form = await request.form()
        posted = _read(form)
        draft = draft_of(self.context, request, posted.once, self.framed)
        if posted.go.startswith("drop:"):
            async with self.context.database.transaction() as tx:
                await drop_from_draft(tx, draft.key, id_in(posted.go[5:]))
            return await self.show(request, posted.step, posted.answers, posted.once, _Shown(opened=posted.opened))
        refused = await keep_files(self.context, request, draft, files_in(form))
        if refused:
            shown = _Shown(refused=refused, opened=posted.opened)
            return await self.show(request, 2, posted.answers, posted.once, shown)
        if posted.go.isascii() and posted.go.isdigit() and 1 <= int(posted.go) < posted.step:
            shown = _Shown(opened=posted.opened)
            return await self.show(request, int(posted.go), posted.answers, posted.once, shown)
        return await self._forward(request, posted, draft)

    async def _forward(self, request: Request, posted: _Posted, draft: Draft) -> Response:
        """The next step, or what is wrong up to here; from the last one, the complaint."""
        bundle = await self.context.copies.in_force(self.context.database, self.context.now())
        sending = posted.go == "send"
        staff = await self.context.copies.staff(self.context.database) if sending else Staff(())
        checked, problems = _checked(request, posted.answers, bundle, staff, self.context)
        if wrong := problems_until(LAST if sending else posted.step, problems):
            step = min(step_of(problem.field) for problem in wrong)
            return await self.show(request, step, posted.answers, posted.once, _Shown(wrong, opened=posted.opened))
        if not sending or checked is None:
            step = min(posted.step + 1, LAST)
            return await self.show(request, step, posted.answers, posted.once, _Shown(opened=posted.opened))
        if trouble := await self._stopped(request, posted, checked, bundle):
            shown = _Shown(trouble=trouble, opened=posted.opened)
            return await self.show(request, LAST, posted.answers, posted.once, shown)
        form = SentForm(posted.once, draft.key, posted.answers, language_of(request))
        try:
            receipt = await send_form(self.context, self.serials, form, checked)
        except KeyReused:
            # Sent, gone back, changed and sent again: that is another complaint, and gets a number of its own.
            return await self.show(request, LAST, posted.answers, new_once(), _Shown(again=True))
        return await self._receipt(request, receipt)

    async def _stopped(
        self, request: Request, posted: _Posted, checked: Checked, bundle: PolicyBundle
    ) -> LooksAutomatic | TooOften | None:
        """What keeps this form from being filed just now, if anything."""
        defence, now, secret = defence_of(self.context.settings), self.context.now(), self.context.settings.digest_key
        if automatic := judge(
            defence, secret, once=posted.once, trap=posted.trap, opened=posted.opened, work=posted.work, now=now
        ):
            return automatic
        contacts = [digest.hex() for digest in contact_digests(secret, checked)]
        limits = [(defence.per_address, client_of(request)), *((defence.per_contact, who) for who in contacts)]
        async with self.context.database.transaction() as tx:
            if await tx.fetchval("select 1 from intake.arrival where channel = 'web' and source_id = $1", posted.once):
                return None  # an impatient thumb: it was let in before, and is answered alike
            for limit, who in limits:
                if not await take(tx, secret, limit, who, now):
                    # Returned, not raised: what was counted stays counted.
                    return too_often(limit, bundle.organisation.phone or "")
        return None

    async def _receipt(self, request: Request, receipt: Receipt) -> Response:
        now = self.context.now()
        if self.framed:
            # A frame keeps no cookie, so the receipt is this very answer.
            tracked = await track_complaint(self.context.database, receipt.complaint_id)
            bundle = await self.context.copies.policy(self.context.database, tracked.complaint["policy_version"])
            return self.context.web.page(
                request, "intake/receipt.html", policy=bundle, now=now, zone=bundle.zone, framed=True,
                **receipt_data(self.context, request, tracked, bundle),
            )  # fmt: skip
        response = RedirectResponse("/receipt", 303)
        give_pass(self.context, response, "receipt", receipt.complaint_id, now)
        # The receipt shows the secret, so "see the status" below it need not ask for it again.
        give_pass(self.context, response, "tracking", receipt.complaint_id, now)
        return response

    async def show(self, request: Request, step: int, answers: Answers, once: str, shown: _Shown) -> Response:
        """A step, with what was answered and what is wrong."""
        now = self.context.now()
        bundle = await self.context.copies.in_force(self.context.database, now)
        lang = language_of(request)
        problem = InvalidInput("", fields=shown.problems) if shown.problems else None
        draft = draft_of(self.context, request, once, self.framed)
        defence = defence_of(self.context.settings)
        status = 422 if problem or shown.refused else shown.trouble.status if shown.trouble else 200
        own: dict[str, Any] = {"csrf": form_token(self.context.settings.secret, FRAMED)} if self.framed else {}
        return self.context.web.page(
            request,
            "intake/form.html",
            policy=bundle,
            now=now,
            zone=bundle.zone,
            status=status,
            step=step,
            last=LAST,
            titles=TITLES,
            answers=answers,
            carried=carried(step, answers),
            once=once,
            opened=shown.opened or stamp(self.context.settings.digest_key, once, now),
            trap=TRAP,
            work_bits=defence.work_bits,
            options=options(bundle, lang),
            errors=errors_of(problem, lang),
            label_of=bundle.label_of,
            again=shown.again,
            trouble=shown.trouble,
            refused=shown.refused,
            files=await files_of_draft(self.context.database, draft.key),
            limits=draft.limits,
            action=f"{self.action}?lang={lang}" if self.framed else self.action,
            framed=self.framed,
            **own,
        )


def new_once() -> str:
    """A random key of one filled-in form, so that pressing the button twice files once."""
    return secrets.token_urlsafe(12)


def client_of(request: Request) -> str:
    """The address a request came from, as the server in front says it."""
    return request.client.host if request.client else ""


def _read(form: FormData) -> _Posted:
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    step = given.get("step", "1")
    once = given.get("once", "")
    return _Posted(
        step=int(step) if step in ("1", "2", "3", "4") else 1,
        go=given.get("go", "next"),
        answers=answers_in(given),
        once=once if 8 <= len(once) <= 64 and once.isascii() and once.replace("-", "").replace("_", "").isalnum()
        else new_once(),
        opened=given.get("opened", "")[:80],
        trap=given.get(TRAP, ""),
        work=given.get("work", ""),
    )  # fmt: skip


def _checked(
    request: Request, answers: Answers, bundle: PolicyBundle, staff: Staff, context: Context
) -> tuple[Checked | None, list[FieldProblem]]:
    """The filing as far as it is answered, and what is wrong with it under the names of the form."""
    try:
        filing = read_filing(filing_of(answers, language_of(request)))
        return check(filing, bundle, staff, context.now()), []
    except InvalidInput as problem:
        return None, problems_on_form(problem.fields)
