"""The desk in words: views and saved filters with their numbers, headings, who can take cases, what was done. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import Scope
from services.kit.thai import format_number
from services.kit.working_time import working_seconds_between
from services.routing.assignment import candidates
from services.routing.count_cases import MOST
from services.routing.queue.asked import Asked
from services.routing.queue.change_many import KINDS
from services.routing.queue.read_change import Report
from services.routing.queue.saved_views import SavedView
from services.routing.queue.views import VIEW, VIEWS
from services.routing.queue_groups import Group
from services.routing.read_cases import Page
from services.routing.words import unit_name

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


def many(number: int) -> str:
    """A number that was counted up to a bound."""
    return f"{format_number(MOST)}+" if number > MOST else format_number(number)


def desk_at(asked: Asked, **more: str) -> str:
    """The address of a desk."""
    return f"/desk?{urlencode(asked.address(**more))}"


def views_shown(counts: Mapping[str, int], view: str, viewer: Viewer, lang: Lang) -> list[dict[str, Any]]:
    """The views with their numbers."""
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


def saved_shown(one: SavedView, number: int, asked: Asked) -> dict[str, Any]:
    """A saved filter with its number."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": "unit" if one.shared else "filter",
        "shared": one.shared,
        "count": many(number),
        "href": desk_at(one.asked),
        "current": one.asked == asked,
        "mine": one.mine,
    }


def takers_for(
    bundle: PolicyBundle, staff: Staff, scope: Scope, home: str, lang: Lang, now: datetime
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who can be given cases: per unit whoever has the least to do, or somebody by name. The own unit comes first."""
    units = sorted(bundle.units, key=lambda unit: unit.code != home)
    found = []
    for unit in units:
        if unit.restricted and unit.code not in scope.restricted_units:
            continue
        if among := candidates(bundle, staff, unit.code, here_at=None):
            away = translate(lang, N_("not on duty"))
            people = [
                (f"staff:{one.username}", one.display_name if one.here(now) else f"{one.display_name} ({away})")
                for one in among
            ]
            least = (f"unit:{unit.code}", translate(lang, N_("Whoever has the least to do")))
            found.append((unit_name(bundle, unit.code, lang), [least, *people]))
    return found


def title_of(asked: Asked, lang: Lang) -> str:
    """What the list is called."""
    return translate(lang, N_("Found") if asked.typed else VIEW[asked.view].title)


def total_of(counts: Mapping[str, int], asked: Asked, page: Page, numbers: Sequence[int]) -> str:
    """How many the list holds, as far as that is known."""
    if not asked.narrowed and asked.view in counts:
        return many(counts[asked.view])
    # Groups beyond this page are not counted: what is known is all there is only on the last one.
    return f"{many(sum(numbers))}{'+' if page.next_cursor and sum(numbers) <= MOST else ''}" if numbers else "0"


def heading_of(group: Group, number: int, calendar: Any, lang: Lang, midnight: Any, now: Any) -> dict[str, Any]:
    """A heading of the list: the day, how many, the working time left today."""
    left = working_seconds_between(now, midnight, calendar) if group.kind == "today" and midnight else None
    return {
        "title": group.title(lang),
        "late": group.kind == "late",
        "count": many(number),
        "one": number == 1,
        "left": left,
        "day": calendar.seconds_per_typical_day,
    }


def report_shown(report: Report, lang: Lang) -> dict[str, Any]:
    """What became of a change of many cases."""
    return {
        "id": str(report.id),
        "what": translate(lang, KINDS[report.kind]),
        "undo": report.undoes is not None,
        "done": len(report.having("done")),
        "same": len(report.having("same")),
        "refused": [
            {"number": one.number, "what": one.why(lang)[0], "remedy": one.why(lang)[1]}
            for one in report.having("refused")
        ],
        "can_be_undone": report.can_be_undone,
    }


def notice_of(done: str, lang: Lang) -> dict[str, str] | None:
    """What was just done."""
    said = NOTICES.get(done)
    return {"kind": "done", "text": translate(lang, said)} if said else None
