"""`/person/{case}`: other cases of the person behind a case, linked or suggested; the case page embeds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.api.staff import seen_case, text_in
from services.intake.look_at_identity import LOOKERS, CaseInView, may_look
from services.intake.pages.cookies import errors_of
from services.intake.subjects.link_person import link_person, undo_link
from services.intake.subjects.suggest_person import SamePerson, same_person
from services.intake.subjects.words import standing_words
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, NotFound, RedressError
from services.kit.i18n import N_, Lang, translate
from services.kit.service import Context
from services.kit.web import language_of

NOTICES = {
    "same": N_("They are linked as cases of one person."),
    "other": N_("They are kept apart and not suggested again."),
    "undo": N_("The link is undone."),
}

CONTACTS = {"phone": N_("telephone number"), "email": N_("e-mail address"), "line": N_("LINE account")}


def person_router(context: Context) -> APIRouter:
    """The person behind a case."""
    router = APIRouter(prefix="/person/{case}", include_in_schema=False)
    looking = Allow(context, *LOOKERS, scope="cases within their scope; confidential ones: few, see look_at_identity")

    @router.get("")
    async def see(request: Request, case: str, viewer: Viewer | None = Depends(looking)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        return await _show(context, request, found, bundle, signed_in(viewer))

    @router.post("/{other}")
    async def decide(request: Request, case: str, other: str, viewer: Viewer | None = Depends(looking)) -> Response:
        member = signed_in(viewer)
        found, bundle = await seen_case(context, case, member)
        data = dict(await request.form())
        what = str(data.get("what") or "")
        try:
            await _decide(context, found, other, what, text_in(data, "reason"), bundle, member)
        except RedressError as problem:
            return await _show(context, request, found, bundle, member, problem, {**data, "other": other})
        frame = "&frame=1" if request.query_params.get("frame") else ""
        return RedirectResponse(f"/person/{found.case_id}?done={what}{frame}", 303)

    return router


async def _decide(
    context: Context, case: CaseInView, other: str, what: str, reason: str, bundle: PolicyBundle, viewer: Viewer
) -> None:
    try:
        other_id = UUID(other)
    except ValueError:
        raise NotFound(N_("There is no such case."), N_("Check the number, or ask the complaint centre.")) from None
    now = context.now()
    async with context.database.transaction() as tx:
        if what == "undo":
            await undo_link(tx, case, other_id, viewer.member, bundle, reason=reason, now=now)
        else:
            await link_person(tx, case, other_id, viewer.member, bundle, same=what == "same", reason=reason, now=now)


async def _show(
    context: Context, request: Request, case: CaseInView, bundle: PolicyBundle, viewer: Viewer,
    problem: RedressError | None = None, typed: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    lang = language_of(request)
    open_to = may_look(case, viewer.member) and case.identity != "anonymous"
    found = await same_person(context.database, case.case_id, viewer.member, bundle) if open_to else ([], [])
    staff = await context.copies.staff(context.database)
    notice = NOTICES.get(request.query_params.get("done", "")) if problem is None else None
    return context.web.page(
        request,
        "intake/person.html",
        policy=bundle,
        viewer=viewer,
        now=context.now(),
        zone=bundle.zone,
        status=problem.status if problem else 200,
        case=case,
        number=case.complaint["tracking_number"],
        open_to=open_to,
        linked=[_row(it, bundle, lang) for it in found[0]],
        suggested=[_row(it, bundle, lang) for it in found[1]],
        name_of=staff.name,
        framed=bool(request.query_params.get("frame")),
        notice={"kind": "done", "text": translate(lang, notice)} if notice else None,
        problem=problem,
        errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
        typed=dict(typed or {}),
    )


def _row(it: SamePerson, bundle: PolicyBundle, lang: Lang) -> dict[str, Any]:
    shared = ", ".join(translate(lang, CONTACTS.get(kind, kind)) for kind in it.kinds)
    return {
        "it": it,
        "number": it.case.number,
        "state": translate(lang, standing_words(it.case.state)),
        "channel": bundle.label_of("channels", it.case.channel, lang),
        "shared": shared,
    }
