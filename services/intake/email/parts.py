"""The tree of parts of a mail, read within limits that keep memory and time bounded. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

from services.kit.errors import RedressError
from services.kit.i18n import N_

SIZE_LIMIT = 40 * 1024 * 1024
"""Bytes of a whole message. A listener refuses a larger one (552); by another way it is kept for a person."""

HEADER_LIMIT = 1024 * 1024
"""Bytes of the head of a message."""

PARTS_LIMIT = 10_000
DEPTH_LIMIT = 40
LINES_LIMIT = 1_500_000
"""Lines: forty megabytes of attachments have half a million; each costs some sixty bytes while it is read."""

_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")


class MailUnreadable(RedressError):
    """A message that cannot be taken apart. It is kept as it came, for a person to look at."""

    status = 422
    code = "mail-unreadable"


class _TooManyParts(Exception):
    pass


def read_parts(raw: bytes) -> Message:
    """The message with its parts.

    Raises:
        MailUnreadable: it goes beyond a limit, or defeats the parser.
    """
    check_limits(raw)
    made = 0

    def part(*_args: Any, **_options: Any) -> Message:
        nonlocal made
        made += 1
        if made > PARTS_LIMIT:
            raise _TooManyParts
        return Message(policy=compat32)

    try:
        message = BytesParser(part, policy=compat32).parsebytes(raw)
        depth = max((level for level, _ in walk(message)), default=0)
    except (_TooManyParts, RecursionError):
        raise unreadable(N_("The message has too many parts, or parts too deep within each other.")) from None
    except Exception:
        raise unreadable(N_("The message is broken in a way that defeats reading it.")) from None
    if depth > DEPTH_LIMIT:
        raise unreadable(N_("The message has too many parts, or parts too deep within each other."))
    return message


def check_limits(raw: bytes) -> None:
    """Hold a message against the limits that can be seen without reading it.

    Raises:
        MailUnreadable: it goes beyond one.
    """
    if len(raw) > SIZE_LIMIT:
        raise unreadable(N_("The message is larger than 40 MB."))
    if not raw.strip():
        raise unreadable(N_("The message is empty."))
    head = _BLANK_LINE.search(raw, 0, HEADER_LIMIT + 4)
    if head is None and len(raw) > HEADER_LIMIT:
        raise unreadable(N_("The head of the message is larger than 1 MB."))
    if raw.count(b"\n") + raw.count(b"\r") > 2 * LINES_LIMIT:
        raise unreadable(N_("The message has too many lines."))
    if len(re.findall(rb"boundary\s*=", raw[: 8 * HEADER_LIMIT], re.IGNORECASE)) > PARTS_LIMIT:
        raise unreadable(N_("The message has too many parts, or parts too deep within each other."))


def unreadable(what: str) -> MailUnreadable:
    """The error, with its remedy."""
    return MailUnreadable(what, N_("It is kept as it came; open the original and register it by hand."))


def walk(message: Message) -> Iterator[tuple[int, Message]]:
    """Every part with its depth, the message itself first, in the order in which a person reads them."""
    stack: list[tuple[int, Message]] = [(0, message)]
    while stack:
        depth, part = stack.pop()
        yield depth, part
        below = part.get_payload()
        if isinstance(below, list):
            stack += [(depth + 1, one) for one in reversed(below) if isinstance(one, Message)]


def content_type(part: Message) -> str:
    """The media type a part says to be, without parameters."""
    try:
        return part.get_content_type()
    except (ValueError, TypeError, AttributeError, IndexError):
        return "application/octet-stream"


def content_of(part: Message) -> bytes:
    """The bytes of a part that has no parts of its own, its transfer encoding undone as far as it can be."""
    try:
        content = part.get_payload(decode=True)
    except Exception:
        content = None
    payload = part.get_payload()
    if isinstance(content, bytes) and (content or not payload):
        return content
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
