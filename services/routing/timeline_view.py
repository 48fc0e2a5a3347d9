"""The timeline as the case page shows it: a mark, what happened, by whom, and the words and facts that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_baht, format_datetime, parse_number
from services.routing.case import Case
from services.routing.forms import Field
from services.routing.lifecycle import steps_from
from services.routing.read_case import CaseFile, TimelineRow
from services.routing.steps import FORMS, RATINGS, form_for
from services.routing.timeline import label_of_line
from services.routing.words import rule_name

ICONS: Mapping[str, str] = {
    "imported": "upload", "note": "note", "contact": "send", "complainant_added": "line", "acknowledged": "send",
    "taken_back": "undo",
    "receipt_corrected": "edit", "erased": "trash", "silence": "hourglass", "reassigned": "assign",
    "prioritised": "flag", "reclassified": "tag", "task": "done", "raised": "up", "refused": "stop", "missed": "late",
    "miss_withdrawn": "undo", "tagged": "tag", "untagged": "tag", "linked": "link",
    "finding": "search", "split": "split", "dossier": "download", "gist": "edit", "alert": "bell",
}  # fmt: skip
"""The icon of what is no change of state; a change of state is a filled dot."""

READ_BY_COMPLAINANT = frozenset(
    {"awaiting_complainant", "decision_communicated", "not_accepted", "referred", "merged", "closed"}
)
"""States whose step tells the complainant its words."""

OUTWARD = frozenset({"reasons", "what", "reason", "text"})

UNSAID = frozenset({"unit", "owner", "no_conflict", "confirmed", "into_id", *(one.name for one in RATINGS)})
"""What the label says already, or what stands elsewhere on the page."""


@dataclass(frozen=True, slots=True)
class Bubble:
    """Words or facts under a line: `kind` "" came in, `out` went out, `memo` stays inside."""

    kind: str
    text: str = ""
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline."""

    at: datetime
    icon: str
    step: bool
    label: str
    by: str
    late: bool
    bubbles: Sequence[Bubble]
    folded: Sequence[Entry] = ()
    """Lines of the same sort that came one after the other, shown when asked for."""
    ident: str = ""
    """Where an address can point."""


_FIELDS: Mapping[str, Field] = {
    one.name: one for form in reversed(list(FORMS.values())) for one in form.fields if one.name != "reason"
}


def timeline_view(found: CaseFile, bundle: PolicyBundle, staff: Staff, lang: Lang) -> list[Entry]:
    """The lines in the order in which they happened."""
    return [
        Entry(
            at=line.at,
            icon=_icon(line),
            step=line.kind == "moved",
            label=label_of_line(line, bundle, staff, lang),
            by=_by(line, bundle, staff, lang),
            late=line.kind == "missed",
            bubbles=_bubbles(line, found.case, bundle, staff, lang),
            ident=f"line-{line.id}",
        )
        for line in found.timeline
    ]


FOLD_FROM = 3
"""So many alerts in a row are folded into one line."""


def folded(entries: Sequence[Entry], lang: Lang) -> list[Entry]:
    """The timeline with rows of alerts folded: they matter, but not one by one."""
    shown: list[Entry] = []
    for entry in entries:
        last = shown[-1] if shown else None
        if entry.icon != "bell" or last is None or last.icon != "bell":
            shown.append(entry)
        elif last.folded:
            shown[-1] = replace(last, at=entry.at, folded=(*last.folded, entry))
        else:
            shown[-1] = replace(last, at=entry.at, folded=(last, entry))
    return [part for entry in shown for part in _told_together(entry, lang)]


def _told_together(entry: Entry, lang: Lang) -> Sequence[Entry]:
    if not entry.folded or len(entry.folded) < FOLD_FROM:
        return entry.folded or (entry,)
    return (replace(entry, label=translate(lang, N_("%(count)s alerts"), count=len(entry.folded))),)


def _icon(line: TimelineRow) -> str:
    if line.kind == "moved":
        return ""
    if line.kind == "task":
        return {"open": "plus", "dropped": "stop"}.get(str(line.fields.get("status")), "done")
    return ICONS.get(line.kind, "note")


def _by(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    if line.by is not None:
        return staff.name(line.by)
    if line.actor == "complainant" and line.kind == "moved":
        return translate(lang, N_("The complainant"))
    if line.actor == "rules":
        owner = (line.fields or {}).get("owner")
        name = staff.name(UUID(owner)) if owner else ""
        rule = translate(lang, N_("by rule “%(rule)s”"), rule=rule_name(bundle, line.rule, lang) or "–")
        return f"{rule} · {name}" if name else rule
    return ""


def _bubbles(line: TimelineRow, case: Case, bundle: PolicyBundle, staff: Staff, lang: Lang) -> list[Bubble]:
    side = _side(line)
    outward = line.to_state in READ_BY_COMPLAINANT
    said = {name: words for name, words in line.texts.items() if (line.kind, name) != ("finding", "source")}
    if line.reason:
        said["reason"] = line.reason
    bubbles = []
    for name in [name for name in said if (name in OUTWARD and name != "what") or (name == "what" and outward)]:
        bubbles.append(Bubble(side, str(said.pop(name))))
    if line.kind == "task" and said.get("what"):
        bubbles.append(Bubble("memo", str(said.pop("what"))))
    if line.kind == "finding" and said.get("reference"):
        bubbles.append(Bubble("memo", facts=[(translate(lang, N_("Where it is kept")), str(said.pop("reference")))]))
    facts = _facts({**line.fields, **said} if line.kind == "moved" else said, line, case, bundle, lang)
    if facts:
        kind = "out" if outward and line.to_state != "closed" else "memo"
        if bubbles and bubbles[-1].kind == kind:
            bubbles[-1] = replace(bubbles[-1], facts=facts)
        else:
            bubbles.append(Bubble(kind, facts=facts))
    return bubbles


def _side(line: TimelineRow) -> str:
    if line.actor == "complainant":
        return ""
    told = line.to_state in READ_BY_COMPLAINANT or line.came_from == "merged"
    if line.kind == "contact" or (line.kind == "moved" and told):
        return "out"
    return "memo"


def _facts(
    values: Mapping[str, Any], line: TimelineRow, case: Case, bundle: PolicyBundle, lang: Lang
) -> list[tuple[str, str]]:
    """What a step recorded, in the order of its form; by what way the complainant clicked is of no interest."""
    unsaid = UNSAID | {"medium"} if line.actor == "complainant" else UNSAID
    step = next((row for row in steps_from(line.came_from or "") if row.to == line.to_state and row.by_staff), None)
    ordered = {one.name: one for one in form_for(step.form, case).fields if one.name != "reason"} if step else {}
    return [
        (translate(lang, one.title), say_value(one, values[name], case, bundle, lang))
        for name, one in {**ordered, **_FIELDS}.items()
        if name not in unsaid and values.get(name) not in (None, "", False)
    ]


def say_value(one: Field, value: Any, case: Case, bundle: PolicyBundle, lang: Lang) -> str:
    """What a field recorded, in words."""
    if one.kind == "choice" and one.options is not None:
        return dict(one.options(case, bundle, lang)).get(str(value), str(value))
    if one.kind == "moment":
        return format_datetime(datetime.fromisoformat(str(value)), lang, bundle.zone)
    if one.kind == "baht":
        return format_baht(parse_number(str(value)), lang)
    if one.kind == "yes":
        return translate(lang, "yes")
    return str(value)
