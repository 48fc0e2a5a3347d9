"""A mail on its way in: its bytes, how it came, and the id by which a repeat of it is known. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from services.intake.email.headers import message_ids
from services.intake.email.parse_message import ParsedMessage, parse_message
from services.kit.errors import RedressError

CHANNEL = "email"
"""The channel of mails, in the policy, in arrivals and in messages."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_TOLD_BY_SENDER = re.compile(
    rb"^(message-id|from|date|subject)[ \t]*:((?:[^\n]*\n[ \t])*[^\n]*)", re.IGNORECASE | re.MULTILINE
)
_SPACE = re.compile(rb"\s+")


@dataclass(slots=True)
class Incoming:
    """A mail as it came, and what it says once it is read."""

    raw: bytes = field(repr=False)
    way: str
    """`lmtp`, `smtp`, `imap` or `import`."""
    received_at: datetime
    """When the mail reached us or its mailbox (UTC)."""
    envelope_from: str | None = None
    envelope_to: str | None = None
    source_id: str = ""
    mail: ParsedMessage | None = None
    trouble: RedressError | None = None
    """Why it could not be read."""

    def read(self) -> Incoming:
        """Read it; what cannot be read says so in `trouble`. Takes a moment for a large one: do it in a thread."""
        self.source_id = source_id_of(self.raw)
        try:
            self.mail = parse_message(self.raw)
        except RedressError as problem:
            self.trouble = problem
        return self


def source_id_of(raw: bytes) -> str:
    """The id of a mail: of its Message-ID and what its sender wrote, but not of the traces that the way here left.

    The same mail delivered twice, or to two mailboxes of ours, has the same id; another mail under a Message-ID that
    was used before has one of its own, so that it is not taken for a repeat.
    """
    found = _HEAD_END.search(raw, 0, 2 * 1024 * 1024)
    head, body = (raw[: found.start()], raw[found.end() :]) if found else (raw[:1024], raw)
    digest = hashlib.sha256()
    for name, value in sorted(
        (n.lower(), _SPACE.sub(b" ", v[:20_000]).strip()) for n, v in _TOLD_BY_SENDER.findall(head)[:40]
    ):
        digest.update(name + b":" + value + b"\n")
    digest.update(b"\n" + body.replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()[:40]


def loose_message_id(raw: bytes) -> str | None:
    """The Message-ID of a mail that cannot be read."""
    for name, value in _TOLD_BY_SENDER.findall(raw[:65_536])[:40]:
        if name.lower() == b"message-id":
            return next(iter(message_ids(value.decode("utf-8", "replace"))), None)
    return None
