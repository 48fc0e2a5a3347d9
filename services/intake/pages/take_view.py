"""What the screens of telephone, letters and walk-ins show, and what becomes of a form that is sent from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from schemas.policy import PolicyBundle
from services.intake.api.staff import seen_case
from services.intake.files.attach import within
from services.intake.files.keep_file import file_store, prepare_file, record_file
from services.intake.files.limits import limits_of
from services.intake.files.read_files import files_of_draft
from services.intake.pages.cookies import errors_of, give_pass, items_of
from services.intake.pages.form import new_once
from services.intake.pages.form_files import files_in
from services.intake.phone.call_backs.list_call_backs import count_call_backs, number_owed
from services.intake.phone.find_caller import Caller, find_caller
from services.intake.phone.list_calls import CallLine, at_desk, call_of, extension_of, list_calls
from services.intake.phone.register_typed import (
    check_addition,
    checked_typed,
    note_typed,
    register_typed,
    registered_before,
    source_of,
)
from services.intake.phone.settle_call import REASONS
from services.intake.phone.typed_form import Typed, question_field, typed_answers
from services.intake.public_form import Answers, Option, options, problems_on_form
from services.intake.serials import Serials
from services.intake.tracking_words import STATUS
from services.kit.access import Viewer
from services.kit.errors import InvalidInput, RedressError
from services.kit.i18n import N_, Lang, translate
from services.kit.service import Context
from services.kit.tokens import keyed_digest
from services.kit.web import language_of

SCREENS = {"phone": "/desk/phone", "letter": "/desk/letter", "walk_in": "/desk/walk-in"}
"""The address of the screen of each channel that is typed in."""

BLANK: Answers = {"kind": "complaint", "language": "th", "identity": "named"}
"""What a blank form proposes."""

DONE = {
    "settled": N_("The call is settled."),
    "extension": N_("Your extension is kept."),
    "added": N_("It is added to the case."),
}

FOLDED = frozenset(
    {
        "email", "contact_preference", "occurred_at", "reference", "remedy_sought", "segment", "received_at",
        "rep_name", "rep_relation", "rep_authority", "subject_person", "subject_unit",
    }
)  # fmt: skip
"""Fields that stand folded away: a mistake in one opens them."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What one page shows."""

    channel: str
    answers: Answers
    once: str
    call: CallLine | None = None
    caller: Caller | None = None
    problem: RedressError | None = None
    status: int = 200


class TakeView:
    """The pages and pieces of the three screens."""

    def __init__(self, context: Context, serials: Serials) -> None:
        self.context = context
        self.serials = serials

    async def opened(self, request: Request, viewer: Viewer, channel: str, call_id: str, back: str = "") -> Response:
        """A blank form, that of a call with its caller found, or that of somebody who is called back."""
        screen = Screen(channel, dict(BLANK), new_once())
        if channel == "phone" and back:
            number = await number_owed(self.context.database, self.context.settings, viewer, back) or ""
            screen = replace(screen, answers={**BLANK, "phone": number}, caller=await self._caller(viewer, number))
        if channel == "phone" and call_id:
            try:
                call = await self._call(viewer, call_id)
            except RedressError as problem:
                return await self.show(request, viewer, replace(screen, problem=problem))
            answers = {**BLANK, "phone": call.number or "", "call": str(call.id)}
            screen = replace(screen, answers=answers, call=call, caller=await self._caller(viewer, call.number or ""))
        return await self.show(request, viewer, screen)

    async def record(self, request: Request, viewer: Viewer, channel: str, form: FormData) -> Response:
        """File what was typed, or add it to its case; a mistake shows the form again as it was."""
        given = dict(form)
        answers = typed_answers(given)
        screen = Screen(channel, answers, str(given.get("once") or "")[:64] or new_once())
        try:
            call = await self._call(viewer, str(given["call"])) if given.get("call") else None
            screen = replace(screen, call=call, caller=await self._caller(viewer, answers["phone"]))
            if given.get("do") == "find":
                return await self.show(request, viewer, screen)
            typed = await self._typed(viewer, screen)
            await self._keep_files(typed, form)
            await self._check(viewer, typed)
            case_id = await registered_before(self.context, typed)
            if case_id is None:
                await note_typed(self.context, typed)
                case_id = await register_typed(self.context, self.serials, typed)
        except RedressError as problem:
            return await self.show(request, viewer, replace(screen, problem=problem, status=problem.status))
        if typed.into is not None:
            return RedirectResponse(f"{SCREENS[channel]}?done=added&case={case_id}", 303)
        response = RedirectResponse("/desk/new/filed", 303)
        give_pass(self.context, response, "desk", case_id, self.context.now())
        return response

    async def _check(self, viewer: Viewer, typed: Typed) -> None:
        """Everything that can be wrong with a form, before it is noted as arrived."""
        now = self.context.now()
        if typed.into is None:
            await checked_typed(self.context, typed, now)
            return
        await seen_case(self.context, str(typed.into), viewer)
        check_addition(typed, await self.context.copies.in_force(self.context.database, now))

    async def _typed(self, viewer: Viewer, screen: Screen) -> Typed:
        """The form with the arrival it settles: that of its call, unless something was made of the call already."""
        call = screen.call
        source_id = await source_of(self.context, screen.channel, screen.once, call.source_id if call else None)
        return Typed(
            channel=screen.channel,
            source_id=source_id,
            once=screen.once,
            by=viewer.staff_id,
            call_id=call.id if call else None,
            files=self._draft(screen.once),
            answers=screen.answers,
            began_at=call.began_at if call else None,
        )

    def _draft(self, once: str) -> bytes:
        return keyed_digest(self.context.settings.digest_key, "typed", once)

    async def _keep_files(self, typed: Typed, form: FormData) -> None:
        """Keep the scans first: they stay with the form when something else has to be corrected."""
        files, store, now = files_in(form), file_store(self.context), self.context.now()
        there = await files_of_draft(self.context.database, typed.files)
        within(store.limits, len(there), len(files))
        for file in files:
            prepared = await prepare_file(store, content=file.file, name=file.filename, origin="staff")
            same = f"{typed.files.hex()}:{prepared.arrived_sha256.hex()}"
            async with self.context.database.transaction() as tx:
                await record_file(
                    tx, prepared, case_id=None, origin_id=same, at=now, draft=typed.files, added_by=typed.by
                )

    async def _call(self, viewer: Viewer, call_id: str) -> CallLine:
        bundle = await self.context.copies.in_force(self.context.database, self.context.now())
        try:
            identifier = UUID(call_id)
        except ValueError:
            identifier = UUID(int=0)
        return await call_of(self.context.database, self.context.settings, bundle, viewer, identifier)

    async def _caller(self, viewer: Viewer, number: str) -> Caller | None:
        bundle = await self.context.copies.in_force(self.context.database, self.context.now())
        return await find_caller(self.context.database, self.context.settings, bundle, viewer, number)

    async def calls(self, request: Request, viewer: Viewer, current: str) -> Response:
        """The calls of the agent as a piece of the page, fetched when something changed."""
        return await self._piece(request, viewer, "intake/calls.html", current=current, **await self._calls(viewer))

    async def caller(self, request: Request, viewer: Viewer, number: str, into: str) -> Response:
        """What is known of a number, as a piece of the page."""
        found = await self._caller(viewer, number)
        return await self._piece(request, viewer, "intake/caller.html", caller=found, into=into, status_words=STATUS)

    async def _piece(self, request: Request, viewer: Viewer, template: str, **data: Any) -> Response:
        now = self.context.now()
        bundle = await self.context.copies.in_force(self.context.database, now)
        return self.context.web.page(request, template, policy=bundle, viewer=viewer, now=now, zone=bundle.zone, **data)

    async def _calls(self, viewer: Viewer) -> dict[str, Any]:
        now, database = self.context.now(), self.context.database
        bundle = await self.context.copies.in_force(database, now)
        return {
            "calls": await list_calls(database, self.context.settings, bundle, viewer, now),
            "owed": await count_call_backs(database, now),
            "reasons": REASONS,
        }

    async def show(self, request: Request, viewer: Viewer, screen: Screen) -> Response:
        """The page."""
        now, lang = self.context.now(), language_of(request)
        bundle = await self.context.copies.in_force(self.context.database, now)
        problem = screen.problem
        fields = problems_on_form(problem.fields) if problem else []
        done = DONE.get(request.query_params.get("done", "")) if problem is None else None
        return await self._piece(
            request,
            viewer,
            "intake/take.html",
            status=screen.status if problem is None else problem.status,
            screen=screen,
            screens=[(code, SCREENS[code], bundle.label_of("channels", code, lang)) for code in SCREENS],
            answers=_Blank(screen.answers),
            choices=choices(bundle, lang),
            guides=guides(bundle, lang),
            files=await files_of_draft(self.context.database, self._draft(screen.once)),
            limits=limits_of(self.context.settings),
            extension=await extension_of(self.context.database, viewer.staff_id),
            switched_on=bool(self.context.settings.option("REDRESS_PHONE_SECRET")),
            at_desk=at_desk(bundle, viewer),
            current=str(screen.call.id) if screen.call else "",
            caller=screen.caller,
            into=screen.answers.get("into", ""),
            status_words=STATUS,
            problem=problem,
            items=items_of(InvalidInput("", fields=fields), lang),
            errors=errors_of(InvalidInput("", fields=fields), lang),
            more_open=any(field.field in FOLDED for field in fields),
            added_to=request.query_params.get("case", "") if done else "",
            notice={"kind": "done", "text": translate(lang, done)} if done else None,
            **await self._calls(viewer),
        )


class _Blank(dict[str, str]):
    """Answers in which what was not answered is empty."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        super().__init__(answers)

    def __missing__(self, name: str) -> str:
        return ""


def choices(bundle: PolicyBundle, lang: Lang) -> dict[str, list[Option]]:
    """What the form offers."""
    found = options(bundle, lang)
    # In a row of buttons the dash of a subcategory means nothing.
    found["category"] = [Option(each.value, each.label.removeprefix("– ")) for each in found["category"]]
    return {name: found[name] for name in ("kind", "category", "service_point", "segment", "subject_unit")}


def guides(bundle: PolicyBundle, lang: Lang) -> list[dict[str, Any]]:
    """The questions of every category that has some, with the field of each answer."""
    found = []
    for category in bundle.categories:
        questions = bundle.questions_for_category(category.code)
        if questions:
            asked = [
                {"name": question_field(category.code, number), "label": question.say(lang)}
                for number, question in enumerate(questions)
            ]
            found.append({"category": category.code, "label": category.label.say(lang), "questions": asked})
    return found
