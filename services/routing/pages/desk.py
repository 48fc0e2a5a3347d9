"""`/desk`: the queue of what is due first, its views, its filters, and the search by number or words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import NotFound
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.kit.thai import format_number
from services.kit.web import language_of
from services.kit.working_time import working_seconds_between
from services.routing.api import READERS, SCOPE
from services.routing.count_cases import MOST, count_between, count_views
from services.routing.lifecycle import STATE_LABELS, STATES
from services.routing.queue.views import VIEWS
from services.routing.queue_groups import Group, grouped
from services.routing.queue_search import number_in, search_for
from services.routing.queue_view import view_queue
from services.routing.read_case import read_case
from services.routing.read_cases import Filters, Page, list_cases
from services.routing.read_clocks import place_calendar
from services.routing.words import category_name, unit_name

PAGE_ROWS = 50

FILERS = ("officer", "supervisor", "centre", "approver", "verifier", "unit_head", "integrity", "administrator")
"""Who is offered `/desk/new`, which intake serves and guards."""

ICONS = {
    "mine": "person", "unit": "unit", "unassigned": "nobody", "today": "calendar", "late": "late",
    "awaiting": "hourglass", "approve": "edit", "verify": "done", "safety": "shield", "watched": "watch",
    "open": "desk", "all": "history",
}  # fmt: skip

EMPTY: Mapping[str, tuple[str, str]] = {
    "mine": (N_("Nothing is on your desk"), N_("Cases that are given to you stand here. Your unit may have some.")),
    "unit": (N_("Your unit has no open case"), N_("New cases appear here as soon as they are assigned.")),
    "unassigned": (N_("Every case has an owner"), N_("A case stands here while nobody of its unit has taken it.")),
    "today": (N_("Nothing falls due today"), N_("What is due on the next days stands in the other views.")),
    "late": (N_("Nothing is overdue"), N_("Every promise whose day has come was kept.")),
    "awaiting": (N_("No complainant is being waited for"), N_("Cases stand here while a question is open with them.")),
    "approve": (N_("Nothing waits for your decision"), N_("Proposed responses and reviews of your unit stand here.")),
    "verify": (N_("Nothing waits to be verified"), N_("Decisions that were carried out stand here until you close.")),
    "safety": (N_("No open case touches safety"), N_("Cases that touch people's safety stand here.")),
    "watched": (N_("You watch no open case"), N_("Watch a case to find it here until it is over.")),
    "open": (N_("No case is open"), N_("New cases appear here as they come in.")),
    "all": (N_("There is no case yet"), N_("Cases within your scope stand here, also those that are over.")),
}
"""What an empty view says, and what to do (message ids)."""

NO_MATCH = (N_("No case fits"), N_("Leave out a filter, or look in all cases."))

NOTICES: Mapping[str, str] = {
    "gone": N_("That is done. The case is now with others and outside what you can see."),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter of the queue: its name in the address, what it is called, what can be chosen, what is chosen."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


def desk_routes(context: Context) -> APIRouter:
    """`/desk`."""
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    reading = Allow(context, *READERS, scope=SCOPE)

    @routes.get("")
    async def desk(request: Request, viewer: Viewer | None = Depends(reading)) -> Response:
        who = signed_in(viewer)
        typed = request.query_params.get("q", "")
        if (number := number_in(typed)) and await _known(context, who, number):
            return RedirectResponse(f"/cases/{number}", 303)
        return await _page(context, request, who, typed)

    return routes


async def _known(context: Context, viewer: Viewer, number: str) -> bool:
    bundle = await context.copies.in_force(context.database, context.now())
    try:
        await read_case(context.database, scope_of(bundle, viewer.member), number)
    except NotFound:
        return False
    return True


async def _page(context: Context, request: Request, viewer: Viewer, typed: str) -> Response:
    database, now, lang = context.database, context.now(), language_of(request)
    query = request.query_params
    bundle = await context.copies.in_force(database, now)
    scope = scope_of(bundle, viewer.member)
    counts = await count_views(database, scope, viewer.member, now=now, zone=bundle.zone)
    search = search_for(typed, bundle)
    view = _view(query, counts, viewer, searching=search is not None)
    choices = _choices(bundle, scope, query, lang)
    filters = _filters(view, choices, bundle, search)
    page = await list_cases(
        database, scope, viewer.member,
        filters=filters, now=now, zone=bundle.zone, cursor=query.get("cursor"), limit=PAGE_ROWS,
    )  # fmt: skip
    found = grouped(page.rows, now, bundle.zone)
    numbers = await count_between(
        database, scope, viewer.member, [(group.since, group.until) for group, _ in found],
        filters=filters, now=now, zone=bundle.zone,
    )  # fmt: skip
    shown = await view_queue(
        database, context.copies, page.rows, bundle=bundle, viewer=viewer.member, lang=lang, now=now
    )
    narrowed = search is not None or any(choice.chosen for choice in choices)
    calendar = place_calendar(bundle, viewer.member.unit, None)
    today = next((group.until for group, _ in found if group.kind == "today"), None)
    kept = {"view": view, **({"q": typed} if search else {}), **{c.name: c.chosen for c in choices if c.chosen}}
    return context.web.page(
        request,
        "routing/desk.html",
        policy=bundle,
        viewer=viewer,
        now=now,
        zone=bundle.zone,
        notice=_notice(query.get("done", ""), lang),
        views=_views(counts, view, viewer, lang),
        view=view,
        title=_title(view, search is not None, lang),
        total=_total(counts, view, page, numbers, narrowed=narrowed),
        whose=translate(lang, N_("Every unit")) if scope.everything else unit_name(bundle, viewer.member.unit, lang),
        groups=[
            (group, _said(group, number, calendar, lang, today, now), [shown.row(row) for row in rows])
            for (group, rows), number in zip(found, numbers, strict=True)
        ],
        choices=choices,
        typed=typed if search else "",
        narrowed=narrowed,
        empty=NO_MATCH if narrowed else EMPTY[view],
        following=f"/desk?{urlencode({**kept, 'cursor': page.next_cursor})}" if page.next_cursor else "",
        first=f"/desk?{urlencode(kept)}" if query.get("cursor") else "",
        cleared=f"/desk?{urlencode({'view': view})}",
        may_file=viewer.has(*FILERS),
        load=counts["mine"] if viewer.has("officer") else None,
        day_hours=calendar.seconds_per_typical_day / 3600,
    )


def _view(query: Mapping[str, str], counts: Mapping[str, int], viewer: Viewer, *, searching: bool) -> str:
    known = {view.code for view in VIEWS}
    if (chosen := query.get("view")) in known and not (searching and chosen is None):
        return str(chosen)
    if query.get("overdue"):
        return "late"
    if searching:
        return "all"
    # Whoever owns cases begins with them; who approves or verifies, with what waits for it; else with the unit.
    wanted = ("mine", "approve", "verify", "unit") if viewer.has("verifier") else ("mine", "approve", "unit")
    return next((code for code in wanted if counts[code]), "unit")


def _choices(bundle: PolicyBundle, scope: Scope, query: Mapping[str, str], lang: Lang) -> list[Choice]:
    seen = {unit.code for unit in bundle.units if scope.everything or unit.code in scope.units}
    units = [(unit.code, unit_name(bundle, unit.code, lang)) for unit in bundle.units if unit.code in seen]
    offered: list[tuple[str, str, Sequence[tuple[str, str]]]] = [
        ("category", N_("Category"), [(c.code, category_name(bundle, c.code, lang)) for c in bundle.categories]),
        (
            "service_point",
            N_("Service point"),
            [(point.code, point.name.say(lang)) for point in bundle.service_points if point.unit in seen],
        ),
        ("unit", N_("Unit"), units if len(units) > 1 else []),
        ("channel", N_("Channel"), [(channel.code, channel.label.say(lang)) for channel in bundle.channels]),
        ("priority", N_("Priority"), [(p.code, p.label.say(lang)) for p in bundle.priorities]),
        ("state", N_("State"), [(state, translate(lang, STATE_LABELS[state])) for state in STATES]),
    ]
    return [
        Choice(name, label, options, query.get(name, "") if query.get(name) in {code for code, _ in options} else "")
        for name, label, options in offered
        if options
    ]


def _filters(view: str, choices: Sequence[Choice], bundle: PolicyBundle, search: Any) -> Filters:
    chosen = {choice.name: choice.chosen for choice in choices if choice.chosen}
    category = chosen.pop("category", None)
    state = chosen.pop("state", None)
    below = [c.code for c in bundle.categories if category and bundle.category_covers(category, c.code)]
    return Filters(view=view, states=(state,) if state else (), categories=below, search=search, **chosen)  # type: ignore[arg-type]


def _views(counts: Mapping[str, int], view: str, viewer: Viewer, lang: Lang) -> list[dict[str, Any]]:
    tones = {"late": "late", "today": "near"}
    return [
        {
            "code": one.code,
            "label": translate(lang, one.title),
            "icon": ICONS[one.code],
            "count": counts.get(one.code),
            "tone": tones.get(one.code, "") if counts.get(one.code) else "",
            "current": one.code == view,
            "href": f"/desk?view={one.code}",
        }
        for one in VIEWS
        if one.code != "verify" or one.code == view or viewer.has("verifier")
    ]


def _title(view: str, searching: bool, lang: Lang) -> str:
    if searching:
        return translate(lang, N_("Found"))
    return translate(lang, next(one.title for one in VIEWS if one.code == view))


def _many(number: int) -> str:
    return f"{format_number(MOST)}+" if number > MOST else format_number(number)


def _total(counts: Mapping[str, int], view: str, page: Page, numbers: Sequence[int], *, narrowed: bool) -> str:
    if not narrowed and view in counts:
        return format_number(counts[view])
    # Groups beyond this page are not counted: what is known is all there is only on the last one.
    return f"{_many(sum(numbers))}{'+' if page.next_cursor and sum(numbers) <= MOST else ''}" if numbers else "0"


def _said(group: Group, number: int, calendar: Any, lang: Lang, midnight: Any, now: Any) -> dict[str, Any]:
    left = working_seconds_between(now, midnight, calendar) if group.kind == "today" and midnight else None
    return {
        "title": group.title(lang),
        "late": group.kind == "late",
        "count": _many(number),
        "one": number == 1,
        "left": left,
        "day": calendar.seconds_per_typical_day,
    }


def _notice(done: str, lang: Lang) -> dict[str, str] | None:
    said = NOTICES.get(done)
    return {"kind": "done", "text": translate(lang, said)} if said else None
