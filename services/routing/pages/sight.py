"""A case in the sight of whoever asks for one of its pages, and how a form is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Staff
from services.kit.database import Transaction
from services.kit.errors import Conflict, FieldProblem, InvalidInput, NotAllowed, NotFound, RedressError, Stale
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import scope_of
from services.kit.service import Context
from services.kit.web import language_of, problem_document
from services.routing.case_head import Head, head_of
from services.routing.clock_view import Clocks, clocks_view
from services.routing.form_fields import page_fields
from services.routing.forms import LINE_LIMIT, Form
from services.routing.lifecycle import STATE_LABELS
from services.routing.looking.look_at_case import bell_of, lookers
from services.routing.looking.watch_case import shown_lookers
from services.routing.pages.live import say_form
from services.routing.read_case import CaseFile, read_case
from services.routing.read_clocks import bundles_of
from services.routing.timeline_view import timeline_view
from services.routing.transition_case import case_in_scope
from services.routing.words import progress_of

REFUSED = (InvalidInput, Conflict, Stale, NotAllowed)
"""What a form is shown again for, with what was typed."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A case with everything that its pages show it by. `policy` is in force now, `bundle` judges the case."""

    context: Context
    request: Request
    viewer: Viewer
    found: CaseFile
    policy: PolicyBundle
    bundle: PolicyBundle
    staff: Staff
    clocks: Clocks
    head: Head
    lookers: Sequence[Mapping[str, str]]
    """Who else has it open, as the pages show them."""
    lang: Lang
    now: datetime

    @property
    def member(self) -> StaffMember:
        """Who looks."""
        return self.viewer.member

    @property
    def address(self) -> str:
        """Where the page of the case is."""
        return f"/cases/{self.found.case.tracking_number}"

    def page(self, template: str, *, status: int = 200, **data: Any) -> HTMLResponse:
        """A page about the case."""
        case = self.found.case
        return self.context.web.page(
            self.request,
            template,
            policy=self.policy,
            viewer=self.viewer,
            now=self.now,
            zone=self.policy.zone,
            status=status,
            case=case,
            filed=self.found.filed,
            bundle=self.bundle,
            address=self.address,
            head=self.head,
            lookers=self.lookers,
            clocks=self.clocks,
            state={"label": translate(self.lang, STATE_LABELS[case.state]), "progress": progress_of(case.state)},
            place=self.bundle.label_of("service_points", case.service_point, self.lang) if case.service_point else "",
            channel={"kind": case.channel, "label": self.bundle.label_of("channels", case.channel, self.lang)},
            priority=self.bundle.label_of("priorities", case.priority, self.lang) if case.priority else "",
            gist=self.found.filed.gist or translate(self.lang, N_("(the words of this case were erased)")),
            **data,
        )


async def sight_of(context: Context, request: Request, viewer: Viewer, ident: str) -> Sight:
    """The case as this viewer sees it.

    Raises:
        NotFound: there is none, or it is outside their scope.
    """
    database, copies, now, lang = context.database, context.copies, context.now(), language_of(request)
    policy = await copies.in_force(database, now)
    found = await read_case(database, scope_of(policy, viewer.member), ident)
    bundle = await copies.policy(database, found.case.policy_version)
    bundles = await bundles_of(copies, database, [clock.policy_version for clock in found.clocks], bundle)
    staff = await copies.staff(database)
    clocks = clocks_view(found, bundles, bundle, now, lang)
    head = head_of(found, bundle, staff, viewer.staff_id, lang)
    others = await lookers(database, found.case.id, now, besides=viewer.staff_id)
    shown = shown_lookers(others, staff, lang, say_form)
    return Sight(context, request, viewer, found, policy, bundle, staff, clocks, head, shown, lang, now)


@dataclass(frozen=True, slots=True)
class FormView:
    """A form on a page of its own: what it is for, where it is sent, what was typed, what was wrong.

    `to` is the state it leads to, for a step. `closed`: it can no longer be sent, only read.
    """

    title: str
    button: str
    action: str
    form: Form
    icon: str = ""
    hint: str = ""
    typed: Mapping[str, Any] | None = None
    error: RedressError | None = None
    seen: int | None = None
    """The version that the sender had read."""
    closed: bool = False
    links: Sequence[tuple[str, str]] = field(default_factory=tuple)
    proposes: Mapping[str, Any] | None = None
    """Of an assessment: the severity matrix, by which the page proposes a priority."""

    @property
    def writing(self) -> str:
        """What others are told that is written here: `note`, `steps/closed`."""
        _, _, form = self.action.rpartition("/acts/")
        return form if "/acts/" in self.action else "/".join(self.action.rsplit("/", 2)[-2:])


def show_form(sight: Sight, view: FormView) -> HTMLResponse:
    """The form, with what was typed, what was wrong, and what happened to the case since it was opened."""
    lang, error = sight.lang, view.error
    problems: Sequence[FieldProblem] = error.fields if error else ()
    fields = page_fields(view.form, sight.found.case, sight.bundle, sight.staff, lang, view.typed, problems)
    document = problem_document(error, lang, "") if error else None
    if document and document["errors"]:
        titles = {one["name"]: one["label"] for one in fields}
        document["errors"] = [
            {**each, "detail": f"{titles.get(each['field'], each['field'])}: {each['detail']}"}
            for each in document["errors"]
        ]
    stale = isinstance(error, Stale) and view.seen is not None
    entries = timeline_view(sight.found, sight.bundle, sight.staff, lang)
    return sight.page(
        "routing/form.html",
        status=error.status if error else 200,
        view=view,
        fields=fields,
        problem=document,
        nearby=_nearby(sight.found),
        stale=stale,
        since=[
            entry
            for line, entry in zip(sight.found.timeline, entries, strict=True)
            if stale and line.version is not None and line.version > (view.seen or 0)
        ],
    )


def _nearby(found: CaseFile) -> list[tuple[str, str]]:
    """The cases that a form probably means where it asks for another one: number and line in the queue."""
    linked = [(one.tracking_number, one.gist) for one in found.links]
    return list(dict.fromkeys([*linked, *((one.tracking_number, one.gist) for one in found.related)]))


async def typed_in(request: Request) -> dict[str, str]:
    """What a form sent, without what every form carries."""
    sent = (await request.form()).multi_items()
    return {name: value for name, value in sent if isinstance(value, str) and name not in ("_csrf", "version")}


async def version_in(request: Request) -> int | None:
    """The version of the case that the sender of a form had read."""
    text = str((await request.form()).get("version", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


async def after_change(
    tx: Transaction, context: Context, ident: str, viewer: Viewer, done: str, **more: str
) -> Response:
    """Back to the case, or to the desk where the change took it out of the viewer's sight. `more` goes with `done`."""
    try:
        case, _ = await case_in_scope(tx, context.copies, ident, viewer.member, context.now(), lock=False)
    except NotFound:
        return RedirectResponse("/desk?done=gone", 303)
    tx.afterwards.append(partial(context.database.doorbell.ring, bell_of(case.id)))
    query = urlencode({"done": done} | {name: said for name, said in more.items() if said})
    return RedirectResponse(f"/cases/{case.tracking_number}?{query}", 303)


def asked_for(sight: Sight, form: Form) -> dict[str, str]:
    """What the address of a form fills in: only its short fields, and only as a beginning."""
    short = {one.name for one in form.fields if one.kind in ("line", "choice")}
    return {name: value[:LINE_LIMIT] for name, value in sight.request.query_params.items() if name in short}
