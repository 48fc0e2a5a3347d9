"""The pages of service recovery: `/recovery`, `/recovery/new`, `/recovery/{id}`. They only translate HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.kit.access import Allow, Viewer, signed_in
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, InvalidInput, NotAllowed, RedressError, Stale
from services.kit.i18n import N_, translate
from services.kit.scope import scope_of
from services.kit.service import Context
from services.kit.web import language_of, problem_document
from services.reporting.recovery.api import ACTING, OPENERS, READERS, version_in
from services.reporting.recovery.complaints import find_complaint
from services.reporting.recovery.keep_tasks import CLOSED_TO_WORK, TASK, add_task, end_task
from services.reporting.recovery.life import STATE_LABELS
from services.reporting.recovery.link_complaint import link_complaint
from services.reporting.recovery.list_recoveries import VIEWS, list_recoveries, totals
from services.reporting.recovery.open_recovery import draft, open_recovery
from services.reporting.recovery.record import Record
from services.reporting.recovery.record_notice import NOTICE, record_notice
from services.reporting.recovery.show_recovery import show_recovery
from services.reporting.recovery.steps import OPEN
from services.reporting.recovery.take_step import take_step
from services.reporting.recovery.views import Steps, detail, fields_of, rows, steps_of
from services.reporting.recovery.words import unit_name

VIEW_LABELS: Mapping[str, str] = {
    "open": N_("All that are open"),
    "to_offer": N_("To be offered"),
    "waiting": N_("Waiting for the customer"),
    "delivery": N_("Being delivered"),
    "to_verify": N_("To be verified"),
    "ended": N_("Ended"),
}

DONE: Mapping[str, str] = {
    "opened": N_("The record is opened."),
    "moved": N_("The step is recorded."),
    "task": N_("The task is kept."),
    "linked": N_("The complaint is linked."),
    "notified": N_("The batch is kept."),
}

Move = Callable[[Transaction, dict[str, str]], Awaitable[Record]]


def router(context: Context) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(prefix="/recovery", include_in_schema=False)
    pages = _Pages(context)
    reading = Allow(context, *READERS, scope="records of one's own unit and below, of one's cases and decisions")
    acting = Allow(context, *ACTING, scope="records within one's scope; who takes which step is the table's to say")
    opening = Allow(context, *OPENERS, scope="a record of one's own unit or below; the complaint centre: of any")

    @routes.get("")
    async def many(request: Request, viewer: Viewer | None = Depends(reading)) -> HTMLResponse:
        return await pages.many(request, signed_in(viewer))

    @routes.get("/new")
    async def blank(request: Request, viewer: Viewer | None = Depends(opening)) -> HTMLResponse:
        return await pages.blank(request, signed_in(viewer))

    @routes.post("/new")
    async def open_one(request: Request, viewer: Viewer | None = Depends(opening)) -> Response:
        return await pages.open_one(request, signed_in(viewer))

    @routes.get("/{ident}")
    async def one(request: Request, ident: str, viewer: Viewer | None = Depends(reading)) -> HTMLResponse:
        return await pages.one(request, signed_in(viewer), ident)

    @routes.post("/{ident}/steps/{to}")
    async def step(request: Request, ident: str, to: str, viewer: Viewer | None = Depends(acting)) -> Response:
        who = signed_in(viewer)

        async def move(tx: Transaction, given: dict[str, str]) -> Record:
            return await take_step(
                tx, context.copies, ident, to=to, fields=_filled(given), viewer=who.member,
                expected_version=version_in(given.get("version")), now=context.now(),
            )  # fmt: skip

        return await pages.moved(request, who, ident, move, "moved", form=to)

    _side_routes(routes, context, pages, acting)
    return routes


def _side_routes(routes: APIRouter, context: Context, pages: _Pages, acting: Allow) -> None:
    copies = context.copies

    @routes.post("/{ident}/tasks")
    async def task(request: Request, ident: str, viewer: Viewer | None = Depends(acting)) -> Response:
        who = signed_in(viewer)

        async def move(tx: Transaction, given: dict[str, str]) -> Record:
            return await add_task(
                tx, copies, ident, _filled(given), viewer=who.member, expected_version=None, now=context.now()
            )

        return await pages.moved(request, who, ident, move, "task", form="task")

    @routes.post("/{ident}/tasks/{task_id}/{status}")
    async def end(
        request: Request, ident: str, task_id: UUID, status: str, viewer: Viewer | None = Depends(acting)
    ) -> Response:
        who = signed_in(viewer)

        async def move(tx: Transaction, given: dict[str, str]) -> Record:
            return await end_task(
                tx, copies, ident, task_id, status, viewer=who.member, expected_version=None, now=context.now()
            )

        return await pages.moved(request, who, ident, move, "task")

    @routes.post("/{ident}/complaints")
    async def link(request: Request, ident: str, viewer: Viewer | None = Depends(acting)) -> Response:
        who = signed_in(viewer)

        async def move(tx: Transaction, given: dict[str, str]) -> Record:
            return await link_complaint(
                tx, copies, ident, given.get("tracking_number", "")[:40],
                viewer=who.member, expected_version=None, now=context.now(),
            )  # fmt: skip

        return await pages.moved(request, who, ident, move, "linked", form="link")

    @routes.post("/{ident}/notices")
    async def notice(request: Request, ident: str, viewer: Viewer | None = Depends(acting)) -> Response:
        who = signed_in(viewer)

        async def move(tx: Transaction, given: dict[str, str]) -> Record:
            return await record_notice(
                tx, copies, ident, _filled(given), viewer=who.member, expected_version=None, now=context.now()
            )

        return await pages.moved(request, who, ident, move, "notified", form="notice")


def _filled(given: Mapping[str, str]) -> dict[str, str]:
    """What a form gives, without what every form carries and without what was left empty."""
    return {name: value for name, value in given.items() if name not in ("_csrf", "version", "once") and value.strip()}


async def _typed(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).multi_items() if isinstance(value, str)}


class _Pages:
    """Renders, and answers forms: post, redirect, get; on bad input the page again with what was typed."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def many(self, request: Request, viewer: Viewer) -> HTMLResponse:
        """The list."""
        context, now, lang = self.context, self.context.now(), language_of(request)
        query = request.query_params
        chosen, unit = query.get("state") or "open", query.get("unit") or None
        async with context.database.transaction() as tx:
            bundle = await context.copies.in_force(tx, now)
            page = await list_recoveries(
                tx, bundle, viewer.member, state=chosen, unit=unit, cursor=query.get("cursor"), limit=50
            )
            sums = await totals(tx, bundle, viewer.member, now)
            staff = await context.copies.staff(tx)
        scope = scope_of(bundle, viewer.member)
        kept = {name: value for name, value in (("state", chosen), ("unit", unit)) if value}
        following = f"?{urlencode({**kept, 'cursor': page.next_cursor})}" if page.next_cursor else ""
        views = [
            {
                "code": code,
                "label": label,
                "count": sums.count(code),
                "current": code == chosen,
                "href": f"/recovery?{urlencode({**kept, 'state': code})}",
            }
            for code, label in VIEW_LABELS.items()
        ]
        return context.web.page(
            request,
            "reporting/recovery_list.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            rows=rows(page, bundle, staff, viewer, now, lang),
            totals=sums,
            views=views,
            state=chosen,
            state_name=VIEW_LABELS.get(chosen) or STATE_LABELS.get(chosen, N_("All")),
            in_view=chosen in VIEWS,
            units=[(u.code, u.name.say(lang)) for u in bundle.units if scope.everything or u.code in scope.units],
            unit=unit,
            following=following,
            paged=bool(query.get("cursor")),
            may_open=viewer.has(*OPENERS),
            whose=unit_name(bundle, bundle.root.code if scope.everything else scope.home, lang),
        )

    async def blank(self, request: Request, viewer: Viewer) -> HTMLResponse:
        """The opening form; `?case=` names the complaint it is for."""
        number = (request.query_params.get("case") or "").strip() or None
        if number:
            async with self.context.database.transaction() as tx:
                bundle = await self.context.copies.in_force(tx, self.context.now())
                case = await find_complaint(tx, scope_of(bundle, viewer.member), number)
            given = {"trigger": "complaint", "tracking_number": case["tracking_number"], "unit": case["unit"],
                     "service_point": case["service_point"] or ""}  # fmt: skip
            return await self._form(request, viewer, str(new_id()), {**given, "mode": "normal"})
        return await self._form(request, viewer, str(new_id()))

    async def open_one(self, request: Request, viewer: Viewer) -> Response:
        """Open the record that the form describes, once however often it is sent."""
        given = await _typed(request)
        once = given.get("once", "")[:60] or str(new_id())
        try:
            async with self.context.database.transaction() as tx:
                record, _ = await open_recovery(
                    tx, self.context.copies, _filled(given), viewer=viewer.member, now=self.context.now(), once=once
                )
        except InvalidInput as wrong:
            return await self._form(request, viewer, once, given, wrong)
        return RedirectResponse(f"/recovery/{record.number}?done=opened", 303)

    async def _form(
        self,
        request: Request,
        viewer: Viewer,
        once: str,
        typed: Mapping[str, Any] | None = None,
        error: RedressError | None = None,
    ) -> HTMLResponse:
        context, now, lang = self.context, self.context.now(), language_of(request)
        bundle = await context.copies.in_force(context.database, now)
        record = draft(viewer.member, bundle, now)
        return context.web.page(
            request,
            "reporting/recovery_new.html",
            policy=bundle,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            status=error.status if error else 200,
            once=once,
            fields=fields_of(OPEN, record, bundle, now, lang, typed, error),
            problem=problem_document(error, lang, "") if error else None,
        )

    async def one(
        self,
        request: Request,
        viewer: Viewer,
        ident: str,
        *,
        form: str = "",
        typed: Mapping[str, str] | None = None,
        error: RedressError | None = None,
    ) -> HTMLResponse:
        """A record, with the form of the step that was chosen; `form` is the one that `typed` and `error` belong to."""
        context, now, lang = self.context, self.context.now(), language_of(request)
        async with context.database.transaction() as tx:
            shown = await show_recovery(tx, context.copies, ident, viewer.member, now)
            policy = await context.copies.in_force(tx, now)
        record, bundle = shown.record, shown.bundle
        steps = steps_of(shown, form or request.query_params.get("step"), lang)
        if not viewer.has(*ACTING):
            steps = Steps(None, [], [], None)
        current = steps.current

        def made(code: str, one: Any) -> list[dict[str, Any]]:
            mine = form == code
            return fields_of(one, record, bundle, now, lang, typed if mine else None, error if mine else None)

        works = viewer.has(*ACTING) and record.state not in CLOSED_TO_WORK
        done = DONE.get(request.query_params.get("done", ""))
        return context.web.page(
            request,
            "reporting/recovery_case.html",
            policy=policy,
            viewer=viewer,
            now=now,
            zone=bundle.zone,
            status=error.status if error else 200,
            notice={"kind": "done", "text": translate(lang, done)} if done and not error else None,
            problem=problem_document(error.in_words(lang) if hasattr(error, "in_words") else error, lang, "")
            if error
            else None,
            problem_form=form,
            step={"to": current.to, "label": translate(lang, current.transition.label)} if current else None,
            step_fields=made(current.to, current.form) if current else [],
            steps=steps,
            works=works,
            task_fields=made("task", TASK) if works else [],
            notice_fields=made("notice", NOTICE) if works and record.abnormal else [],
            link_typed=(typed or {}).get("tracking_number", "") if form == "link" else "",
            **detail(shown, viewer, now, lang),
        )

    async def moved(
        self, request: Request, viewer: Viewer, ident: str, move: Move, done: str, *, form: str = ""
    ) -> Response:
        """Do what a form asks and go back to the record; on bad input, show it again with what was typed."""
        given = await _typed(request)
        try:
            async with self.context.database.transaction() as tx:
                record = await move(tx, given)
        except (InvalidInput, Conflict, Stale, NotAllowed) as wrong:
            return await self.one(request, viewer, ident, form=form, typed=given, error=wrong)
        return RedirectResponse(f"/recovery/{record.number}?done={done}", 303)
