"""The rows of a timeline in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.routing.lifecycle import STATE_LABELS
from services.routing.read_case import TimelineRow

PLAIN: Mapping[str, str] = {
    "imported": N_("Taken over from another system"),
    "note": N_("Internal note"),
    "complainant_added": N_("The complainant added something"),
    "taken_back": N_("The complainant took back a message"),
    "acknowledged": N_("Receipt acknowledged to the complainant"),
    "receipt_corrected": N_("Time of receipt corrected"),
    "erased": N_("The words of this case were erased"),
    "gist": N_("Line in the queue changed"),
    "tagged": N_("Tag put on"),
    "untagged": N_("Tag taken off"),
    "dossier": N_("A dossier of everything was made"),
    "split": N_("A part of it was made a case of its own"),
    "silence": N_("Notice: no answer to the decision yet"),
}

ACTIONS: Mapping[str, str] = {
    "accept": N_("The complainant wanted to accept; it was no longer possible"),
    "contest": N_("The complainant wanted to contest; it was no longer possible"),
    "reopen": N_("The complainant wanted to reopen; it was no longer possible"),
    "withdraw": N_("The complainant wanted to withdraw; it was no longer possible"),
    "add": N_("The complainant wrote after the case was over"),
}

TASKS: Mapping[str, str] = {
    "open": N_("Task added"),
    "done": N_("Task done"),
    "dropped": N_("Task dropped"),
}

FINDINGS: Mapping[str, str] = {
    "evidence": N_("Evidence"),
    "interview": N_("Interview"),
    "document": N_("Document"),
    "visit": N_("Visit to the place"),
}

TARGETS: Mapping[str, str] = {
    "acknowledge": N_("Acknowledgement"),
    "first_contact": N_("First contact"),
    "progress": N_("Progress update"),
    "resolve": N_("Decision"),
}
"""What each target is called on the desk (message ids)."""

LEVELS: Mapping[str, str] = {
    "owner": N_("the owner"),
    "unit_head": N_("the unit head"),
    "line_manager": N_("the line manager"),
    "executive": N_("the executive"),
}


def label_of_line(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    """What happened, in a few words; who and when stand beside it."""
    wording = _WORDINGS.get(line.kind)
    if wording is not None:
        return wording(line, bundle, staff, lang)
    return translate(lang, PLAIN.get(line.kind, line.kind))


def _moved(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    said = translate(lang, STATE_LABELS.get(line.to_state or "", line.to_state or ""))
    if line.to_state == "assigned" and line.fields.get("unit"):
        unit = bundle.label_of("units", line.fields["unit"], lang)
        return translate(lang, N_("%(step)s to %(unit)s"), step=said, unit=unit)
    if line.came_from == "response_proposed" and line.to_state == "investigating":
        return translate(lang, N_("Sent back"))
    if line.came_from == "assigned" and line.to_state == "assessed":
        return translate(lang, N_("Returned"))
    if line.came_from == "merged":
        return translate(lang, N_("Separated again from the case it was merged into"))
    if line.came_from == "internal_review" and line.to_state == "decision_communicated":
        return translate(lang, N_("Outcome of the review communicated"))
    if line.actor == "system" and line.to_state == "closed":
        return translate(lang, N_("Closed without an answer"))
    return said


def _reassigned(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    unit = line.fields.get("unit")
    return translate(lang, N_("Given to %(unit)s"), unit=bundle.label_of("units", unit, lang) if unit else "")


def _prioritised(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    priority = bundle.label_of("priorities", str(line.fields.get("priority")), lang)
    return translate(lang, N_("Priority changed to %(priority)s"), priority=priority)


def _reclassified(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    groups = {"kind": "kinds", "category": "categories", "cause": "causes"}
    what = [bundle.label_of(group, line.fields[name], lang) for name, group in groups.items() if line.fields.get(name)]
    return translate(lang, N_("Classified as %(what)s"), what=", ".join(what))


def _contact(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    medium = bundle.label_of("channels", str(line.fields.get("medium")), lang)
    if line.fields.get("reached") is False:
        return translate(lang, N_("Tried to reach the complainant, without success (%(medium)s)"), medium=medium)
    if line.fields.get("progress"):
        return translate(lang, N_("Told the complainant how the case stands (%(medium)s)"), medium=medium)
    return translate(lang, N_("Contacted the complainant (%(medium)s)"), medium=medium)


def _task(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    return translate(lang, TASKS.get(str(line.fields.get("status")), TASKS["open"]))


def _raised(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    level = translate(lang, LEVELS.get(str(line.fields.get("level")), str(line.fields.get("level"))))
    return translate(lang, N_("Raised to %(level)s"), level=level)


def _refused(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    return translate(lang, ACTIONS.get(str(line.fields.get("action")), ACTIONS["add"]))


def _target(line: TimelineRow, lang: Lang) -> str:
    return translate(lang, TARGETS.get(str(line.fields.get("target")), str(line.fields.get("target"))))


def _missed(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    return translate(lang, N_("Deadline missed: %(target)s"), target=_target(line, lang))


def _miss_withdrawn(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    return translate(lang, N_("Deadline was kept after all: %(target)s"), target=_target(line, lang))


def _alert(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    recipient = line.fields.get("recipient")
    name = staff.name(UUID(recipient)) if recipient else ""
    unit = line.fields.get("recipient_unit")
    whom = name or (bundle.label_of("units", unit, lang) if unit else "")
    return translate(lang, N_("Alert to %(whom)s: %(target)s"), whom=whom, target=_target(line, lang))


def _finding(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    sort = translate(lang, FINDINGS.get(str(line.fields.get("sort")), FINDINGS["evidence"]))
    source = line.texts.get("source")
    return f"{sort}: {source}" if source else sort


LINKS: Mapping[tuple[str, bool], str] = {
    ("related", False): N_("Linked with %(number)s"),
    ("related", True): N_("No longer linked with %(number)s"),
    ("merged", False): N_("%(number)s was joined into this case"),
    ("merged", True): N_("%(number)s was separated from this case again"),
    ("split", False): N_("Split: %(number)s"),
    ("split", True): N_("No longer split: %(number)s"),
}


def _linked(line: TimelineRow, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str:
    number = line.fields.get("other") or translate(lang, N_("a case outside your scope"))
    key = (str(line.fields.get("sort")), bool(line.fields.get("undone")))
    return translate(lang, LINKS.get(key, LINKS["related", False]), number=number)


Wording = Callable[[TimelineRow, PolicyBundle, Staff, Lang], str]

_WORDINGS: Mapping[str, Wording] = {
    "moved": _moved,
    "reassigned": _reassigned,
    "prioritised": _prioritised,
    "reclassified": _reclassified,
    "contact": _contact,
    "task": _task,
    "raised": _raised,
    "linked": _linked,
    "finding": _finding,
    "refused": _refused,
    "missed": _missed,
    "miss_withdrawn": _miss_withdrawn,
    "alert": _alert,
}
