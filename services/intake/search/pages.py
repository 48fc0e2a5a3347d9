"""`/person-search`: the cases of a person, by a contact of theirs and with a reason."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.intake.api.staff import text_in
from services.intake.contacts.keeping import contacts_of
from services.intake.look_at_identity import LOOKERS
from services.intake.pages.cookies import errors_of
from services.intake.search.find_person import PersonsCase, find_person
from services.intake.subjects.words import standing_words
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import translate
from services.kit.service import Context
from services.kit.web import language_of


def person_search_router(context: Context) -> APIRouter:
    """The form, and what it finds."""
    router = APIRouter(prefix="/person-search", include_in_schema=False)
    looking = Allow(context, *LOOKERS, scope="cases within their scope; confidential ones: few, see look_at_identity")

    @router.get("")
    async def ask(request: Request, viewer: Viewer | None = Depends(looking)) -> Response:
        return await show(request, signed_in(viewer), {})

    @router.post("")
    async def find(request: Request, viewer: Viewer | None = Depends(looking)) -> Response:
        who, data = signed_in(viewer), dict(await request.form())
        bundle = await context.copies.in_force(context.database, context.now())
        try:
            async with context.database.transaction() as tx:
                found = await find_person(
                    tx, who.member, bundle, contacts_of(context.settings),
                    contact=text_in(data, "contact"), reason=text_in(data, "reason"), now=context.now(),
                )  # fmt: skip
        except RedressError as problem:
            return await show(request, who, data, problem=problem)
        return await show(request, who, data, found=found)

    async def show(
        request: Request,
        viewer: Viewer,
        typed: dict[str, Any],
        *,
        found: list[PersonsCase] | None = None,
        problem: RedressError | None = None,
    ) -> Response:
        lang, now = language_of(request), context.now()
        bundle = await context.copies.in_force(context.database, now)
        return context.web.page(
            request,
            "intake/person_search.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            status=problem.status if problem else 200,
            typed=typed,
            problem=problem,
            errors=errors_of(problem, lang) if isinstance(problem, InvalidInput) else {},
            found=found,
            rows=[
                {
                    "number": one.case.number,
                    "gist": one.gist,
                    "received_at": one.case.received_at,
                    "channel": bundle.label_of("channels", one.case.channel, lang),
                    "state": translate(lang, standing_words(one.case.state)),
                    "unit": bundle.label_of("units", one.case.unit, lang),
                    "confidential": one.case.identity == "confidential",
                }
                for one in found or ()
            ],
        )

    return router
