"""`/cases/…/steps/…`: each step of a case's life as a form of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.policy import PolicyBundle
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, Lang, translate
from services.kit.service import Context
from services.routing.allowed import StepNotAllowed, why_not
from services.routing.api import SCOPE, WORKERS
from services.routing.forms import WORDS_LIMIT, Form
from services.routing.guards import Ask, Blocked
from services.routing.lifecycle import TABLE, Transition
from services.routing.next_steps import shown_steps, steps_for
from services.routing.pages.sight import (
    REFUSED,
    FormView,
    Sight,
    after_change,
    asked_for,
    show_form,
    sight_of,
    typed_in,
    version_in,
)
from services.routing.steps import form_for
from services.routing.suggest.on_forms import hinted
from services.routing.timeline import label_of_line
from services.routing.transition_case import transition


def step_routes(context: Context) -> APIRouter:
    """The forms of the steps."""
    routes = APIRouter(prefix="/cases", include_in_schema=False)
    working = Allow(context, *WORKERS, scope=SCOPE)

    @routes.get("/{ident}/steps/{to}")
    async def show(request: Request, ident: str, to: str, viewer: Viewer | None = Depends(working)) -> Response:
        sight = await sight_of(context, request, signed_in(viewer), ident)
        chosen = _row(sight.found.case.state, to)
        if chosen is None:
            return _closed(sight, _any_row(to), StepNotAllowed(_NOT_FROM_HERE, sight.found.case, (), sight.bundle))
        blocked = why_not(chosen, Ask(sight.found.case, sight.member, sight.bundle, sight.now))
        if blocked is not None:
            return _closed(sight, chosen, StepNotAllowed(blocked, sight.found.case, (), sight.bundle))
        view = _view(sight, chosen)
        return show_form(sight, replace(view, hint=await hinted(context.database, sight, view.hint, chosen.to)))

    @routes.post("/{ident}/steps/{to}")
    async def take(request: Request, ident: str, to: str, viewer: Viewer | None = Depends(working)) -> Response:
        who, typed, seen = signed_in(viewer), await typed_in(request), await version_in(request)
        try:
            async with context.database.transaction() as tx:
                await transition(
                    tx, context.copies, ident, to=to, fields=typed, viewer=who.member,
                    expected_version=seen, now=context.now(),
                )  # fmt: skip
                return await after_change(tx, context, ident, who, to)
        except REFUSED as problem:
            error: RedressError = problem
        sight = await sight_of(context, request, who, ident)
        chosen = _row(sight.found.case.state, to)
        if chosen is None:
            return _closed(sight, _any_row(to), error, typed, seen)
        return show_form(sight, _view(sight, chosen, typed, error, seen))

    return routes


_NOT_FROM_HERE = Blocked(
    N_("This case cannot go there from where it stands."), N_("Choose one of the steps that are allowed.")
)


def _row(state: str, to: str) -> Transition | None:
    return next((row for row in TABLE if row.come_from == state and row.to == to and row.by_staff), None)


def _any_row(to: str) -> Transition:
    """A row that leads there from somewhere, so that what was typed can be shown.

    Raises:
        NotFound: the table has no such step for staff.
    """
    found = next((row for row in TABLE if row.to == to and row.by_staff), None)
    if found is None:
        raise NotFound(N_("There is no such step."), N_("Choose one of the steps of the case."))
    return found


def first_values(form: Form, sight: Sight) -> dict[str, str]:
    """What the form holds by itself before anybody types."""
    case, bundle = sight.found.case, sight.bundle
    found = {one.name: one.default(case, bundle, sight.lang) for one in form.fields if one.default}
    if form.code == "assess":
        known = case.category if case.category and bundle.has("categories", case.category) else None
        found |= case.ratings or bundle.ratings_for_category(known).model_dump()
    elif form.code == "propose":
        found |= {"evidence": recorded_evidence(sight), "cause": case.cause}
    return {name: str(value) for name, value in found.items() if value is not None}


def recorded_evidence(sight: Sight) -> str | None:
    """The record of the investigation as the evidence of a proposal begins, a line for each finding."""
    lines = [
        f"{label_of_line(line, sight.bundle, sight.staff, sight.lang)} – {line.texts['text']}"
        for line in sight.found.timeline
        if line.kind == "finding" and line.texts.get("text")
    ]
    return "\n".join(lines)[:WORDS_LIMIT] or None


def proposal_of(bundle: PolicyBundle, lang: Lang) -> dict[str, Any]:
    """The severity matrix as the page reads it, to show the priority that the ratings propose while they are given."""

    def label(code: str) -> str:
        return bundle.label_of("priorities", code, lang)

    rules = [
        {"when": rule.when.model_dump(exclude_none=True), "priority": label(rule.priority)}
        for rule in bundle.severity.rules
    ]
    return {"rules": rules, "default": label(bundle.severity.default)}


def _view(
    sight: Sight,
    chosen: Transition,
    typed: dict[str, str] | None = None,
    error: RedressError | None = None,
    seen: int | None = None,
) -> FormView:
    label = translate(sight.lang, chosen.label)
    steps = steps_for(sight.found, sight.member, sight.bundle, sight.staff, sight.now)
    hints = shown_steps(sight.found, steps, sight.bundle, sight.now, sight.lang)
    form = form_for(chosen.form, sight.found.case)
    if typed is None:
        typed = {**first_values(form, sight), **asked_for(sight, form)} or None
    return FormView(
        title=label,
        button=label,
        action=f"{sight.address}/steps/{chosen.to}",
        form=form,
        hint=next((step.hint for step in hints if step.to == chosen.to), ""),
        typed=typed,
        error=error,
        seen=seen,
        proposes=proposal_of(sight.bundle, sight.lang) if form.code == "assess" else None,
    )


def _closed(
    sight: Sight,
    chosen: Transition,
    error: RedressError,
    typed: dict[str, str] | None = None,
    seen: int | None = None,
) -> Response:
    """The step cannot be taken now: why, what was typed to keep, and the steps that can."""
    steps = steps_for(sight.found, sight.member, sight.bundle, sight.staff, sight.now)
    return show_form(
        sight,
        FormView(
            title=translate(sight.lang, chosen.label),
            button="",
            action="",
            form=form_for(chosen.form, sight.found.case),
            typed=typed or {},
            error=error,
            seen=seen,
            closed=True,
            links=[
                (f"{sight.address}/steps/{step.to}", translate(sight.lang, step.transition.label))
                for step in steps
                if step.blocked is None
            ],
        ),
    )
