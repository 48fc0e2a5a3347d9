"""Make claimed messages ready to leave: which channel, to whom, in which words; or say why they do not leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from schemas.cases import ENDED
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import contacts_of
from services.intake.messages.addresses import Address, complainant_addresses, staff_addresses
from services.intake.messages.carriers import Carrier, Outgoing
from services.intake.messages.compose import Written, write, write_reply
from services.intake.messages.keys import COVERED, code_of
from services.intake.messages.mail_page import mail_page
from services.intake.messages.write_notice import write_notice
from services.intake.stop_surveys import refused_surveys
from services.intake.survey_pass import survey_pass
from services.intake.track_complaint import Tracked, track_complaint
from services.intake.tracking_view import UNDER_WAY
from services.kit.database import Transaction
from services.kit.i18n import N_, Lang
from services.kit.quiet import after_quiet
from services.kit.service import Context

AT_ONCE = frozenset({"acknowledgement", "withdrawn", "reopened"})
"""Answers to what the complainant has just done: they do not wait for the end of the quiet hours."""

WHILE_UNDER_WAY = frozenset({"progress", "late", "first_contact", "request_information"})


@dataclass(frozen=True, slots=True)
class NotLeaving:
    """Why a message does not leave now: its next state, and until when it waits if it does."""

    state: str
    reason: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A message and the attempt that is to be made."""

    message: Mapping[str, Any]
    outgoing: Outgoing
    kept: str
    """The words that are kept of it: those that leave, but for a one-time code."""


class Preparing:
    """What one batch of claimed messages needs, read together."""

    def __init__(self, context: Context, carriers: Mapping[str, Carrier]) -> None:
        self.context, self.carriers = context, carriers

    async def prepare(
        self, tx: Transaction, messages: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[Ready | NotLeaving]:
        """Each message made ready, in the order given."""
        policy = await self.context.copies.in_force(tx, now)
        cases = [row["case_id"] for row in messages if row["staff_id"] is None]
        persons = [row["staff_id"] for row in messages if row["staff_id"] is not None]
        contacts = contacts_of(self.context.settings)
        addresses = await complainant_addresses(tx, cases, contacts) if cases else {}
        staff = await staff_addresses(tx, persons, contacts) if persons else {}
        threads = await _threads(tx, cases)
        asked = [row["case_id"] for row in messages if row["template"] == "survey"]
        spared = await refused_surveys(tx, asked) if asked else set()
        return [
            NotLeaving("dropped", N_("they want no survey"))
            if row["template"] == "survey" and row["case_id"] in spared
            else await self._one(tx, row, addresses | staff, policy, threads, now)
            for row in messages
        ]

    async def _one(
        self,
        tx: Transaction,
        row: Mapping[str, Any],
        addresses: Mapping[UUID, list[Address]],
        policy: PolicyBundle,
        threads: Mapping[tuple[UUID, str], list[str]],
        now: datetime,
    ) -> Ready | NotLeaving:
        found = addresses.get(row["staff_id"] or row["case_id"], [])
        address = self._address(row, found, policy)
        if address is None:  # before the case is read, so that what reaches nobody costs next to nothing
            return _unreached(row, found)
        tracked: Tracked | None = None
        if row["staff_id"] is None:
            tracked = await track_complaint(tx, row["case_id"])
            if (stays := _stays(row, tracked, policy, now)) is not None:
                return stays
        lang = cast(Lang, row["language"])
        written = await self._written(tx, row, tracked, address.channel, policy, lang, now)
        if written is None:
            return NotLeaving("dropped", N_("the policy has no template for it"))
        kept, written = written.text, self._with_code(row, written)
        thread = threads.get((row["case_id"], address.channel), [])
        number = str(tracked.complaint["tracking_number"]) if tracked else None
        outgoing = Outgoing(
            message_id=row["id"],
            case_id=row["case_id"],
            tracking_number=number,
            channel=address.channel,
            to=address.to,
            language=lang,
            template=row["template"],
            subject=written.subject,
            text=written.text,
            html=mail_page(self.context, written, policy, lang) if address.channel == "email" else None,
            urgent=row["urgent"],
            in_reply_to=thread[-1] if thread else None,
            references=tuple(thread),
            extra={**row["extra"], **self._extra(row, policy, lang, now)},
            attempt=row["attempt"],
        )
        return Ready(row, outgoing, kept)

    def _with_code(self, row: Mapping[str, Any], written: Written) -> Written:
        """The words with the one-time code in its place, where they tell of one."""
        if (nonce := row["extra"].get("code_nonce")) is None:
            return written
        code = code_of(self.context.settings.digest_key, row["case_id"], nonce)
        return Written(written.subject, written.text.replace(COVERED, code))

    def _extra(self, row: Mapping[str, Any], policy: PolicyBundle, lang: Lang, now: datetime) -> dict[str, Any]:
        extra: dict[str, Any] = {"from_name": policy.organisation.centre.say(lang)}
        if row["by"] is not None:
            extra["written_by_person"] = True
        if row["staff_id"] is not None:
            extra["to_staff"] = True
        if row["template"] == "survey":
            settings, closure = self.context.settings, int(row["data"].get("closure", 0))
            link = survey_pass(settings.digest_key, row["case_id"], closure, now)
            extra["unsubscribe"] = f"{settings.public_url}/channels/email/no-survey/{link}"
        return extra

    def _address(self, row: Mapping[str, Any], found: Sequence[Address], policy: PolicyBundle) -> Address | None:
        """The first address of a channel that is on, has not refused the message and has quota left for it."""
        ranked = sorted(found, key=lambda address: address.channel != row["chosen"])
        return next((it for it in ranked if it.channel not in row["refused"] and self._has_room(it, row, policy)), None)

    def _has_room(self, address: Address, row: Mapping[str, Any], policy: PolicyBundle) -> bool:
        carrier = self.carriers.get(address.channel)
        if carrier is None:
            return False
        left = carrier.left()
        kept = policy.alerts.kept_for_customers if row["staff_id"] is not None else 0
        return left is None or left > kept or bool(row["extra"].get("reply_token"))

    async def _written(
        self,
        tx: Transaction,
        row: Mapping[str, Any],
        tracked: Tracked | None,
        channel: str,
        policy: PolicyBundle,
        lang: Lang,
        now: datetime,
    ) -> Written | None:
        """The words; those of an earlier attempt stay as they are, so that a retry says the same."""
        settings = self.context.settings
        if row["text"] is not None and (row["by"] is None or row["attempt"] > 1):
            return Written(row["subject"] or "", row["text"])
        if tracked is None:
            return await write_notice(tx, row, policy, self.context, lang, now)
        bundle = await self.context.copies.policy(tx, tracked.complaint["policy_version"])
        if row["text"] is not None:
            return write_reply(tracked, row["text"], row["subject"], bundle, settings, lang=lang)
        return write(
            tracked, row["template"], policy, bundle, settings, lang=lang, channel=channel, data=row["data"], now=now
        )


def _stays(row: Mapping[str, Any], tracked: Tracked, policy: PolicyBundle, now: datetime) -> NotLeaving | None:
    """Why a message does not leave: it was overtaken by what happened since, or it waits for the quiet hours' end."""
    if tracked.complaint["erased_at"] is not None:
        return NotLeaving("dropped", N_("the words of the case were erased"))
    if row["template"] in WHILE_UNDER_WAY and tracked.state not in UNDER_WAY:
        return NotLeaving("dropped", N_("the case has moved on"))
    if row["template"] == "survey" and tracked.rated:
        return NotLeaving("dropped", N_("the handling was rated before it left"))
    if (until := row["extra"].get("code_until")) and now >= datetime.fromisoformat(until):
        return NotLeaving("dropped", N_("its code is over"))
    if row["template"] == "silence_notice" and tracked.state in ENDED:
        return NotLeaving("dropped", N_("the case has ended"))
    if row["urgent"] or row["by"] is not None or row["template"] in AT_ONCE:
        return None
    at = after_quiet(now, policy.alerts.quiet, policy.zone)
    return NotLeaving("queued", None, at) if at > now else None


def _unreached(row: Mapping[str, Any], found: Sequence[Address]) -> NotLeaving:
    if row["refused"]:
        return NotLeaving("failed", row["reason"] or N_("no channel is left"))
    if row["staff_id"] is not None:
        return NotLeaving("dropped", N_("no address that a channel reaches: told in the program only"))
    if not found:
        return NotLeaving("unreachable", N_("no address is known, or no contact is wanted"))
    return NotLeaving("unreachable", N_("no channel that is switched on reaches the address"))


async def _threads(tx: Transaction, cases: Sequence[UUID]) -> dict[tuple[UUID, str], list[str]]:
    """The provider's ids of the messages of each case on each channel, oldest first."""
    threads: dict[tuple[UUID, str], list[str]] = {}
    if not cases:
        return threads
    rows = await tx.fetch(
        "select case_id, channel, provider_id from intake.message where case_id = any($1::uuid[])"
        " and provider_id is not null and staff_id is null order by id",
        list(cases),
    )
    for row in rows:
        threads.setdefault((row["case_id"], row["channel"]), []).append(row["provider_id"])
    return threads
