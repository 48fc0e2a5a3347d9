"""A case drawn like a parcel's way: the milestones passed, the one it is at, those to come with their dates. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from schemas.policy import PolicyBundle
from services.intake.actions import contest_until
from services.intake.receipt_view import resolve_calendar
from services.intake.track_complaint import Step, Tracked
from services.intake.tracking_words import status_label
from services.kit.i18n import N_, Lang, translate, translate_plural
from services.kit.thai import format_datetime, format_period, local
from services.kit.working_time import Explanation, explain, working_days_between

UNDER_WAY = frozenset(
    {
        "received", "assessed", "assigned", "investigating", "awaiting_complainant", "awaiting_third_party",
        "response_proposed", "reopened",
    }
)  # fmt: skip
"""States before a decision."""

LEFT = frozenset({"not_accepted", "referred", "merged", "withdrawn"})
DECIDED = frozenset({"decision_communicated", "implementing", "external_dispute", "closed"})


@dataclass(frozen=True, slots=True)
class Milestone:
    """One stop on the way."""

    title: str
    state: Literal["done", "cur", "todo"]
    when: str = ""
    late: bool = False
    words: str = ""


def way_of(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> list[Milestone]:
    """The way of a case."""
    stops = [_received(tracked, bundle, lang)]
    if tracked.state in LEFT:
        return [*stops, _left(tracked, bundle, lang)]
    contact, facts = _contact(tracked, bundle, lang), _investigation(tracked, bundle, lang)
    begun = contact is not None and contact.state == "todo" and facts.state == "cur"
    # What is under way stands before what is still to come.
    order = (facts, contact) if begun else (contact, facts)
    stops += [stop for stop in (*order, _decision(tracked, bundle, lang)) if stop is not None]
    if tracked.state in ("internal_review", "external_dispute"):
        stops.append(
            Milestone(status_label(tracked.state, lang), "cur", _at(tracked.progress["state_at"], bundle, lang))
        )
    return [*stops, *_ending(tracked, bundle, lang)]


def _at(moment: datetime | None, bundle: PolicyBundle, lang: Lang) -> str:
    return format_datetime(moment, lang, bundle.zone) if moment else ""


def _by(due: datetime | None, bundle: PolicyBundle, lang: Lang) -> str:
    return translate(lang, "by %(date)s", date=_at(due, bundle, lang)) if due else ""


def _received(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> Milestone:
    channel = bundle.label_of("channels", tracked.complaint["channel"], lang)
    when = _at(tracked.complaint["received_at"], bundle, lang)
    return Milestone(
        translate(lang, "Received"), "done", translate(lang, "%(date)s by %(channel)s", date=when, channel=channel)
    )


def _left(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> Milestone:
    said = next((step.words for step in reversed(tracked.steps) if step.code == tracked.state and step.words), "")
    return Milestone(
        status_label(tracked.state, lang), "done", _at(tracked.progress["state_at"], bundle, lang), words=said or ""
    )


def _contact(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> Milestone | None:
    """Somebody called or wrote; left out where nobody can be reached and for kinds to which nothing is promised."""
    first = next((step for step in tracked.steps if step.code == "contact"), None)
    if first is not None:
        return Milestone(translate(lang, "An officer contacted you"), "done", _at(first.at, bundle, lang))
    due = tracked.due("first_contact")
    if due is None or tracked.complaint["identity"] == "anonymous" or tracked.state not in UNDER_WAY:
        return None
    return Milestone(translate(lang, "An officer contacts you"), "todo", _by(due, bundle, lang))


def _investigation(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> Milestone:
    title = translate(lang, "Finding out what happened")
    if tracked.state not in UNDER_WAY:
        return Milestone(translate(lang, "Facts checked"), "done", _period(tracked, bundle, lang))
    if tracked.state == "received":
        return Milestone(title, "todo")
    last = next((step for step in reversed(tracked.steps) if step.code == "contact" and step.words), None)
    words = tracked.progress.get("asked") or (last.words if last else "") or ""
    begun = tracked.progress.get("state_at")
    when = translate(lang, "since %(date)s", date=_at(begun, bundle, lang)) if begun else ""
    label = title if tracked.state == "investigating" else status_label(tracked.state, lang)
    return Milestone(label, "cur", when, is_late(tracked), words)


def _period(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> str:
    """The days on which the facts were checked."""
    begun = next((step.at for step in tracked.steps if step.code == "investigating"), None)
    decided = tracked.progress.get("decided_at")
    if begun is None or decided is None or decided < begun:
        return ""
    return format_period(local(begun, bundle.zone).date(), local(decided, bundle.zone).date(), lang)


def _decision(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> Milestone:
    title = translate(lang, "The outcome")
    due = tracked.due("resolve")
    if tracked.state in UNDER_WAY and due is not None and is_late(tracked):
        return Milestone(title, "todo", translate(lang, "promised by %(date)s", date=_at(due, bundle, lang)))
    if tracked.state in UNDER_WAY:
        return Milestone(title, "todo", _by(due, bundle, lang))
    decided = tracked.progress.get("decided_at")
    parts = [_at(decided, bundle, lang), _earlier(tracked, bundle, lang)]
    return Milestone(title, "done", " · ".join(part for part in parts if part))


def _earlier(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> str:
    """By how many working days the decision came before its date."""
    decided, due = tracked.progress.get("decided_at"), tracked.due("resolve")
    calendar = resolve_calendar(bundle, tracked.complaint, tracked.unit)
    if decided is None or due is None or calendar is None or decided >= due:
        return ""
    days = working_days_between(decided, due, calendar)
    if days < 1:
        return ""
    return translate_plural(lang, "%(num)s working day early", "%(num)s working days early", int(days))


def _ending(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> list[Milestone]:
    answer = translate(lang, "You tell us whether it is fixed")
    end = translate(lang, "Carried out and closed")
    if tracked.state == "decision_communicated":
        decided = tracked.progress.get("decided_at")
        by = _by(contest_until(bundle, decided), bundle, lang) if decided else ""
        return [Milestone(translate(lang, "Waiting for your answer"), "cur", by), Milestone(end, "todo")]
    if tracked.state == "implementing":
        return [Milestone(answer, "done"), Milestone(translate(lang, "Carrying out what was decided"), "cur")]
    if tracked.state == "closed":
        return [Milestone(translate(lang, "Closed"), "done", _at(tracked.progress.get("state_at"), bundle, lang))]
    if tracked.state == "external_dispute":
        return [Milestone(end, "todo")]
    return [Milestone(answer, "todo"), Milestone(end, "todo")]


# ---- late


@dataclass(frozen=True, slots=True)
class LateNotice:
    """What is owed to somebody whom we keep waiting: the date missed, the reason, when they hear next, who was told."""

    due: datetime
    reason: str
    next_news: datetime | None
    told_level: str | None
    told_at: datetime | None
    strip: Explanation | None


LEVEL_WORDS = {
    "unit_head": N_("The head of the office"),
    "line_manager": N_("The manager of the line"),
    "executive": N_("The head of the enterprise"),
}


def is_late(tracked: Tracked) -> bool:
    """Whether the decision is overdue and not yet told."""
    clock = tracked.clocks.get("resolve")
    if tracked.state not in UNDER_WAY and tracked.state != "internal_review":
        return False
    return clock is not None and bool(clock["missed"]) and clock["state"] == "missed"


def late_notice(tracked: Tracked, bundle: PolicyBundle, now: datetime) -> LateNotice | None:
    """The notice, while the decision is overdue."""
    if not is_late(tracked):
        return None
    clock = tracked.clocks["resolve"]
    due: datetime = clock["due_at"]
    reason = next(
        (step.words for step in reversed(tracked.steps) if step.code == "contact" and step.at >= due and step.words), ""
    )
    progress = tracked.clocks.get("progress")
    upcoming = progress["due_at"] if progress and progress["state"] == "running" and progress["due_at"] else None
    calendar = resolve_calendar(bundle, tracked.complaint, tracked.unit)
    pauses = [
        (datetime.fromisoformat(begun), datetime.fromisoformat(ended) if ended else None)
        for begun, ended in clock["pauses"]
    ]
    strip = explain(clock["started_at"], due, calendar, pauses, now, until=now) if calendar else None
    return LateNotice(
        due=due,
        reason=reason or "",
        next_news=upcoming if upcoming and upcoming > now else None,
        told_level=tracked.progress.get("told_level"),
        told_at=tracked.progress.get("told_at"),
        strip=strip,
    )


# ---- decision and messages


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome as it was told."""

    at: datetime | None
    reasons: str
    correction: str
    remedy: str
    baht: Decimal | None
    letter_number: str
    recourse: str


def decision_of(tracked: Tracked, bundle: PolicyBundle, lang: Lang) -> Decision | None:
    """The latest outcome; None before the first."""
    told = tracked.progress.get("decision")
    if not told or tracked.state not in DECIDED | {"internal_review"}:
        return None
    proposed = tracked.progress.get("proposal") or {}
    remedy = told.get("remedy") or proposed.get("remedy")
    baht = told.get("baht") or proposed.get("baht")
    return Decision(
        at=tracked.progress.get("decided_at"),
        reasons=told.get("reasons") or "",
        correction=proposed.get("correction") or "",
        remedy=bundle.label_of("remedies", remedy, lang) if remedy else "",
        baht=Decimal(str(baht)) if baht else None,
        letter_number=told.get("letter_number") or "",
        recourse=told.get("recourse") or "",
    )


def messages_of(tracked: Tracked) -> list[Step]:
    """What was written to the complainant and by them, oldest first."""
    spoken = ("contact", "awaiting_complainant", "act_add", "act_contest", "act_reopen", "act_accept", "act_withdraw")
    return [step for step in tracked.steps if step.code in spoken and step.words]
