"""Show a mail to a person: what a case was told by e-mail, what was folded away of it, and one that waits for them.

The new words of a case's mails are part of the case. Quotation, signature and HTML may name the sender, so that they
are for those who may look at the identity; the original has the address in its head, and costs a reason as every look
does. What is in no case yet is for those who register it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.contacts.keeping import Contacts, contacts_of
from services.intake.email.charsets import decode_text
from services.intake.email.filing_of_mail import folded_of
from services.intake.email.filing_of_unread import BEGINNING
from services.intake.email.incoming import CHANNEL, Incoming
from services.intake.email.keep_mail import load_mail, load_mails
from services.intake.filing import without_unseen
from services.kit.copies import Fetches
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.service import Context

MOST_SHOWN = 200
"""Mails of one case that its page names; a case with more names the newest."""


@dataclass(frozen=True, slots=True)
class CaseMail:
    """A mail of a case, without its words: `folded` is the quotation and signature that the case does not repeat."""

    source_id: str
    message_id: str | None
    kind: str | None
    """`complaint` for the one the case came in by, `reply` for what was added."""
    received_at: datetime
    folded: str | None
    """None also where it was not opened; `has_folded` tells."""
    has_folded: bool
    has_html: bool
    left_out: int


@dataclass(frozen=True, slots=True)
class MailShown:
    """A mail as a page shows it. `words` is what is new in it, or its legible beginning where it could not be read."""

    source_id: str
    case_id: UUID | None
    state: str
    reason: str | None
    way: str
    kind: str | None
    size: int
    received_at: datetime
    subject: str
    sender: str
    """Name and address; empty where the mail names none. For a mail in no case yet only."""
    words: str
    folded: str | None
    html: str | None
    attachments: tuple[tuple[str | None, int], ...]
    """Name and bytes of each."""
    kept: bool
    """Whether the original is still there."""


async def mails_of_case(source: Fetches, case_id: UUID, contacts: Contacts | None) -> list[CaseMail]:
    """The mails of a case, the oldest first; what was folded away is opened with `contacts`, for whoever may read it.

    Raises:
        ContactKeyMissing: it was sealed with a key that is not here.
    """
    rows = await source.fetch(
        "select * from (select source_id, message_id, kind, received_at, folded, folded is not null as has_folded,"
        " html is not null as has_html, left_out"
        f" from intake.mail where case_id = $1 order by received_at desc, source_id limit {MOST_SHOWN}) newest"
        " order by received_at, source_id",
        case_id,
    )
    return [CaseMail(**dict(row) | {"folded": _opened(contacts, dict(row), "folded")}) for row in rows]


def _opened(contacts: Contacts | None, row: Mapping[str, Any], column: str) -> str | None:
    return contacts.read(row[column], "mail", column, row["source_id"]) if contacts is not None else None


def mail_of_message(message: Mapping[str, Any], mails: Sequence[CaseMail]) -> CaseMail | None:
    """The mail that a message of the complainant came as; its provider's id names it."""
    if message["direction"] != "in" or message["channel"] != CHANNEL or message["provider_id"] is None:
        return None
    given = message["provider_id"]
    return next((it for it in mails if it.source_id == given), None) or next(
        (it for it in mails if it.kind == "reply" and given == f"<{it.message_id}>"), None
    )


def no_such_mail() -> NotFound:
    """Said alike when there is none and when it is not for the asker."""
    return NotFound(N_("There is no such mail."), N_("It may have been erased. Reload the page that links to it."))


async def case_of_mail(source: Fetches, source_id: str) -> UUID | None:
    """The case that a mail is in; None while it is in none.

    Raises:
        NotFound: no such mail came in.
    """
    rows = await source.fetch("select case_id from intake.mail where source_id = $1", source_id)
    if not rows:
        raise no_such_mail()
    case_id: UUID | None = rows[0]["case_id"]
    return case_id


async def show_mail(context: Context, source_id: str) -> MailShown:
    """A mail with its words. Whether the asker may see it was decided before, by the case it is in.

    Raises:
        NotFound: no such mail came in.
    """
    await case_of_mail(context.database, source_id)
    rows = await context.database.read(
        "select m.*, a.state, a.reason from intake.mail m"
        " join intake.arrival a on a.channel = $2 and a.source_id = m.source_id where m.source_id = $1",
        source_id,
        CHANNEL,
    )
    row = rows[0]
    found = await load_mails(context, [source_id])
    if found:
        await asyncio.to_thread(found[0].read)
    mail = found[0].mail if found else None
    contacts = contacts_of(context.settings)
    folded, html = _opened(contacts, dict(row), "folded"), _opened(contacts, dict(row), "html")
    return MailShown(
        source_id=source_id,
        subject=mail.subject if mail else "",
        sender=_sender(found[0]) if found and row["case_id"] is None else "",
        words=_words(found[0]) if found else "",
        folded=folded if folded is not None or mail is None else folded_of(mail),
        html=html if html is not None or mail is None else mail.html,
        attachments=tuple((it.name, len(it.content)) for it in mail.attachments) if mail else (),
        kept=bool(found),
        **{name: row[name] for name in ("case_id", "state", "reason", "way", "kind", "size", "received_at")},
    )


async def original_of(context: Context, source_id: str) -> bytes:
    """The mail as it came.

    Raises:
        NotFound: it is not there any more.
    """
    return (await load_mail(context, source_id)).raw


def _sender(incoming: Incoming) -> str:
    mail = incoming.mail
    if mail is None or mail.sender is None:
        return incoming.envelope_from or ""
    return f"{mail.sender.name} <{mail.sender.address}>" if mail.sender.name else mail.sender.address


def _words(incoming: Incoming) -> str:
    if incoming.mail is not None:
        return incoming.mail.folded.new.strip()
    return without_unseen(decode_text(incoming.raw[:BEGINNING], None)).strip()
