"""What is known of a case beside its story: the facts in its margin, and the text that is copied into LINE. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import format_datetime
from services.routing.read_case import CaseFile
from services.routing.steps import RATINGS
from services.routing.words import category_name, rule_name, unit_name

IDENTITIES: Mapping[str, str] = {
    "named": N_("Gave their name"),
    "confidential": N_("Asked for confidentiality"),
    "anonymous": N_("Gave no name"),
}
"""How the complainant wants to be known (message ids)."""

_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|(?:\+?[0-9๐-๙][ \-–]?){9,13}")


def facts_of(found: CaseFile, bundle: PolicyBundle, staff: Staff, lang: Lang) -> list[tuple[str, str]]:
    """Terms and what holds, without what is empty."""
    case, filed = found.case, found.filed
    approver = unit_name(bundle, case.approving_unit, lang)
    given = case.ratings or {}
    label = bundle.label_of
    rows: list[tuple[str, str | None]] = [
        (N_("Asks for"), filed.remedy_sought),
        (N_("Happened"), format_datetime(filed.happened_at, lang, bundle.zone) if filed.happened_at else None),
        (N_("Where"), filed.location),
        (N_("Contract or order"), filed.reference),
        (N_("About"), _subject(found, bundle, staff, lang)),
        (N_("Kind"), label("kinds", case.kind, lang)),
        (N_("Category"), category_name(bundle, case.category, lang)),
        (N_("Root cause"), label("causes", case.cause, lang) if case.cause else None),
        (N_("Customer segment"), label("segments", case.segment, lang) if case.segment else None),
        (N_("Unit"), unit_name(bundle, case.unit, lang)),
        (N_("Owner"), staff.name(case.owner) or translate(lang, "Not assigned")),
        (N_("Decides"), translate(lang, N_("Approver, %(unit)s"), unit=approver)),
        (N_("Placed by rule"), rule_name(bundle, filed.rule, lang)),
        (N_("Ratings"), ", ".join(f"{translate(lang, r.title)} {given[r.name]}" for r in RATINGS if r.name in given)),
        (N_("Number elsewhere"), filed.external_reference),
        (N_("Recorded by"), staff.name(filed.filed_by)),
        (N_("Policy"), case.policy_version),
    ]  # fmt: skip
    return [(translate(lang, term), said) for term, said in rows if said]


def _subject(found: CaseFile, bundle: PolicyBundle, staff: Staff, lang: Lang) -> str | None:
    case = found.case
    if case.subject_person:
        member = staff.by_username.get(case.subject_person)
        return member.display_name if member else case.subject_person
    return unit_name(bundle, case.subject_unit, lang) or None


def text_for_line(found: CaseFile, bundle: PolicyBundle, due_at: datetime | None, address: str, lang: Lang) -> str:
    """Number, gist, deadline and link for a chat: no names, no contacts, nothing of a restricted case."""
    case = found.case
    gist = "" if case.restricted else _PERSONAL.sub("…", found.filed.gist)
    due = format_datetime(due_at, lang, bundle.zone) if due_at else ""
    lines = (
        case.tracking_number,
        gist,
        translate(lang, N_("Due %(moment)s"), moment=due) if due else "",
        address,
    )
    return "\n".join(line for line in lines if line)
