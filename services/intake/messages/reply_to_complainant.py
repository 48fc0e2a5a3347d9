"""Answer a complainant from the case page: choose a channel, start from a template, look at it, send it (7.3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from schemas.policy_templates import PURPOSES
from services.intake.filing import clean, invalid
from services.intake.look_at_identity import CaseInView
from services.intake.messages.addresses import channels_of
from services.intake.messages.compose import Written, write, write_reply
from services.intake.messages.queue_message import queue_message
from services.intake.track_complaint import Tracked, track_complaint
from services.kit.copies import Fetches
from services.kit.database import Transaction
from services.kit.errors import Conflict, FieldProblem, NotAllowed
from services.kit.i18n import N_, Lang
from services.kit.settings import Settings

WRITERS = ("officer", "approver", "verifier", "supervisor", "centre", "reviewer", "unit_head", "integrity")
"""Roles that may write to the complainant of a case within their scope."""

LONGEST = 10_000

OFFERED = tuple(purpose for purpose in PURPOSES if purpose not in ("acknowledgement", "survey"))
"""Templates a person may start from; the others go out by themselves."""


class NoWayToReply(Conflict):
    """The complainant left no address, or wants no contact. Tell them by telephone or letter and record that."""

    code = "no-way-to-reply"


async def channels_to(source: Fetches, case_id: UUID, switched_on: set[str]) -> list[str]:
    """The channels by which the complainant can be written to, the preferred one first; no address is shown."""
    return [channel for channel in await channels_of(source, case_id) if channel in switched_on]


async def starting_text(
    source: Fetches, tracked: Tracked, purpose: str, policy: PolicyBundle, bundle: PolicyBundle, settings: Settings,
    now: datetime,
) -> Written | None:  # fmt: skip
    """The words of a template for the case as it stands, to be changed before they are sent."""
    lang: Lang = tracked.complaint["language"]
    return write(
        tracked, purpose, policy, bundle, settings, lang=lang, channel=tracked.complaint["channel"], data={}, now=now
    )


async def preview_reply(
    source: Fetches, case_id: UUID, text: str, subject: str, bundle: PolicyBundle, settings: Settings
) -> Written:
    """The reply as it would go out."""
    tracked = await track_complaint(source, case_id)
    lang: Lang = tracked.complaint["language"]
    return write_reply(tracked, _words(text), clean(subject)[:300] or None, bundle, settings, lang=lang)


async def reply_to_complainant(
    tx: Transaction,
    case: CaseInView,
    *,
    text: str,
    subject: str = "",
    channel: str = "",
    progress: bool = True,
    once: str = "",
    member: StaffMember,
    switched_on: set[str],
    now: datetime,
) -> UUID | None:
    """Queue a person's reply; None when this very reply was queued before (`once`).

    Raises:
        NotAllowed: the member does not work on cases.
        NoWayToReply: no channel that is switched on reaches the complainant.
        InvalidInput: there are no words, too many, or the channel is none of theirs.
    """
    if set(WRITERS).isdisjoint(member.roles):
        raise NotAllowed(N_("Your roles do not cover this."), N_("Those who work on the case can write."))
    words = _words(text)
    open_channels = await channels_to(tx, case.case_id, switched_on)
    if not open_channels or case.complaint["historical"]:
        raise NoWayToReply(
            N_("The complainant cannot be written to: they left no address that a channel reaches."),
            N_("Tell them by telephone or letter, and record the contact."),
        )
    if channel and channel not in open_channels:
        raise invalid([FieldProblem("channel", N_("This channel does not reach them."), N_("Choose from the list."))])
    return await queue_message(
        tx,
        case_id=case.case_id,
        template=None,
        channel=channel or None,
        text=words,
        subject=clean(subject)[:300] or None,
        by=member.staff_id,
        data={"progress": progress},
        dedupe=f"reply:{case.case_id}:{once}" if once else None,
        now=now,
    )


def _words(text: str) -> str:
    words = clean(text.replace("\x00", ""))
    if not words:
        raise invalid([FieldProblem("text", N_("Nothing is written here."), N_("Write what you want to tell them."))])
    if len(words) > LONGEST:
        raise invalid([FieldProblem("text", N_("This is too long."), N_("Shorten it to 10,000 signs."))])
    return words
