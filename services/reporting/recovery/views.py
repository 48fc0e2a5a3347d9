"""What the pages of service recovery show, made of records: rows, facts, steps as forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.copies import Staff
from services.kit.errors import RedressError
from services.kit.gist import gist_of
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_baht, format_datetime, format_number
from services.reporting.recovery.form import Form, default_of, property_of
from services.reporting.recovery.life import PROGRESS, STATE_LABELS
from services.reporting.recovery.list_recoveries import Page
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
        "sections": sections(record, bundle, staff, lang),
        "meta": {
            "unit": unit_name(bundle, record.unit, lang),
            "place": bundle.label_of("service_points", record.service_point, lang) if record.service_point else "",
            "trigger": translate(lang, TRIGGER_LABELS[record.trigger]),
            "mode": translate(lang, MODE_LABELS[record.mode]),
            "why": translate(lang, record.why),
        },
        "tasks": [{**task, "owner_name": staff.name(task["owner"])} for task in shown.tasks],
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
        "words": said(line, lang),
    }


Facts = list[tuple[str, str]]


def sections(record: Record, bundle: PolicyBundle, staff: Staff, lang: Lang) -> list[tuple[str, Facts]]:
    """The record in parts, each with what is known of it; parts of which nothing is known are left out."""
    tell = _Teller(record, bundle, staff, lang)
    parts = [
        (N_("What went wrong"), tell.failure()),
        (N_("Abnormal situation"), tell.situation()),
        (N_("Containment and apology"), tell.containment()),
        (N_("Remedy"), tell.remedy()),
        (N_("Offer and answer"), tell.offer()),
        (N_("Delivery and proof"), tell.delivery()),
        (N_("Cause and what was learned"), tell.learned()),
    ]
    return [(translate(lang, title), facts) for title, facts in parts if facts]


class _Teller:
    """Says the fields of one record in one language."""

    def __init__(self, record: Record, bundle: PolicyBundle, staff: Staff, lang: Lang) -> None:
        self.record, self.bundle, self.staff, self.lang = record, bundle, staff, lang

    def _facts(self, *pairs: tuple[str, str | None]) -> Facts:
        return [(translate(self.lang, name), text) for name, text in pairs if text]

    def _at(self, moment: datetime | None) -> str:
        return format_datetime(moment, self.lang, self.bundle.zone) if moment else ""

    def _label(self, group: str, code: str | None) -> str:
        return self.bundle.label_of(group, code, self.lang) if code else ""

    def _by(self, who: Any, at: datetime | None) -> str:
        return " · ".join(part for part in (self.staff.name(who), self._at(at)) if part) if at else ""

    def failure(self) -> Facts:
        it = self.record
        affected = it.customers_affected
        return self._facts(
            (N_("What went wrong"), it.what_failed),
            (N_("Touch point"), self._label("categories", it.touch_point)),
            (N_("Standard broken"), say_standard(it.standard, self.lang)),
            (N_("Customers affected"), None if affected is None else format_number(affected, self.lang)),
        )

    def situation(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Number of the continuity-plan activation"), it.bcm_number),
            (N_("Declared at"), self._at(it.declared_at)),
            (N_("Stood down at"), self._at(it.stood_down_at)),
            (N_("Vulnerable customers"), it.vulnerable),
        )

    def containment(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Containment"), it.containment), (N_("Apology"), it.apology), (N_("Explanation"), it.explanation)
        )

    def remedy(self) -> Facts:
        it = self.record
        entitlement = self._label("entitlements", it.entitlement)
        if entitlement and it.entitlement_version:
            entitlement = translate(
                self.lang, "%(rule)s (policy version %(version)s)", rule=entitlement, version=it.entitlement_version
            )
        return self._facts(
            (N_("Remedy"), self._label("remedies", it.remedy)),
            (N_("Value in baht"), None if it.baht is None else format_baht(it.baht, self.lang)),
            (N_("What will be done"), it.plan),
            (N_("Entitlement"), entitlement),
            (N_("Authorising rule"), it.authority),
            (N_("Cost centre"), it.cost_centre),
            (N_("Planned by"), self._by(it.planned_by, it.planned_at)),
            (N_("Limit of the planner"), None if it.limit_baht is None else format_baht(it.limit_baht, self.lang)),
            (N_("Approved by"), self._by(it.approved_by, it.approved_at)),
        )

    def offer(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("What we offer"), it.offer),
            (N_("Told by"), self._label("channels", it.offer_medium)),
            (N_("Offered by"), self._by(it.offered_by, it.offered_at)),
            (N_("The offer holds until"), self._at(it.offer_expires_at)),
            (N_("Answered at"), self._at(it.answered_at)),
            (N_("What the customer said"), it.answer),
        )

    def delivery(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Remedy promised by"), self._at(it.promised_by)),
            (N_("Who delivers"), self.staff.name(it.deliverer)),
            (N_("Completed at"), self._at(it.completed_at)),
            (N_("Evidence"), it.evidence),
            (N_("Verified by"), self._by(it.verified_by, it.verified_at)),
            (N_("What was checked"), it.verification),
            (N_("Satisfaction afterwards"), f"{it.satisfaction} / 5" if it.satisfaction else None),
        )

    def learned(self) -> Facts:
        it = self.record
        return self._facts(
            (N_("Root cause"), self._label("causes", it.cause)),
            (N_("Correction and prevention"), it.lesson),
            (N_("Why nothing is delivered"), translate(self.lang, it.outcome) if it.outcome else None),
        )


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
                "required": one.required and (default is None and one.default is None),
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


def steps_of(shown: Shown, chosen: str | None, now: datetime, lang: Lang) -> tuple[Shape | None, list[Shape]]:
    """The step whose form is open (the one asked for, else the first that is not blocked), and the others."""
    free = [step for step in shown.allowed if step.blocked is None]
    current = next((step for step in free if step.to == chosen), free[0] if free else None)
    others = [
        {
            "to": step.to,
            "label": translate(lang, step.transition.label),
            "blocked": step.blocked.say(lang) if step.blocked else "",
        }
        for step in shown.allowed
        if step is not current
    ]
    if current is None:
        return None, others
    return {"to": current.to, "label": translate(lang, current.transition.label), "form": current.form}, others
