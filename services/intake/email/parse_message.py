"""A mail taken apart: who wrote, what a person would read, what is attached, and the fields that threading needs.

Pure: bytes in, `ParsedMessage` out, the same for the same bytes. What is broken is read as far as it goes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from services.intake.email.headers import (
    Mailbox,
    date_of,
    mailboxes,
    message_ids,
    raw_field,
    raw_fields,
    text_field,
)
from services.intake.email.parts import content_of, content_type, read_parts, walk
from services.intake.email.quotes import Folded, fold
from services.intake.email.reading import Attachment, Reading, read_body

FIELDS_KEPT = (
    "Auto-Submitted", "Precedence", "List-Id", "List-Unsubscribe", "List-Post", "Return-Path",
    "X-Auto-Response-Suppress",
    "X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Failed-Recipients", "X-Loop", "X-Redress", "Feedback-ID",
    "X-Spam-Flag", "Content-Type", "Delivered-To", "X-Original-To",
)  # fmt: skip

_THAI = re.compile("[\u0e01-\u0e5b]")


@dataclass(frozen=True, slots=True)
class Report:
    """One recipient's line of a delivery report."""

    action: str
    """`failed`, `delayed`, `delivered`, `relayed` or `expanded`."""
    status: str
    """The enhanced status code, such as `5.1.1`."""
    original_ids: tuple[str, ...]
    """Message ids of the mail it is about."""


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """What a mail says. `text` is everything a person would read, `folded` the same taken apart."""

    digest: bytes
    """SHA-256 of the message as it came."""
    message_id: str | None
    sender: Mailbox | None
    """Who wrote it (From, else Sender); None when no address can be made out."""
    reply_to: Mailbox | None
    to: tuple[Mailbox, ...]
    subject: str
    sent_at: datetime | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    """Message ids of the conversation, oldest first."""
    text: str
    folded: Folded
    html: str | None
    """HTML that is safe to show, when the message has any."""
    attachments: tuple[Attachment, ...]
    reports: tuple[Report, ...]
    """What delivery reports in it say (RFC 3464)."""
    fields: dict[str, str] = field(default_factory=dict)
    """Fields by which automatic mail is known, by their lower-case names."""

    @property
    def language(self) -> str:
        """`th` or `en`, by the letters of what is new in it."""
        return "th" if _THAI.search(f"{self.subject} {self.folded.new}") or not self.folded.new.strip() else "en"


def parse_message(raw: bytes) -> ParsedMessage:
    """Take a mail apart.

    Raises:
        MailUnreadable: it goes beyond a limit, or defeats the parser.
    """
    message = read_parts(raw)
    reading: Reading = read_body(message)
    senders = mailboxes(message, "From") or mailboxes(message, "Sender")
    replies = mailboxes(message, "Reply-To")
    ids = message_ids(raw_field(message, "Message-ID"))
    return ParsedMessage(
        digest=hashlib.sha256(raw).digest(),
        message_id=ids[0] if ids else _loose_id(raw_field(message, "Message-ID")),
        sender=senders[0] if senders else None,
        reply_to=replies[0] if replies else None,
        to=tuple(mailboxes(message, "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")[:100]),
        subject=text_field(message, "Subject")[:1000],
        sent_at=date_of(message),
        in_reply_to=message_ids(raw_field(message, "In-Reply-To"))[:20],
        references=message_ids(" ".join(raw_fields(message, "References")))[-50:],
        text=reading.text,
        folded=fold(reading.text),
        html=reading.html,
        attachments=tuple(reading.attachments),
        reports=reports_in(message),
        fields={name.casefold(): value for name in FIELDS_KEPT if (value := text_field(message, name)[:1000])},
    )


def _loose_id(value: str) -> str | None:
    return value.strip("<> \t")[:500] or None


def reports_in(message: Message) -> tuple[Report, ...]:
    """What the delivery reports of a message say, with the ids of the mail they are about."""
    ids: list[str] = []
    found: list[tuple[str, str]] = []
    for _, part in walk(message):
        kind = content_type(part)
        if kind == "message/delivery-status":
            found += _statuses(part)
        elif kind == "text/rfc822-headers":
            ids += _ids_of_head(part)
        elif kind == "message/rfc822" and part is not message:
            below = part.get_payload()
            if isinstance(below, list) and below and isinstance(below[0], Message):
                ids += message_ids(raw_field(below[0], "Message-ID"))
    about = tuple(dict.fromkeys(ids))
    return tuple(Report(action, status, about) for action, status in found[:100])


def _statuses(part: Message) -> list[tuple[str, str]]:
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return []
    return [
        (raw_field(block, "Action").split(" ")[0].strip().casefold()[:20], raw_field(block, "Status").strip()[:20])
        for block in blocks
        if isinstance(block, Message) and raw_field(block, "Action")
    ]


def _ids_of_head(part: Message) -> tuple[str, ...]:
    text = content_of(part)[:100_000].decode("utf-8", "replace")
    for line in text.replace("\r\n ", " ").replace("\n ", " ").replace("\n\t", " ").splitlines():
        name, _, value = line.partition(":")
        if name.strip().casefold() == "message-id":
            return message_ids(value)
    return ()
