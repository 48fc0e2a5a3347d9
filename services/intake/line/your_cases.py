"""One's cases in the talk: each with its state in plain words and what comes next, with its date."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.actions import contest_until
from services.intake.line.flex import MOST_CARDS, CaseLine, answers_for, by_date, cases_flex
from services.intake.line.wording import Message
from services.intake.messages.addresses import cases_at
from services.intake.track_complaint import Tracked, track_complaint
from services.intake.tracking_view import UNDER_WAY, is_late
from services.intake.tracking_words import status_label
from services.kit.copies import Fetches
from services.kit.i18n import N_, Lang
from services.kit.service import Context


async def your_cases(source: Fetches, talker: bytes, context: Context, lang: Lang) -> Message | None:
    """The newest cases as cards; None when there is none."""
    rows = await source.fetch(
        "select id from intake.complaint where id = any($1::uuid[]) and erased_at is null"
        " order by recorded_at desc, id desc limit $2",
        await cases_at(source, talker),
        MOST_CARDS,
    )
    if not rows:
        return None
    lines: list[CaseLine] = []
    decided: UUID | None = None
    for row in rows:
        tracked = await track_complaint(source, row["id"])
        policy = await context.copies.policy(source, tracked.complaint["policy_version"])
        lines.append(_line(tracked, policy, lang, context.settings.public_url))
        if decided is None and tracked.state == "decision_communicated":
            decided = tracked.case_id
    message: dict[str, Any] = cases_flex(lines, lang)
    if (buttons := answers_for("decision", decided, lang)) is not None:
        message["quickReply"] = buttons
    return message


def _line(tracked: Tracked, bundle: PolicyBundle, lang: Lang, base_url: str) -> CaseLine:
    number = tracked.complaint["tracking_number"]
    words, at = _next(tracked, bundle)
    return CaseLine(
        number, status_label(tracked.state, lang), by_date(words, at, bundle, lang), track_url(base_url, number)
    )


def _next(tracked: Tracked, bundle: PolicyBundle) -> tuple[str, datetime | None]:
    """What comes next and when."""
    if tracked.state == "decision_communicated":
        decided = tracked.progress.get("decided_at")
        return N_("Tell us by %(date)s whether it is fixed"), contest_until(bundle, decided) if decided else None
    if tracked.state not in UNDER_WAY:
        return N_("Since %(date)s"), tracked.progress.get("state_at")
    late = N_("Outcome promised by %(date)s; we are late, and we are sorry")
    return late if is_late(tracked) else N_("Outcome by %(date)s"), tracked.due("resolve")


def track_url(base_url: str, number: str) -> str:
    """The tracking page, the number filled in; the secret is never part of an address."""
    return f"{base_url}/track?n={number}"
