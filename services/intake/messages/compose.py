"""Put a message into words: a template of the policy filled with how the case stands, or a person's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.messages.fill import fill, subject_line
from services.intake.survey_pass import survey_pass
from services.intake.track_complaint import Tracked
from services.intake.tracking_secret import secret_of
from services.intake.tracking_view import decision_of
from services.intake.tracking_words import office_name, status_label
from services.kit.i18n import N_, Lang, translate
from services.kit.settings import Settings
from services.kit.thai import format_datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words."""

    subject: str
    text: str


def write(
    tracked: Tracked,
    template: str,
    policy: PolicyBundle,
    bundle: PolicyBundle,
    settings: Settings,
    *,
    lang: Lang,
    channel: str,
    data: Mapping[str, Any],
    now: datetime,
) -> Written | None:
    """The message of a purpose for a case as it stands; None where there is no template for it.

    Args:
        policy: the version in force, whose templates are used.
        bundle: the version the case is judged by.
        data: what only the event behind the message knows.
    """
    kind = str(tracked.progress.get("kind") or tracked.complaint["kind"])
    chosen = policy.template(template, kind, channel)
    if chosen is None or kind == "spam":
        return None
    values = values_of(tracked, bundle, settings, lang, data, now)
    text = fill(chosen.body.say(lang), values)
    if template == "acknowledgement" and kind != "compliment" and "secret" not in chosen.placeholders:
        text = f"{text}\n\n{fill(translate(lang, _FOLLOW), values)}"
    confidential = tracked.complaint["identity"] == "confidential"
    return Written(subject_line(chosen.subject.say(lang), values, confidential=confidential), text)


_FOLLOW = N_("Follow your case at {link} with number {tracking_number} and secret {secret}.")


def write_reply(
    tracked: Tracked, text: str, subject: str | None, bundle: PolicyBundle, settings: Settings, *, lang: Lang
) -> Written:
    """A person's words with the sender and the way back below them."""
    number = str(tracked.complaint["tracking_number"])
    foot = "\n".join(
        [
            bundle.organisation.centre.say(lang),
            translate(lang, "Case %(number)s · %(link)s", number=number, link=tracking_link(settings)),
        ]
    )
    return Written(subject or translate(lang, "About your case %(number)s", number=number), f"{text.strip()}\n\n{foot}")


def tracking_link(settings: Settings) -> str:
    """Where a case is followed. The secret never stands in an address."""
    return f"{settings.public_url}/track"


def values_of(
    tracked: Tracked, bundle: PolicyBundle, settings: Settings, lang: Lang, data: Mapping[str, Any], now: datetime
) -> dict[str, str]:
    """The words for every placeholder of `schemas.policy_publication.PLACEHOLDERS`; empty where there are none."""
    complaint = tracked.complaint
    case_id: UUID = tracked.case_id

    def moment(at: datetime | str | None) -> str:
        at = datetime.fromisoformat(at) if isinstance(at, str) else at
        return format_datetime(at, lang, bundle.zone) if at else ""

    decision = decision_of(tracked, bundle, lang)
    said = {
        "decision": (decision.correction or decision.reasons) if decision else "",
        "reason": decision.reasons if decision and decision.correction else "",
        "remedy": " ".join(part for part in (decision.remedy, _baht(decision.baht, lang)) if part) if decision else "",
        "recourse": recourse_words(bundle, decision.recourse if decision else "", lang),
    }
    if offered := data.get("recovery_remedy"):
        amount = Decimal(data["baht"]) if data.get("baht") else None
        said["remedy"] = " ".join(
            part for part in (bundle.label_of("remedies", offered, lang), _baht(amount, lang)) if part
        )
    due = moment(data.get("due") or tracked.due("resolve"))
    old_due = moment(data.get("old_due"))
    closes_at = data.get("closes_at")
    return (
        said
        | {
            "tracking_number": str(complaint["tracking_number"]),
            "secret": secret_of(settings.digest_key, case_id),
            "organisation": bundle.organisation.name.say(lang),
            "centre": bundle.organisation.centre.say(lang),
            "phone": bundle.organisation.phone,
            "link": tracking_link(settings),
            "survey_link": f"{settings.public_url}/survey/"
            + survey_pass(settings.digest_key, case_id, int(data.get("closure", 0)), now),
            "kind": bundle.label_of("kinds", str(tracked.progress.get("kind") or complaint["kind"]), lang),
            "status": status_label(tracked.state, lang),
            "unit": office_name(bundle, tracked.unit, lang, restricted=tracked.restricted),
            "officer": "",
            "received_at": moment(complaint["received_at"]),
            # What was promised and missed is no new date.
            "due": "" if due == old_due else due,
            "old_due": old_due,
            "today": moment(now),
            "request": str(data.get("request") or tracked.progress.get("asked") or ""),
            "progress": str(data.get("progress") or ""),
            "days": str(max((datetime.fromisoformat(closes_at) - now).days, 1)) if closes_at else "",
        }
        | ({"reason": str(data["reason"])} if data.get("reason") else {})
    )


def recourse_words(bundle: PolicyBundle, told: str, lang: Lang) -> str:
    """Where else a complainant can turn: as the decision said, else the bodies of the policy."""
    if told:
        return told
    bodies = bundle.publication.recourse
    return ", ".join(f"{body.name.say(lang)} {body.phone or ''}".strip() for body in bodies)


def _baht(amount: Decimal | None, lang: Lang) -> str:
    return translate(lang, "%(amount)s baht", amount=f"{amount:,.2f}") if amount else ""
