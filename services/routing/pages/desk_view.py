"""What the desk shows: the list that its address asks for, the numbers beside the views, what can be done at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Staff
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.kit.thai import format_number
from services.kit.web import language_of, problem_document
from services.kit.working_time import working_seconds_between
from services.routing.api import WORKERS
from services.routing.assignment import candidates
from services.routing.count_cases import MOST, count_between, count_lists, count_views
from services.routing.queue.asked import Asked, asked_in, choices_for, filters_of
from services.routing.queue.change_many import KINDS
from services.routing.queue.choose_columns import COLUMNS, chosen_columns
from services.routing.queue.live_desk import LiveDesks
from services.routing.queue.read_change import Report, read_change
from services.routing.queue.saved_views import SavedView, saved_views
from services.routing.queue.views import VIEW, VIEWS
from services.routing.queue_groups import Group, grouped
from services.routing.queue_view import view_queue
from services.routing.read_cases import Page, list_cases
from services.routing.read_clocks import place_calendar
from services.routing.words import unit_name

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
    "watched": (N_("You watch no open case"), N_("Watch a case, and it stands here until it is over.")),
    "open": (N_("No case is open"), N_("New cases appear here as they come in.")),
    "all": (N_("There is no case yet"), N_("Cases within your scope stand here, also those that are over.")),
}
"""What an empty view says, and what to do (message ids)."""

NO_MATCH = (N_("No case fits"), N_("Leave out a filter, or look in all cases."))

NOTICES: Mapping[str, str] = {
    "gone": N_("That is done. The case is now with others and outside what you can see."),
    "saved": N_("The filter is saved."),
    "dropped": N_("The saved filter is gone."),
    "columns": N_("The columns are as you chose."),
    "watched": N_("You watch these cases now."),
    "unwatched": N_("You no longer watch these cases."),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form of the desk that could not be carried out: what is wrong, what was selected and typed."""

    problem: RedressError
    selected: frozenset[UUID] = frozenset()
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose desk it is, and under which policy."""

    context: Context
    viewer: Viewer
    bundle: PolicyBundle
    staff: Staff
    scope: Scope
    lang: Lang
    now: datetime

    @property
    def member(self) -> StaffMember:
        """Whose."""
        return self.viewer.member

    def asked(self, query: Mapping[str, str], view: str) -> Asked:
        """What an address asks for."""
        return asked_in(query, choices_for(self.bundle, self.scope, self.staff, query, self.lang), view)


async def desk_of(context: Context, request: Request, viewer: Viewer) -> Desk:
    """The desk of whoever asks."""
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    staff = await context.copies.staff(context.database)
    return Desk(context, viewer, bundle, staff, scope_of(bundle, viewer.member), language_of(request), now)


async def show_desk(
    desk: Desk, live: LiveDesks, request: Request, query: Mapping[str, str], filled: Filled | None = None
) -> Response:
    """The page."""
    context, bundle, lang, now, scope = desk.context, desk.bundle, desk.lang, desk.now, desk.scope
    database, member = context.database, desk.member
    mark = await live.mark()
    counts = await count_views(database, scope, member, now=now, zone=bundle.zone)
    choices = choices_for(bundle, scope, desk.staff, query, lang)
    asked = asked_in(query, choices, first_view(query, counts, desk.viewer))
    filters = filters_of(asked, bundle, desk.staff)
    page = await list_cases(
        database, scope, member,
        filters=filters, now=now, zone=bundle.zone, cursor=query.get("cursor"), limit=PAGE_ROWS,
    )  # fmt: skip
    found = grouped(page.rows, now, bundle.zone)
    numbers = await count_between(
        database, scope, member, [(group.since, group.until) for group, _ in found],
        filters=filters, now=now, zone=bundle.zone,
    )  # fmt: skip
    shown = await view_queue(database, context.copies, page.rows, bundle=bundle, viewer=member, lang=lang, now=now)
    kept = await saved_views(database, member)
    saved = await count_lists(
        database, scope, member, [filters_of(one.asked, bundle, desk.staff) for one in kept], now=now, zone=bundle.zone
    )
    calendar = place_calendar(bundle, member.unit, None)
    today = next((group.until for group, _ in found if group.kind == "today"), None)
    selected = filled.selected if filled else frozenset()
    return context.web.page(
        request,
        "routing/desk.html",
        policy=bundle,
        viewer=desk.viewer,
        now=now,
        zone=bundle.zone,
        status=filled.problem.status if filled else 200,
        problem=problem_document(filled.problem, lang, "") if filled else None,
        filled=dict(filled.typed) if filled else {},
        notice=_notice(query.get("done", ""), lang),
        report=await _report(desk, query.get("change", "")),
        views=_views(counts, asked.view, desk.viewer, lang),
        view=asked.view,
        title=_title(asked, lang),
        total=_total(counts, asked, page, numbers),
        whose=translate(lang, N_("Every unit")) if scope.everything else unit_name(bundle, member.unit, lang),
        groups=[
            (
                group,
                _said(group, number, calendar, lang, today, now),
                [{**shown.row(row), "selected": row.id in selected} for row in rows],
            )
            for (group, rows), number in zip(found, numbers, strict=True)
        ],
        choices=choices,
        chosen=asked.chosen,
        known_tags=sorted({tag for tags in shown.tags.values() for tag in tags}),
        typed=asked.typed,
        narrowed=asked.narrowed,
        empty=NO_MATCH if asked.narrowed else EMPTY[asked.view],
        back=urlencode(asked.address()),
        following=_at(asked, cursor=page.next_cursor) if page.next_cursor else "",
        first=_at(asked) if query.get("cursor") else "",
        cleared=_at(Asked(asked.view, {})),
        here=_at(asked),
        stream=f"/desk/live?{urlencode({**asked.address(), 'mark': mark})}",
        saved=[_saved(one, number, asked) for one, number in zip(kept, saved, strict=True)],
        columns=await chosen_columns(database, desk.viewer.staff_id),
        column_names={name: translate(lang, label) for name, label in COLUMNS.items()},
        may_file=desk.viewer.has(*FILERS),
        may_change=desk.viewer.has(*WORKERS),
        takers=_takers(desk) if desk.viewer.has(*WORKERS) else [],
        priorities=[(one.code, one.label.say(lang)) for one in bundle.priorities],
        load=counts["mine"] if desk.viewer.has("officer") else None,
        day_hours=calendar.seconds_per_typical_day / 3600,
    )


async def live_counts(context: Context, member: StaffMember) -> dict[str, str]:
    """The numbers of a desk: of each view by its code, of each saved filter by its id."""
    database, now = context.database, context.now()
    bundle = await context.copies.in_force(database, now)
    staff, scope = await context.copies.staff(database), scope_of(bundle, member)
    counts = await count_views(database, scope, member, now=now, zone=bundle.zone)
    kept = await saved_views(database, member)
    saved = await count_lists(
        database, scope, member, [filters_of(one.asked, bundle, staff) for one in kept], now=now, zone=bundle.zone
    )
    by_view = {code: many(number) for code, number in counts.items()}
    return by_view | {str(one.id): many(number) for one, number in zip(kept, saved, strict=True)}


def first_view(query: Mapping[str, str], counts: Mapping[str, int], viewer: Viewer) -> str:
    """The view an address asks for, else the one in which work waits."""
    searching = bool(query.get("q", "").strip())
    if (chosen := query.get("view")) in VIEW:
        return str(chosen)
    if query.get("overdue"):
        return "late"
    if searching:
        return "all"
    # Whoever owns cases begins with them; who approves or verifies, with what waits for it; else with the unit.
    wanted = ("mine", "approve", "verify", "unit") if viewer.has("verifier") else ("mine", "approve", "unit")
    return next((code for code in wanted if counts[code]), "unit")


def many(number: int) -> str:
    """A number that was counted up to a bound."""
    return f"{format_number(MOST)}+" if number > MOST else format_number(number)


def _at(asked: Asked, **more: str) -> str:
    return f"/desk?{urlencode(asked.address(**more))}"


def _views(counts: Mapping[str, int], view: str, viewer: Viewer, lang: Lang) -> list[dict[str, Any]]:
    tones = {"late": "late", "today": "near"}
    return [
        {
            "code": one.code,
            "label": translate(lang, one.title),
            "icon": ICONS[one.code],
            "count": many(counts[one.code]) if one.code in counts else None,
            "some": bool(counts.get(one.code)),
            "tone": tones.get(one.code, "") if counts.get(one.code) else "",
            "current": one.code == view,
            "href": f"/desk?view={one.code}",
        }
        for one in VIEWS
        if one.code != "verify" or one.code == view or viewer.has("verifier")
    ]


def _saved(one: SavedView, number: int, asked: Asked) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": "unit" if one.shared else "filter",
        "shared": one.shared,
        "count": many(number),
        "href": _at(one.asked),
        "current": one.asked == asked,
        "mine": one.mine,
    }


def _takers(desk: Desk) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who can be given cases: per unit whoever has the least to do, or somebody by name. The own unit comes first."""
    bundle, lang = desk.bundle, desk.lang
    units = sorted(bundle.units, key=lambda unit: unit.code != desk.member.unit)
    found = []
    for unit in units:
        if unit.restricted and unit.code not in desk.scope.restricted_units:
            continue
        if among := candidates(bundle, desk.staff, unit.code, here_at=None):
            away = translate(lang, N_("not on duty"))
            people = [
                (f"staff:{one.username}", one.display_name if one.here(desk.now) else f"{one.display_name} ({away})")
                for one in among
            ]
            least = (f"unit:{unit.code}", translate(lang, N_("Whoever has the least to do")))
            found.append((unit_name(bundle, unit.code, lang), [least, *people]))
    return found


def _title(asked: Asked, lang: Lang) -> str:
    return translate(lang, N_("Found") if asked.typed else VIEW[asked.view].title)


def _total(counts: Mapping[str, int], asked: Asked, page: Page, numbers: Sequence[int]) -> str:
    if not asked.narrowed and asked.view in counts:
        return many(counts[asked.view])
    # Groups beyond this page are not counted: what is known is all there is only on the last one.
    return f"{many(sum(numbers))}{'+' if page.next_cursor and sum(numbers) <= MOST else ''}" if numbers else "0"


def _said(group: Group, number: int, calendar: Any, lang: Lang, midnight: Any, now: Any) -> dict[str, Any]:
    left = working_seconds_between(now, midnight, calendar) if group.kind == "today" and midnight else None
    return {
        "title": group.title(lang),
        "late": group.kind == "late",
        "count": many(number),
        "one": number == 1,
        "left": left,
        "day": calendar.seconds_per_typical_day,
    }


async def _report(desk: Desk, change: str) -> dict[str, Any] | None:
    """What became of the change of many cases that was just made."""
    try:
        report: Report = await read_change(desk.context.database, UUID(change), desk.member)
    except (ValueError, NotFound):
        return None
    return {
        "id": str(report.id),
        "what": translate(desk.lang, KINDS[report.kind]),
        "undo": report.undoes is not None,
        "done": len(report.having("done")),
        "same": len(report.having("same")),
        "refused": [
            {"number": one.number, "what": one.why(desk.lang)[0], "remedy": one.why(desk.lang)[1]}
            for one in report.having("refused")
        ],
        "can_be_undone": report.can_be_undone,
    }


def _notice(done: str, lang: Lang) -> dict[str, str] | None:
    said = NOTICES.get(done)
    return {"kind": "done", "text": translate(lang, said)} if said else None
