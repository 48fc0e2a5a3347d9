"""What the pages of service recovery show, made of records: rows, facts, steps as forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Staff
from services.kit.errors import RedressError
from services.kit.gist import gist_of
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_datetime
from services.reporting.recovery.allowed import AllowedStep
from services.reporting.recovery.form import Form, default_of, property_of
from services.reporting.recovery.known_facts import known_facts
from services.reporting.recovery.life import PROGRESS, STATE_LABELS
from services.reporting.recovery.list_recoveries import Page
from services.reporting.recovery.open_recovery import OPENED_BY_STAFF
from services.reporting.recovery.record import Record
from services.reporting.recovery.show_recovery import Shown, said, say_line, say_standard
from services.reporting.recovery.steps import MODE_LABELS, TRIGGER_LABELS
from services.reporting.recovery.words import deadlines, unit_name, waiting

Shape = dict[str, Any]

BESIDE: Mapping[str, str] = {"opened": "plus", "task": "check", "linked": "link", "notified": "send", "noted": "info"}
"""The icon of a line of the timeline that is no step."""

TASK_WORDS: Mapping[str, str] = {
    "open": N_("Task added"),
    "done": N_("Task done"),
    "dropped": N_("Task dropped"),
}


# ---- the list


def rows(page: Page, bundle: PolicyBundle, staff: Staff, viewer: Viewer, now: datetime, lang: Lang) -> list[Shape]:
    """The rows of the list."""
    shown = []
    for record in page.records:
        head = waiting(record, bundle, staff, viewer.staff_id, now, lang)
        shown.append(
            {
                "id": record.id,
                "number": record.number,
                "gist": gist_of(record.what_failed) if record.what_failed else failed_in_short(record, bundle, lang),
                "tracking_number": record.tracking_number,
                "unit": unit_name(bundle, record.unit, lang),
                "place": bundle.label_of("service_points", record.service_point, lang) if record.service_point else "",
                "state": {"label": translate(lang, STATE_LABELS[record.state]), "progress": PROGRESS[record.state]},
                "abnormal": record.abnormal,
                "trigger": translate(lang, TRIGGER_LABELS[record.trigger]),
                "remedy": bundle.label_of("remedies", record.remedy, lang) if record.remedy else "",
                "baht": record.baht,
                "head": head,
                "opened_at": record.opened_at,
            }
        )
    return shown


def failed_in_short(record: Record, bundle: PolicyBundle, lang: Lang) -> str:
    """One line of what went wrong, where nobody wrote one: the standard that was broken, or what is granted."""
    if record.standard:
        return translate(lang, "Not kept: %(standard)s", standard=say_standard(record.standard, lang))
    if record.remedy:
        remedy = bundle.label_of("remedies", record.remedy, lang)
        return translate(lang, "Granted with the decision: %(remedy)s", remedy=remedy)
    return translate(lang, record.why)


# ---- one record


def detail(shown: Shown, viewer: Viewer, now: datetime, lang: Lang) -> Shape:
    """Everything the page of a record shows but its forms."""
    record, bundle, staff = shown.record, shown.bundle, shown.staff
    return {
        "record": record,
        "title": gist_of(record.what_failed) if record.what_failed else failed_in_short(record, bundle, lang),
        "state": {"label": translate(lang, STATE_LABELS[record.state]), "progress": PROGRESS[record.state]},
        "head": waiting(record, bundle, staff, viewer.staff_id, now, lang),
        "deadlines": deadlines(record, bundle, now, lang),
        "sections": known_facts(record, bundle, staff, lang),
        "meta": {
            "unit": unit_name(bundle, record.unit, lang),
            "place": bundle.label_of("service_points", record.service_point, lang) if record.service_point else "",
            "trigger": translate(lang, TRIGGER_LABELS[record.trigger]),
            "mode": translate(lang, MODE_LABELS[record.mode]),
            "why": translate(lang, record.why) if record.why != OPENED_BY_STAFF else "",
        },
        "tasks": [
            {
                **task,
                "owner_name": staff.name(task["owner"]),
                "what": bundle.label_of("remedies", record.remedy, lang)
                if task["delivery"] and record.remedy
                else task["what"],
            }
            for task in shown.tasks
        ],
        "timeline": [_line(line, staff, lang) for line in shown.timeline],
        "complaints": shown.complaints,
        "notices": [
            {**notice, "medium": bundle.label_of("channels", notice["medium"], lang)} for notice in shown.notices
        ],
    }


def _line(line: Mapping[str, Any], staff: Staff, lang: Lang) -> Shape:
    label = say_line(line, lang)
    if line["kind"] == "task":
        label = translate(lang, TASK_WORDS.get(line["fields"].get("status", ""), "Task"))
    return {
        "at": line["at"],
        "step": line["kind"] == "moved",
        "icon": BESIDE.get(line["kind"], ""),
        "label": label,
        "by": staff.name(line["by"]) or (translate(lang, "the system") if line["by"] is None else ""),
        "words": said(line, lang) if line["kind"] != "opened" else None,
    }


# ---- forms


def fields_of(
    form: Form,
    record: Record,
    bundle: PolicyBundle,
    now: datetime,
    lang: Lang,
    typed: Mapping[str, Any] | None = None,
    error: RedressError | None = None,
) -> list[Shape]:
    """The fields of a form as the kit's `field` macro takes them, with what was typed and what was wrong with it."""
    wrong = {problem.field: problem for problem in error.fields} if error else {}
    found = []
    for one in form.fields:
        schema = property_of(one, record, bundle, lang, now)
        default = default_of(one, record, bundle, now)
        if one.kind == "moment" and default is not None:
            schema["description"] = " ".join(
                part
                for part in (schema.get("description", ""), f"({format_datetime(default, lang, bundle.zone)})")
                if part
            )
            default = None
        problem = wrong.get(one.name)
        found.append(
            {
                "name": one.name,
                "schema": schema,
                "kind": _KINDS.get(one.kind, ""),
                "options": _options(one.kind, schema),
                "required": one.required and not (one.kind == "moment" and one.default is not None),
                "value": (typed or {}).get(one.name, "") if typed is not None else ("" if default is None else default),
                "error": " ".join(translate(lang, text) for text in (problem.what, problem.remedy) if text)
                if problem
                else "",
                "rows": 3 if one.kind == "words" else 0,
            }
        )
    return found


_KINDS: Mapping[str, str] = {"line": "text", "member": "text", "count": "number", "baht": "number", "rating": "radio"}


def _options(kind: str, schema: Mapping[str, Any]) -> Sequence[Shape]:
    if kind == "rating":
        return [{"value": number, "label": str(number)} for number in range(1, 6)]
    return [{"value": code, "label": label} for code, label in schema.get("x-labels", {}).items()]


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a record for one reader: the one whose form is open, those to choose between, and the others.

    `choices` are several onward steps of equal standing, such as the two answers to an offer: none is proposed.
    `next_blocked` is the onward step that cannot be taken, where none can.
    """

    current: AllowedStep | None
    choices: list[Shape]
    others: list[Shape]
    next_blocked: Shape | None


def steps_of(shown: Shown, chosen: str | None, lang: Lang) -> Steps:
    """The step asked for, else the only onward one that is not blocked, and what stands beside it."""
    free = [step for step in shown.allowed if step.blocked is None]
    onward = [step for step in free if step.transition.onward]
    current = next((step for step in free if step.to == chosen), onward[0] if len(onward) == 1 else None)
    choices = [_step(step, lang) for step in onward] if current is None else []
    offered = {choice["to"] for choice in choices}
    others = [_step(step, lang) for step in shown.allowed if step is not current and step.to not in offered]
    blocked = [step for step in shown.allowed if step.blocked is not None and step.transition.onward]
    next_blocked = _step(blocked[0], lang) if blocked and current is None and not choices else None
    return Steps(current, choices, others, next_blocked)


def _step(step: AllowedStep, lang: Lang) -> Shape:
    return {
        "to": step.to,
        "label": translate(lang, step.transition.label),
        "blocked": step.blocked.say(lang) if step.blocked else "",
    }
