"""A filing held against the policy in force: codes that exist, dates that can be, who is complained of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.complaints import Subject
from schemas.governance import StaffMember
from schemas.policy import Channel, PolicyBundle
from services.intake.filing import Filing, SubjectGiven, invalid
from services.intake.filing_dates import UnclearDate, read_moment
from services.kit.copies import Staff
from services.kit.errors import FieldProblem
from services.kit.i18n import N_

WEB = "web"
"""The channel of a filing that names none: the public form and the API."""

PREFERENCES = frozenset({"phone", "email", "line", "letter", "none"})

_CODES = (
    ("category", "categories", N_("This category is not in the policy.")),
    ("service_point", "service_points", N_("This service point is not in the policy.")),
    ("segment", "segments", N_("This customer segment is not in the policy.")),
    ("channel", "channels", N_("This channel is not in the policy.")),
)
_LISTED = N_("Take a code from GET /api/v1/policy, or leave it out.")
_CHANNELS = N_("Take one of the channels of the policy, such as phone, letter or walk_in.")


@dataclass(frozen=True, slots=True)
class Checked:
    """A filing that can be accepted: what it says, and what follows from the policy."""

    filing: Filing
    channel: Channel
    received_at: datetime
    happened_at: datetime | None
    narrative: str
    """The narrative, with the words about a person complained of whom the staff list does not know."""
    subject: Subject | None
    subject_unit: str | None
    """The unit complained of, or that of the person complained of."""
    area: str | None
    consent_version: str
    """The version of the consent text in force."""
    contact_key: str | None = None
    """How the complainant is known where they wrote from, such as `line:…`; said by the channel, never by a filing."""


def check(filing: Filing, bundle: PolicyBundle, staff: Staff, now: datetime) -> Checked:
    """Everything that needs the policy.

    Raises:
        InvalidInput: names each field, what is wrong with it and the remedy.
    """
    problems = [
        FieldProblem(field, what, _CHANNELS if field == "channel" else _LISTED)
        for field, group, what in _CODES
        if (code := getattr(filing, field)) is not None and not bundle.has(group, code)
    ]
    problems += _contact_problems(filing, bundle)
    happened_at = _moment(filing.occurred_at, "occurred_at", bundle, now, problems)
    received_at = _moment(filing.received_at, "received_at", bundle, now, problems) or now
    if happened_at is not None and happened_at > received_at and filing.received_at:
        problems.append(
            FieldProblem(
                "received_at",
                N_("It would have been received before it happened."),
                N_("Check both dates; received_at is when the telephone call or letter came in."),
            )
        )
    subject, subject_unit, unknown = subject_of(filing.subject, bundle, staff, problems)
    if problems:
        raise invalid(problems)
    return Checked(
        filing=filing,
        channel=channel_of(bundle, filing.channel),
        received_at=received_at,
        happened_at=happened_at,
        narrative=f"{filing.narrative}\n\n{unknown}" if unknown else filing.narrative,
        subject=subject,
        subject_unit=subject_unit,
        area=area_in(filing.location, bundle),
        consent_version=bundle.consent.version,
    )


def _contact_problems(filing: Filing, bundle: PolicyBundle) -> list[FieldProblem]:
    wanted, who = filing.contact_preference, filing.complainant
    if wanted is None:
        return []
    if wanted not in PREFERENCES and not bundle.has("channels", wanted):
        return [
            FieldProblem(
                "contact_preference",
                N_("This is no way in which we could reach you."),
                N_("Choose phone, email, line, letter or none."),
            )
        ]
    if wanted in ("phone", "email") and filing.identity != "anonymous" and not (who and getattr(who, wanted)):
        return [
            FieldProblem(
                f"complainant.{wanted}",
                N_("You asked to be reached this way, but gave no number or address for it."),
                N_("Fill it in, or choose another way."),
            )
        ]
    return []


def _moment(
    text: str | None, field: str, bundle: PolicyBundle, now: datetime, problems: list[FieldProblem]
) -> datetime | None:
    if text is None:
        return None
    try:
        return read_moment(text, now, bundle.zone)
    except UnclearDate as unclear:
        problems.append(FieldProblem(field, unclear.what, unclear.remedy))
        return None


def channel_of(bundle: PolicyBundle, code: str | None) -> Channel:
    """The channel of that code; without one, the web, or the first channel of a policy that has no web."""
    wanted = code or WEB
    return next((channel for channel in bundle.channels if channel.code == wanted), bundle.channels[0])


def subject_of(
    given: SubjectGiven | None, bundle: PolicyBundle, staff: Staff, problems: list[FieldProblem]
) -> tuple[Subject | None, str | None, str]:
    """Who is complained of, the unit concerned, and the words about a person whom the staff list does not know."""
    if given is None or not (given.unit or given.person):
        return None, None, ""
    if given.unit and (not bundle.has_unit(given.unit) or bundle.unit(given.unit).restricted):
        problems.append(FieldProblem("subject.unit", N_("This unit is not in the policy."), _LISTED))
        return None, None, ""
    member = _member(given.person, staff)
    subject = Subject(unit=given.unit, person=member.username if member else None)
    unknown = f"ผู้ถูกร้องเรียน: {given.person}" if given.person and member is None else ""
    return subject, given.unit or (member.unit if member else None), unknown


def _member(words: str | None, staff: Staff) -> StaffMember | None:
    """The member of staff meant by a user name or a display name that only one person bears."""
    if not words:
        return None
    if (by_username := staff.by_username.get(words.casefold())) is not None:
        return by_username
    named = [member for member in staff.by_id.values() if member.display_name.casefold() == words.casefold()]
    return named[0] if len(named) == 1 else None


def area_in(location: str | None, bundle: PolicyBundle) -> str | None:
    """The longest area of the policy that the location names."""
    if not location:
        return None
    return max((point.area for point in bundle.service_points if point.area and point.area in location),
               key=len, default=None)  # fmt: skip
