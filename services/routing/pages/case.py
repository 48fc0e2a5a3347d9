"""`/cases/…`: one case, what is to be done with it and by when, its story, its clocks and its next steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from services.kit.access import Allow, Viewer, signed_in
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.routing.actors import works
from services.routing.api import READERS, SCOPE
from services.routing.case_facts import IDENTITIES, facts_of, text_for_line
from services.routing.form_fields import page_fields
from services.routing.lifecycle import STATE_LABELS
from services.routing.links.repeats import repeats_of
from services.routing.next_steps import primary_of, shown_steps, steps_for
from services.routing.pages.sight import Sight, sight_of
from services.routing.queue.watch_case import watched_by
from services.routing.side_forms import ACTS, BESIDE, offered
from services.routing.timeline_view import folded, timeline_view
from services.routing.words import RECOVERY_STATES

LOOKERS = ("officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "integrity", "privacy")
"""Who is offered the complainant's contact, which intake keeps, guards and records each look at."""

WRITERS = ("officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "integrity")
"""Who is offered to write to the complainant, on a page of intake that it guards."""

RECOVERERS = ("officer", "supervisor", "centre", "unit_head", "line_manager", "integrity")
"""Who is offered to open a service-recovery record, which reporting keeps and guards."""

DONE: Mapping[str, str] = {
    **{act.code: act.done for act in ACTS.values()},
    "task-done": N_("The task is done."),
    "task-dropped": N_("The task is dropped."),
    "unlinked": N_("The link is undone."),
}

MOVED = N_("Recorded. The case now stands at: %(state)s.")


LINK_SORTS: Mapping[tuple[str, bool], str] = {
    ("related", True): "",
    ("related", False): "",
    ("merged", True): N_("joined into it"),
    ("merged", False): N_("joined into this one"),
    ("split", True): N_("taken out of it"),
    ("split", False): N_("taken out of this one"),
}
"""How a linked case stands to this one (message ids); by whether this one named it."""


def case_routes(context: Context) -> APIRouter:
    """The case page."""
    routes = APIRouter(prefix="/cases", include_in_schema=False)
    reading = Allow(context, *READERS, scope=SCOPE)

    @routes.get("/{ident}")
    async def case(request: Request, ident: str, viewer: Viewer | None = Depends(reading)) -> Response:
        who = signed_in(viewer)
        sight = await sight_of(context, request, who, ident)
        return show_case(sight, watched=bool(await watched_by(context.database, who.staff_id, [sight.found.case.id])))

    return routes


def show_case(sight: Sight, *, watched: bool = False) -> Response:
    """The page of the case."""
    found, bundle, lang, now, member = sight.found, sight.bundle, sight.lang, sight.now, sight.member
    steps = steps_for(found, member, bundle, sight.staff, now)
    primary = primary_of(found, member, bundle, steps, sight.address, lang)
    says = [code for code in ("contact", "note") if offered(ACTS[code], found.case, member, bundle)]
    chosen = sight.request.query_params.get("say")
    may_reply = sight.viewer.has(*WRITERS) and not found.case.historical
    saying = chosen if chosen in says or (chosen == "reply" and may_reply) else next(iter(says), "")
    base = sight.context.settings.base_url or str(sight.request.base_url).rstrip("/")
    due_at = sight.head.due_at
    repeats = repeats_of(found)
    may_link = offered(ACTS["link"], found.case, member, bundle)
    return sight.page(
        "routing/case.html",
        notice=_notice(sight),
        watched=watched,
        draft_done=sight.request.query_params.get("done", ""),
        primary=primary,
        steps=[
            step for step in shown_steps(found, steps, bundle, now, lang)
            if step.blocked or f"{sight.address}/steps/{step.to}" != primary.href
        ],
        says=[{"code": code, "label": _title(sight, code)} for code in says],
        saying=saying,
        may_reply=may_reply,
        say=_say(sight, saying) if saying != "reply" else None,
        may_edit=offered(ACTS["gist"], found.case, member, bundle),
        beside=[
            {"href": f"{sight.address}/acts/{code}", "label": _title(sight, code), "icon": ACTS[code].icon}
            for code in BESIDE
            if offered(ACTS[code], found.case, member, bundle)
        ],
        timeline=folded(timeline_view(found, bundle, sight.staff, lang), lang),
        narrative=_narrative(sight),
        facts=facts_of(found, bundle, sight.staff, lang),
        identity=translate(lang, IDENTITIES[found.filed.identity]),
        may_look=sight.viewer.has(*LOOKERS) and found.filed.identity != "anonymous",
        tasks=[_task(sight, task) for task in found.tasks],
        may_task=offered(ACTS["task"], found.case, member, bundle),
        recoveries=[
            {"number": one.number, "state": translate(lang, RECOVERY_STATES.get(one.state, one.state)),
             "remedy": bundle.label_of("remedies", one.remedy, lang) if one.remedy else "", "baht": one.baht}
            for one in found.recoveries
        ],
        may_recover=sight.viewer.has(*RECOVERERS),
        related=[
            {"number": one.tracking_number, "gist": one.gist, "state": translate(lang, STATE_LABELS[one.state]),
             "repeat": one in repeats, "link": may_link and one.id not in {link.other_id for link in found.links}}
            for one in found.related
        ],
        links=[
            {"id": str(one.id), "number": one.tracking_number, "gist": one.gist, "reason": one.reason,
             "by": sight.staff.name(one.by), "at": one.at, "undoable": may_link and one.sort == "related",
             "state": translate(lang, STATE_LABELS[one.state]),
             "sort": translate(lang, LINK_SORTS[one.sort, one.outward])}
            for one in found.links
        ],
        may_link=may_link,
        repeats=repeats,
        for_line=text_for_line(found, bundle, due_at, f"{base}{sight.address}", lang),
    )  # fmt: skip


def _narrative(sight: Sight) -> str:
    """The narrative, unless the heading above it says all of it."""
    told = sight.found.filed.narrative or ""
    return "" if " ".join(told.split()) == sight.found.filed.gist else told


def _title(sight: Sight, code: str) -> str:
    return translate(sight.lang, ACTS[code].title)


def _say(sight: Sight, code: str) -> dict[str, Any] | None:
    """The form at the foot of the timeline: its fields by name."""
    if not code:
        return None
    act = ACTS[code]
    typed = {name: value for name, value in act.initial(sight.found.case).items() if value is not None}
    fields = page_fields(act.form, sight.found.case, sight.bundle, sight.staff, sight.lang, typed)
    return {
        "action": f"{sight.address}/acts/{code}",
        "button": translate(sight.lang, act.button),
        "icon": act.icon,
        "fields": {one["name"]: one for one in fields},
    }


def _task(sight: Sight, task: Any) -> dict[str, Any]:
    done_by: UUID | None = task.done_by
    case = sight.found.case
    over = task.status != "open" or not offered(ACTS["task"], case, sight.member, sight.bundle)
    # Whoever finishes a remedy has delivered it and cannot verify it (7.9); its owner does not drop it.
    mine = works(case, sight.member, sight.bundle)
    return {
        "may_finish": not over and (mine or not task.remedy),
        "may_drop": not over and not (task.remedy and case.owner == sight.member.staff_id),
        "id": str(task.id),
        "what": task.what or translate(sight.lang, N_("(erased)")),
        "owner": sight.staff.name(task.owner),
        "due_at": task.due_at,
        "late": bool(task.status == "open" and task.due_at and task.due_at < sight.now),
        "remedy": task.remedy,
        "baht": task.baht,
        "status": task.status,
        "done_at": task.done_at,
        "done_by": sight.staff.name(done_by),
    }


def _notice(sight: Sight) -> dict[str, str] | None:
    done = sight.request.query_params.get("done", "")
    if done in DONE:
        return {"kind": "done", "text": " ".join([translate(sight.lang, DONE[done]), *_told(sight)])}
    if done in STATE_LABELS and done == sight.found.case.state:
        state = translate(sight.lang, STATE_LABELS[done])
        return {"kind": "done", "text": translate(sight.lang, MOVED, state=state)}
    return None


def _told(sight: Sight) -> list[str]:
    """Whom a note told, and what stood behind an @ and is the name of nobody who may see the case."""
    names = sight.request.query_params.get("told", "").split()[:20]
    members = [member for name in names if (member := sight.staff.by_username.get(name)) is not None]
    nobody = [f"@{name[:40]}" for name in sight.request.query_params.get("nobody", "").split()[:20]]
    said = []
    if members:
        shown = ", ".join(member.display_name for member in members)
        said.append(translate(sight.lang, N_("It tells %(names)s."), names=shown))
    if nobody:
        said.append(
            translate(sight.lang, N_("Nobody is called %(names)s, so nobody else was told."), names=", ".join(nobody))
        )
    return said
