"""`/track`: find a case by number and secret, see its way, and act. The secret is never part of an address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from schemas.policy import PolicyBundle
from services.intake.act_on_complaint import Asked, NotNow, act_on_complaint, read_action
from services.intake.actions import allowed_actions, contest_until, reopen_until
from services.intake.add_files import add_files
from services.intake.files.attach import within
from services.intake.files.keep_file import file_store, prepare_file
from services.intake.files.read_files import KeptFile, file_by_id, files_of_case, no_such_file
from services.intake.files.refusing import FileRefused
from services.intake.filing import invalid
from services.intake.line.options import line_options
from services.intake.pages.cookies import errors_of, give_pass, pass_of
from services.intake.pages.file_answers import file_answer
from services.intake.pages.form_files import files_in
from services.intake.receipt_view import office_of
from services.intake.track_complaint import NoSuchCase, Tracked, find_case, shown, track_complaint
from services.intake.tracking_number import read_number
from services.intake.tracking_view import LEVEL_WORDS, decision_of, late_notice, messages_of, way_of
from services.kit.access import Allow
from services.kit.errors import FieldProblem, InvalidInput, RedressError, TooLarge
from services.kit.gist import gist_of
from services.kit.i18n import N_, Lang, translate
from services.kit.service import Context
from services.kit.web import language_of

DONE = {
    "accept": N_("Thank you. We carry out what was decided and close the case."),
    "contest": N_("We have your request. People who had no part in the outcome review it."),
    "reopen": N_("We have your request to open the case again."),
    "withdraw": N_("We have noted that you withdraw the case."),
    "add": N_("We have what you sent."),
    "rate": N_("Thank you for your rating."),
}


def tracking_router(context: Context) -> APIRouter:
    """Finding, seeing and acting."""
    router = APIRouter(include_in_schema=False)
    anybody = Depends(Allow(context, scope="anybody; without number and secret nothing is told"))
    with_pass = Depends(Allow(context, scope="the one case whose secret was given in this browser"))

    @router.get("/track", dependencies=[anybody])
    async def ask(request: Request) -> Response:
        return await show_ask(request, request.query_params.get("n", ""))

    @router.post("/track", dependencies=[anybody])
    async def find(request: Request) -> Response:
        form = await request.form()
        number, secret = str(form.get("number") or ""), str(form.get("secret") or "")
        try:
            case_id = await find_case(context.database, context.settings.digest_key, number, secret)
        except NoSuchCase as problem:
            return await show_ask(request, number, problem)
        response = RedirectResponse(f"/track/{read_number(number)}", 303)
        give_pass(context, response, "tracking", case_id, context.now())
        return response

    @router.get("/track/{number}", dependencies=[with_pass])
    async def see(request: Request, number: str) -> Response:
        case_id = await passed(request, number)
        if case_id is None:
            return await show_ask(request, number)
        return await show_case(request, case_id)

    @router.post("/track/{number}", dependencies=[with_pass])
    async def act(request: Request, number: str) -> Response:
        case_id = await passed(request, number)
        if case_id is None:
            return await show_ask(request, number, _SIGN_IN_AGAIN)
        form = await request.form()
        typed = {name: _text_in(form, name) for name in ("action", "text", "rating", "confidence", "confirmed")}
        files = files_in(form)
        try:
            if typed["action"] == "add" and files:
                await add(case_id, typed, files, language_of(request))
            else:
                asked = _asked(typed)
                async with context.database.transaction() as tx:
                    tracked = await track_complaint(tx, case_id)
                    bundle = await context.copies.policy(tx, tracked.complaint["policy_version"])
                    await act_on_complaint(tx, case_id, asked, bundle, context.now())
        except (InvalidInput, NotNow, FileRefused, TooLarge) as problem:
            return await show_case(request, case_id, problem, typed)
        return RedirectResponse(f"/track/{read_number(number)}?done={typed['action']}", 303)

    async def add(case_id: UUID, typed: dict[str, str], files: list[UploadFile], lang: Lang) -> None:
        """A message with files. They are made ready before the transaction, which then holds no connection for long."""
        store = file_store(context)
        within(store.limits, 0, len(files))
        ready = [await prepare_file(store, content=f.file, name=f.filename, origin="tracking") for f in files]
        async with context.database.transaction() as tx:
            tracked = await track_complaint(tx, case_id)
            bundle = await context.copies.policy(tx, tracked.complaint["policy_version"])
            await add_files(
                tx, case_id, ready, text=typed["text"], bundle=bundle, language=lang, medium="web", now=context.now()
            )

    @router.get("/track/{number}/files/{file_id}", dependencies=[with_pass])
    async def download(request: Request, number: str, file_id: UUID) -> Response:
        return await file_answer(context, await passed_file(request, number, file_id))

    @router.get("/track/{number}/files/{file_id}/small", dependencies=[with_pass])
    async def small(request: Request, number: str, file_id: UUID) -> Response:
        return await file_answer(context, await passed_file(request, number, file_id), "small")

    async def passed_file(request: Request, number: str, file_id: UUID) -> KeptFile:
        """A file of the case of the pass that its complainant may see."""
        case_id = await passed(request, number)
        file = await file_by_id(context.database, file_id)
        if case_id is None or file.case_id != case_id or file.internal:
            raise no_such_file()
        return file

    async def passed(request: Request, number: str) -> UUID | None:
        """The case of the pass, if it is the one in the address."""
        case_id = pass_of(context, request, "tracking", context.now())
        if case_id is None:
            return None
        rows = await context.database.read("select tracking_number from intake.complaint where id = $1", case_id)
        return case_id if rows and rows[0]["tracking_number"] == read_number(number) else None

    async def show_ask(request: Request, number: str, problem: RedressError | None = None) -> Response:
        now = context.now()
        bundle = await context.copies.in_force(context.database, now)
        return context.web.page(
            request,
            "intake/track.html",
            policy=bundle,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            number=read_number(number) or number,
            problem=problem,
        )

    async def show_case(
        request: Request, case_id: UUID, problem: RedressError | None = None, typed: dict[str, str] | None = None
    ) -> Response:
        now = context.now()
        lang = language_of(request)
        tracked = await track_complaint(context.database, case_id)
        bundle = await context.copies.policy(context.database, tracked.complaint["policy_version"])
        done = DONE.get(request.query_params.get("done", ""))
        return context.web.page(
            request,
            "intake/case.html",
            policy=bundle,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            number=tracked.complaint["tracking_number"],
            title=gist_of(tracked.complaint["narrative"] or "") or None,
            told=shown(tracked, bundle, lang, now),
            actions=allowed_actions(tracked.standing, bundle, now),
            way=way_of(tracked, bundle, lang),
            late=late_notice(tracked, bundle, now),
            level_words=LEVEL_WORDS,
            decision=decision_of(tracked, bundle, lang),
            contest_by=_window(tracked, bundle),
            messages=messages_of(tracked),
            files=await files_of_case(context.database, case_id, public=True),
            limits=file_store(context).limits,
            asked=tracked.progress.get("asked"),
            pending=tracked.progress.get("pending_action"),
            office=office_of(bundle, tracked.unit, lang, restricted=tracked.restricted),
            recourse=bundle.publication.recourse,
            silence=len(bundle.lifecycle.silence.notices),
            line_on=line_options(context.settings) is not None,
            notice={"kind": "done", "text": translate(lang, done)} if done and problem is None else None,
            problem=problem,
            errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
            typed=typed or {},
        )

    return router


_SIGN_IN_AGAIN = NoSuchCase(
    N_("The page was open for long, so we ask for the secret again."),
    N_("Nothing was sent. Enter number and secret, then send it again."),
)


def _text_in(form: FormData, name: str) -> str:
    """A text of the form; a file in its place is none."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _asked(typed: dict[str, str]) -> Asked:
    """The action in a form. Withdrawing needs its own confirmation (domain §3)."""
    if typed["action"] == "withdraw" and typed["confirmed"] != "true":
        problem = FieldProblem(
            "confirmed", N_("A withdrawal needs your confirmation."), N_("Tick the box if you are sure.")
        )
        raise invalid([problem])
    data = {"action": typed["action"], "text": typed["text"].replace("\x00", "") or None}
    marks = {name: int(typed[name]) for name in ("rating", "confidence") if typed[name] in ("1", "2", "3", "4", "5")}
    return read_action({**data, **marks})


def _window(tracked: Tracked, bundle: PolicyBundle) -> datetime | None:
    """The last moment at which the outcome may be contested, or the closed case reopened."""
    decided = tracked.progress.get("decided_at")
    if decided is None:
        return None
    return reopen_until(bundle, decided) if tracked.state == "closed" else contest_until(bundle, decided)
