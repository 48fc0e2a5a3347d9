"""`/admin/data-requests`: requests of people about their own data, each with its clock, and what is done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.api.staff import moment_in, text_in
from services.intake.contacts.keeping import contacts_of
from services.intake.filing import invalid
from services.intake.messages.letter import set_paper
from services.intake.pages.cookies import errors_of
from services.intake.subjects.correct_identity import correct_identity, read_correction
from services.intake.subjects.erase_subject import How, erase_subject
from services.intake.subjects.export_subject import export_subject
from services.intake.subjects.find_subject import SubjectCase, read_sought
from services.intake.subjects.read_requests import RequestInView, list_requests, read_request
from services.intake.subjects.record_request import Asked, record_request
from services.intake.subjects.settle_request import settle_request
from services.intake.subjects.sheet import sheet_of
from services.intake.subjects.tables import REQUEST_KINDS
from services.intake.subjects.words import DONE, KINDS, KINDS_OF_CONTACT, STEPS, standing_words
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import FieldProblem, InvalidInput, NotFound, RedressError, Unavailable
from services.kit.i18n import N_, translate
from services.kit.paging import read_cursor, write_cursor
from services.kit.service import Context
from services.kit.web import language_of

HANDLERS = ("privacy", "integrity")
"""Who answers requests: data protection, and for restricted cases those who handle them."""

NOTICES = {
    "recorded": N_("The request is written down; its clock runs."),
    "corrected": N_("It is corrected, here and for every message from now on."),
    "erased": N_("What had ended is erased; an open case follows when it has ended."),
    "done": N_("The request is answered; its clock is stopped."),
    "refused": N_("The refusal is written down; its clock is stopped."),
}


def data_requests_router(context: Context) -> APIRouter:
    """The list, one request, and what can be done about it."""
    router = APIRouter(prefix="/admin/data-requests", include_in_schema=False)
    reading = Allow(
        context, *HANDLERS, "auditor", scope="ordinary cases; those about restricted cases: their integrity officers"
    )
    handling = Allow(context, *HANDLERS, scope="ordinary cases; those about restricted cases: their integrity officers")

    @router.get("")
    async def see(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        return await _list(context, request, signed_in(viewer))

    @router.get("/new")
    async def ask(request: Request, viewer: Viewer | None = Depends(handling)) -> Response:
        return await _new(context, request, signed_in(viewer))

    @router.post("/new")
    async def record(request: Request, viewer: Viewer | None = Depends(handling)) -> Response:
        data = dict(await request.form())
        try:
            request_id = await _record(context, data, signed_in(viewer))
        except RedressError as problem:
            return await _new(context, request, signed_in(viewer), problem, data)
        return RedirectResponse(f"/admin/data-requests/{request_id}?done=recorded", 303)

    @router.get("/{request_id}")
    async def one(request: Request, request_id: str, viewer: Viewer | None = Depends(reading)) -> Response:
        return await _show(context, request, _id(request_id), signed_in(viewer))

    @router.post("/{request_id}/export")
    async def export(request: Request, request_id: str, viewer: Viewer | None = Depends(handling)) -> Response:
        form = await request.form()
        try:
            return await _export(context, request, _id(request_id), form, signed_in(viewer))
        except RedressError as problem:
            return await _show(context, request, _id(request_id), signed_in(viewer), problem, {"what": "export"})

    @router.post("/{request_id}/{what}")
    async def act(request: Request, request_id: str, what: str, viewer: Viewer | None = Depends(handling)) -> Response:
        form = await request.form()
        data = dict(form)
        try:
            done = await _act(context, _id(request_id), what, data, form.getlist("case"), signed_in(viewer))
        except RedressError as problem:
            typed = {**data, "what": what}
            return await _show(context, request, _id(request_id), signed_in(viewer), problem, typed)
        return RedirectResponse(f"/admin/data-requests/{request_id}?done={done}", 303)

    return router


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(N_("There is no such request."), N_("Start again from the list.")) from None


async def _list(context: Context, request: Request, viewer: Viewer) -> Response:
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    open_only = request.query_params.get("show") != "all"
    shown, following = await list_requests(
        context.database, viewer.member, bundle, now, open_only=open_only,
        after=read_cursor(request.query_params.get("cursor")),
    )  # fmt: skip
    return context.web.page(
        request,
        "intake/data_requests.html",
        policy=bundle,
        viewer=viewer,
        now=now,
        zone=bundle.zone,
        requests=shown,
        open_only=open_only,
        following=write_cursor(following),
        kinds=KINDS,
        states={"open": N_("open"), "done": N_("answered"), "refused": N_("refused")},
        may_handle=viewer.has(*HANDLERS),
        rule=bundle.data_requests,
    )


async def _new(
    context: Context, request: Request, viewer: Viewer, problem: RedressError | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    now, lang = context.now(), language_of(request)
    bundle = await context.copies.in_force(context.database, now)
    return context.web.page(
        request,
        "intake/data_request_new.html",
        policy=bundle,
        viewer=viewer,
        now=now,
        zone=bundle.zone,
        status=problem.status if problem else 200,
        kinds=[{"value": kind, "label": translate(lang, KINDS[kind])} for kind in REQUEST_KINDS],
        rule=bundle.data_requests,
        problem=problem,
        errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
        typed=dict(typed or {}),
    )


async def _record(context: Context, data: dict[str, Any], viewer: Viewer) -> UUID:
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    kind = text_in(data, "kind")
    if kind not in REQUEST_KINDS:
        raise invalid([FieldProblem("kind", N_("It is not said what is asked."), N_("Choose from the list."))])
    asked = Asked(
        kind=kind,  # type: ignore[arg-type]
        sought=read_sought(text_in(data, "contact")),
        verified=text_in(data, "verified"),
        wish=text_in(data, "wish"),
        received_at=moment_in(data, "received_at", bundle, context) if data.get("received_at") else now,
    )
    async with context.database.transaction() as tx:
        return await record_request(
            tx, asked, bundle=bundle, contacts=contacts_of(context.settings), by=viewer.staff_id, now=now
        )


async def _read(context: Context, request_id: UUID, viewer: Viewer) -> tuple[RequestInView, PolicyBundle]:
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    found = await read_request(context.database, request_id, viewer.member, bundle, contacts_of(context.settings), now)
    return found, bundle


def _chosen(found: RequestInView, given: Sequence[Any]) -> list[SubjectCase]:
    wanted = {str(one) for one in given}
    return [case for case, _ in found.cases if str(case.case_id) in wanted]


async def _act(
    context: Context, request_id: UUID, what: str, data: dict[str, Any], given: Sequence[Any], viewer: Viewer
) -> str:
    found, _ = await _read(context, request_id, viewer)
    chosen, now, by = _chosen(found, given), context.now(), viewer.staff_id
    async with context.database.transaction() as tx:
        if what == "correct":
            await correct_identity(
                tx, request_id, chosen, read_correction({name: str(data.get(name) or "") for name in data}),
                text_in(data, "reason"), contacts=contacts_of(context.settings), by=by, now=now,
            )  # fmt: skip
            return "corrected"
        if what == "erase":
            how: How = "forget" if data.get("how") == "forget" else "erase"
            await erase_subject(tx, request_id, chosen, how, text_in(data, "ground"), by=by, now=now)
            return "erased"
        if what == "settle":
            state = "refused" if data.get("state") == "refused" else "done"
            await settle_request(tx, request_id, state, text_in(data, "outcome"), by=by, now=now)  # type: ignore[arg-type]
            return state
    raise NotFound(N_("There is no such page."), N_("Check the address, or start from the first page."))


async def _export(context: Context, request: Request, request_id: UUID, form: Any, viewer: Viewer) -> Response:
    found, bundle = await _read(context, request_id, viewer)
    lang, now = language_of(request), context.now()
    async with context.database.transaction() as tx:
        document = await export_subject(
            tx, request_id, _chosen(found, form.getlist("case")), bundle=bundle, copies=context.copies,
            contacts=contacts_of(context.settings), lang=lang, by=viewer.staff_id, now=now,
        )  # fmt: skip
        made, kind = orjson.dumps(document, option=orjson.OPT_INDENT_2), "json"
        if form.get("as") == "pdf":
            paper = await set_paper("subject", sheet_of(document, lang, bundle.zone))
            if paper is None:
                raise Unavailable(
                    N_("The data could not be made into a PDF."),
                    N_("Take it as JSON; a Thai font (fonts-thai-tlwg) should be installed on the server."),
                )
            made, kind = paper, "pdf"
    return Response(
        made,
        media_type="application/pdf" if kind == "pdf" else "application/json",
        headers={
            "content-disposition": f'attachment; filename="data-request-{document["request"]}.{kind}"',
            "cache-control": "no-store",
        },
    )


async def _show(
    context: Context, request: Request, request_id: UUID, viewer: Viewer, problem: RedressError | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    found, bundle = await _read(context, request_id, viewer)
    lang, now = language_of(request), context.now()
    staff = await context.copies.staff(context.database)
    notice = NOTICES.get(request.query_params.get("done", "")) if problem is None else None
    handles = viewer.has(*HANDLERS)
    return context.web.page(
        request,
        "intake/data_request.html",
        policy=bundle,
        viewer=viewer,
        now=now,
        zone=bundle.zone,
        status=problem.status if problem else 200,
        it=found,
        contact=found.contact if handles else None,
        contact_kind=KINDS_OF_CONTACT[found.request.row["contact_kind"]],
        kinds=KINDS,
        cases=[
            {"case": case, "done": DONE[done], "state": translate(lang, standing_words(case.state)),
             "channel": bundle.label_of("channels", case.channel, lang)}
            for case, done in found.cases
        ],
        steps=[{**step, "said": _said(step, lang), "name": staff.name(step["by"])} for step in found.steps],
        name_of=staff.name,
        may_handle=handles and found.request.open,
        notice={"kind": "done", "text": translate(lang, notice)} if notice else None,
        problem=problem,
        errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
        typed=dict(typed or {}),
    )  # fmt: skip


def _said(step: Mapping[str, Any], lang: Any) -> str:
    detail: Mapping[str, Any] = step["detail"]
    counted = {name: detail.get(name, 0) for name in ("cases", "erased", "forgotten", "waiting")}
    return str(translate(lang, STEPS[step["what"]], **counted))
