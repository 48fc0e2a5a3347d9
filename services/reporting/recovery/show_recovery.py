"""Everything there is about one record, for its page and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle, Span
from services.kit.copies import Copies, Fetches, Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.scope import scope_of
from services.reporting.recovery.allowed import AllowedStep, allowed_steps
from services.reporting.recovery.complaints import linked_complaints
from services.reporting.recovery.life import STATE_LABELS
from services.reporting.recovery.record import Record
from services.reporting.recovery.take_step import record_in_scope

TARGETS: Mapping[str, str] = {
    "acknowledge": N_("Acknowledgement"),
    "first_contact": N_("First contact"),
    "progress": N_("Progress update"),
    "resolve": N_("Decision"),
}

LINE_LABELS: Mapping[str, str] = {
    "opened": N_("Record opened"),
    "task": N_("Task"),
    "linked": N_("Complaint linked"),
    "notified": N_("Customers notified"),
    "noted": N_("Note"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A record with all that hangs on it, as far as the viewer may see it."""

    record: Record
    bundle: PolicyBundle
    staff: Staff
    allowed: list[AllowedStep]
    tasks: Sequence[Mapping[str, Any]]
    timeline: Sequence[Mapping[str, Any]]
    complaints: Sequence[Mapping[str, Any]]
    notices: Sequence[Mapping[str, Any]]


async def show_recovery(
    source: Fetches, copies: Copies, ident: str | UUID, viewer: StaffMember, now: datetime
) -> Shown:
    """The record.

    Raises:
        NotFound: there is none, or it is outside the viewer's scope; the two look the same.
    """
    record, bundle = await record_in_scope(source, copies, ident, viewer, now)
    scope = scope_of(await copies.in_force(source, now), viewer)
    return Shown(
        record,
        bundle,
        await copies.staff(source),
        allowed_steps(record, viewer, bundle, now),
        tasks=await source.fetch(
            "select id, what, owner, due_at, delivery, status, done_at, done_by from reporting.recovery_task"
            " where recovery_id = $1 order by due_at, id",
            record.id,
        ),
        timeline=await source.fetch(
            "select version, at, kind, came_from, to_state, by, words, fields from reporting.recovery_event"
            " where recovery_id = $1 order by version, id",
            record.id,
        ),
        complaints=await linked_complaints(source, scope, record.id),
        notices=await source.fetch(
            "select number, sent_at, medium, customers, words from reporting.recovery_notice"
            " where recovery_id = $1 order by number",
            record.id,
        ),
    )


def say_standard(standard: str | None, lang: Lang) -> str:
    """The standard that was broken: the missed target with what was promised, or the words of whoever opened it."""
    if not standard or not standard.startswith("target:"):
        return standard or ""
    _, target, within = standard.split(":", 2)
    name = translate(lang, TARGETS.get(target, target))
    return f"{name} {Span.read(within).say(lang)}" if within else name


def say_line(line: Mapping[str, Any], lang: Lang) -> str:
    """What a line of the timeline is called: the state it led to, or what happened beside the steps."""
    if line["kind"] == "moved" and line["to_state"]:
        return translate(lang, STATE_LABELS[line["to_state"]])
    return translate(lang, LINE_LABELS[line["kind"]])


def item(record: Record) -> dict[str, Any]:
    """A record as the API lists it."""
    return {
        "id": str(record.id),
        "number": record.number,
        "tracking_number": record.tracking_number,
        "complaint_id": str(record.complaint_id) if record.complaint_id else None,
        "state": record.state,
        "version": record.version,
        "mode": record.mode,
        "trigger": record.trigger,
        "unit": record.unit,
        "service_point": record.service_point,
        "remedy": record.remedy,
        "baht": record.baht,
        "entitlement": record.entitlement,
        "opened_at": record.opened_at,
        "offered_at": record.offered_at,
        "offer_expires_at": record.offer_expires_at,
        "promised_by": record.promised_by,
        "completed_at": record.completed_at,
    }


DETAILS = (
    "what_failed", "touch_point", "standard", "customers_affected", "containment", "apology", "explanation",
    "entitlement_version", "authority", "cost_centre", "plan", "planned_at", "limit_baht", "approved_at", "offer",
    "offer_medium", "answered_at", "answer", "evidence", "verified_at", "verification", "satisfaction", "cause",
    "lesson", "outcome", "bcm_number", "declared_at", "stood_down_at", "vulnerable",
)  # fmt: skip
PEOPLE = ("owner", "opened_by", "planned_by", "approved_by", "offered_by", "deliverer", "verified_by")


def as_json(shown: Shown, lang: Lang, now: datetime) -> dict[str, Any]:
    """A record as the API tells it."""
    record, staff = shown.record, shown.staff

    def username(who: UUID | None) -> str | None:
        member = staff.get(who)
        return member.username if member else None

    return {
        **item(record),
        "state_label": translate(lang, STATE_LABELS[record.state]),
        "why": translate(lang, record.why),
        **{name: getattr(record, name) for name in DETAILS},
        **{name: username(getattr(record, name)) for name in PEOPLE},
        "allowed": [step.as_json(record, shown.bundle, lang, now) for step in shown.allowed],
        "timeline": [
            {
                "at": line["at"],
                "label": say_line(line, lang),
                "from": line["came_from"],
                "to": line["to_state"],
                "by": username(line["by"]),
                "words": said(line, lang),
                "fields": line["fields"],
            }
            for line in shown.timeline
        ],
        "tasks": [
            {
                "id": str(task["id"]),
                "what": task["what"],
                "owner": username(task["owner"]),
                "due_at": task["due_at"],
                "delivery": task["delivery"],
                "status": task["status"],
                "done_at": task["done_at"],
            }
            for task in shown.tasks
        ],
        "complaints": [
            {"tracking_number": case["tracking_number"], "state": case["state"]} for case in shown.complaints
        ],
        "notices": [dict(notice) for notice in shown.notices],
    }


def said(line: Mapping[str, Any], lang: Lang) -> str | None:
    """The words of a line; what the system said is translated."""
    words: str | None = line["words"]
    return words if words is None or line["by"] is not None else translate(lang, words)
