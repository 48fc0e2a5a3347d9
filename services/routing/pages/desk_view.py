"""What the desk shows: the list that its address asks for, the numbers beside the views, what can be done at once."""

from __future__ import annotations

from collections.abc import Mapping
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
from services.kit.database import Database
from services.kit.errors import NotFound, RedressError
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope, scope_of
from services.kit.service import Context
from services.kit.web import language_of, problem_document
from services.routing.api import WORKERS
from services.routing.count_cases import count_between, count_lists, count_views
from services.routing.duty.read_load import LEADERS
from services.routing.pages.desk_words import (
    EMPTY,
    NO_MATCH,
    desk_at,
    heading_of,
    many,
    notice_of,
    report_shown,
    saved_shown,
    takers_for,
    title_of,
    total_of,
    views_shown,
)
from services.routing.queue.asked import Asked, asked_in, choices_for, filters_of
from services.routing.queue.choose_columns import COLUMNS, chosen_columns
from services.routing.queue.live_desk import LiveDesks
from services.routing.queue.read_change import read_change
from services.routing.queue.saved_views import SavedView, saved_views
from services.routing.queue.views import VIEW
from services.routing.queue_groups import grouped
from services.routing.queue_view import view_queue
from services.routing.read_cases import list_cases
from services.routing.read_clocks import place_calendar
from services.routing.words import unit_name

PAGE_ROWS = 50

FILERS = ("officer", "supervisor", "centre", "approver", "verifier", "unit_head", "integrity", "administrator")
"""Who is offered `/desk/new`, which intake serves and guards."""


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
    saved = await _saved_counted(database, scope, member, bundle, desk.staff, now)
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
        notice=notice_of(query.get("done", ""), lang),
        report=await _report(desk, query.get("change", "")),
        views=views_shown(counts, asked.view, desk.viewer, lang),
        view=asked.view,
        title=title_of(asked, lang),
        total=total_of(counts, asked, page, numbers),
        whose=translate(lang, N_("Every unit")) if scope.everything else unit_name(bundle, member.unit, lang),
        groups=[
            (
                group,
                heading_of(group, number, calendar, lang, today, now),
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
        following=desk_at(asked, cursor=page.next_cursor) if page.next_cursor else "",
        first=desk_at(asked) if query.get("cursor") else "",
        cleared=desk_at(Asked(asked.view, {})),
        here=desk_at(asked),
        stream=f"/desk/live?{urlencode({**asked.address(), 'mark': mark})}",
        saved=[saved_shown(one, number, asked) for one, number in saved],
        columns=await chosen_columns(database, desk.viewer.staff_id),
        column_names={name: translate(lang, label) for name, label in COLUMNS.items()},
        may_file=desk.viewer.has(*FILERS),
        may_change=desk.viewer.has(*WORKERS),
        takers=takers_for(bundle, desk.staff, scope, member.unit, lang, desk.now) if desk.viewer.has(*WORKERS) else [],
        priorities=[(one.code, one.label.say(lang)) for one in bundle.priorities],
        load=counts["mine"] if desk.viewer.has("officer") else None,
        leads=desk.viewer.has(*LEADERS),
        day_hours=calendar.seconds_per_typical_day / 3600,
    )


async def live_counts(context: Context, member: StaffMember) -> dict[str, str]:
    """The numbers of a desk: of each view by its code, of each saved filter by its id."""
    database, now = context.database, context.now()
    bundle = await context.copies.in_force(database, now)
    staff, scope = await context.copies.staff(database), scope_of(bundle, member)
    counts = await count_views(database, scope, member, now=now, zone=bundle.zone)
    saved = await _saved_counted(database, scope, member, bundle, staff, now)
    by_view = {code: many(number) for code, number in counts.items()}
    return by_view | {str(one.id): many(number) for one, number in saved}


async def _saved_counted(
    database: Database, scope: Scope, member: StaffMember, bundle: PolicyBundle, staff: Staff, now: datetime
) -> list[tuple[SavedView, int]]:
    """The saved filters of a member, each with how many cases it holds."""
    kept = await saved_views(database, member)
    lists = [filters_of(one.asked, bundle, staff) for one in kept]
    counted = await count_lists(database, scope, member, lists, now=now, zone=bundle.zone)
    return list(zip(kept, counted, strict=True))


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


async def _report(desk: Desk, change: str) -> dict[str, Any] | None:
    """What became of the change of many cases that was just made."""
    try:
        return report_shown(await read_change(desk.context.database, UUID(change), desk.member), desk.lang)
    except (ValueError, NotFound):
        return None
