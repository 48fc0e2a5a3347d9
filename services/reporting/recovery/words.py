"""What the pages say of a record: who is waited for, for what, until when. Message ids; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import working_time
from services.kit.working_time import Explanation, explain, used_fraction, working_seconds_between
from services.reporting.recovery.record import Record, calendar_of, needs_approval

NEAR = 0.75
"""From this share of the working time on a deadline is shown as near."""

TO_DO: Mapping[str, str] = {
    "detected": N_("Contain it and apologise"),
    "contained": N_("Plan the remedy"),
    "planned": N_("Make the offer"),
    "approved": N_("Make the offer"),
    "offered": N_("Answer the offer"),
    "accepted": N_("Begin the delivery"),
    "declined": N_("Plan another offer, or close without delivery"),
    "lapsed": N_("Plan another offer, or close without delivery"),
    "in_delivery": N_("Deliver the remedy and record the evidence"),
    "completed": N_("Verify the delivery"),
    "verified": N_("Close the record"),
    "closed": N_("Nothing more"),
    "cancelled": N_("Nothing more"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline with how it stands: `state` of the due chip, its text, and why it is when it is."""

    name: str
    at: datetime
    state: str
    text: str
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who is waited for, for what, until when: the head of the page."""

    who: str
    initials_of: str
    mine: bool
    what: str
    due: Due | None


def due_of(
    name: str, start: datetime, at: datetime, record: Record, bundle: PolicyBundle, now: datetime, lang: Lang
) -> Due:
    """How a deadline stands: late, near from three quarters of its working time on, else all right."""
    calendar = calendar_of(record, bundle)
    late = now > at
    seconds = working_seconds_between(*((at, now) if late else (now, at)), calendar)
    span = working_time(seconds, calendar.seconds_per_typical_day, lang)
    near = not late and used_fraction(start, at, now, calendar) >= NEAR
    text = translate(lang, "%(span)s over" if late else "%(span)s left", span=span)
    explanation = explain(start, at, calendar, now=now, until=now if late else None)
    return Due(translate(lang, name), at, "late" if late else "near" if near else "ok", text, explanation)


def deadlines(record: Record, bundle: PolicyBundle, now: datetime, lang: Lang) -> list[Due]:
    """The deadlines that run: the offer's, and the one by which the remedy is promised."""
    found = []
    if record.state == "offered" and record.offer_expires_at and record.offered_at:
        name = N_("The offer holds until")
        found.append(due_of(name, record.offered_at, record.offer_expires_at, record, bundle, now, lang))
    if (
        record.open
        and record.promised_by
        and record.completed_at is None
        and record.state not in ("declined", "lapsed")
    ):
        start = min(record.answered_at or record.opened_at, record.promised_by)
        found.append(due_of(N_("Remedy promised by"), start, record.promised_by, record, bundle, now, lang))
    return found


def waiting(record: Record, bundle: PolicyBundle, staff: Staff, viewer: UUID, now: datetime, lang: Lang) -> Waiting:
    """The head of the page of a record."""
    running = deadlines(record, bundle, now, lang)
    what = TO_DO[record.state]
    if record.state == "planned" and needs_approval(record):
        what = N_("Approve the remedy")
    who, person = _who(record, bundle, staff, lang)
    mine = person is not None and person == viewer
    return Waiting(who, staff.name(person), mine, translate(lang, what), running[0] if running else None)


def _who(record: Record, bundle: PolicyBundle, staff: Staff, lang: Lang) -> tuple[str, UUID | None]:
    if not record.open:
        return translate(lang, "Nobody"), None
    if record.state == "offered":
        return translate(lang, "The customer"), None
    if record.state == "completed":
        return translate(lang, "A verifier"), None
    if record.state == "planned" and needs_approval(record):
        unit = unit_name(bundle, record.approving_unit, lang)
        return translate(lang, "An approver of %(unit)s", unit=unit), None
    person = record.deliverer if record.state == "in_delivery" else record.owner
    if person is not None and staff.name(person):
        return staff.name(person), person
    return unit_name(bundle, record.unit, lang), None


def unit_name(bundle: PolicyBundle, code: str | None, lang: Lang) -> str:
    """The short name of a unit; the code when this version of the policy has no such unit."""
    if not code or not bundle.has_unit(code):
        return code or ""
    unit = bundle.unit(code)
    return (unit.short or unit.name).say(lang)
