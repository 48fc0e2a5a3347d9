"""Header fields of a mail as a person reads them, however they are broken. Pure; never raises.

The standard library's decoder raises on some broken fields and takes quadratic time on others; this one reads what can
be read, and no more of a field than `FIELD_LIMIT`.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from itertools import groupby
from typing import NamedTuple

from services.intake.email.charsets import codec_of, decode_text

FIELD_LIMIT = 20_000
"""Characters of a field that are read; the raw message keeps the rest."""

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([qQbB])\?((?:[^?]|\?(?!=)){0,2000}?)\?=")
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")
ADDRESS = re.compile(r"[^@\s,;:<>()\"\[\]\\]{1,64}@[^@\s,;:<>()\"\[\]\\]{1,190}")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Mailbox(NamedTuple):
    """An address and the name shown with it."""

    name: str
    address: str


def raw_field(message: Message, name: str) -> str:
    """A field's first value as it stands, unfolded, its bytes above 127 read as text; empty when it is not there."""
    values = raw_fields(message, name)
    return values[0] if values else ""


def raw_fields(message: Message, name: str, most: int = 50) -> list[str]:
    """Every value of a field, the first `most` of them."""
    wanted = name.casefold()
    found = [str(value) for key, value in message.raw_items() if key.casefold() == wanted]
    return [_eight_bit(value[:FIELD_LIMIT]) for value in found[:most]]


def text_field(message: Message, name: str) -> str:
    """A field as a person reads it: encoded words decoded, on one line."""
    return decoded(raw_field(message, name))


def decoded(value: str) -> str:
    """A field's value with its encoded words decoded; those of one charset that follow each other are joined first,
    since senders cut them in the middle of a letter."""
    pieces: list[tuple[str | None, str, bytes]] = []
    at = 0
    for found in _WORD.finditer(value[:FIELD_LIMIT]):
        between = value[at : found.start()]
        if between.strip() or (between and not (pieces and pieces[-1][0] is not None)):
            pieces.append((None, between, b""))
        charset, coding, content = found.groups()
        pieces.append((codec_of(charset) or "", charset, _word_bytes(coding, content)))
        at = found.end()
    pieces.append((None, value[at:FIELD_LIMIT], b""))
    text = ""
    for codec, group in groupby(pieces, key=lambda piece: piece[0]):
        same = list(group)
        text += "".join(p[1] for p in same) if codec is None else decode_text(b"".join(p[2] for p in same), same[0][1])
    return one_line(text)


def one_line(text: str) -> str:
    """A text without line breaks, control characters and those that turn its direction."""
    return _BIDI.sub("", _SPACE.sub(" ", text)).strip()


def mailboxes(message: Message, *names: str) -> list[Mailbox]:
    """The addresses of some fields, each once. An address with a line break or control character in it is none."""
    found: dict[str, Mailbox] = {}
    for name in names:
        for value in raw_fields(message, name):
            for box in _addresses(value):
                found.setdefault(box.address.casefold(), box)
    return list(found.values())


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids in a field such as References, without their angle brackets, each once, in order."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(value[:FIELD_LIMIT])))


def date_of(message: Message) -> datetime | None:
    """When the sender says it was written (UTC), or None when that is no date."""
    try:
        found = parsedate_to_datetime(raw_field(message, "Date")[:100])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def parameter(message: Message, field: str, name: str) -> str:
    """A parameter of a field, RFC 2231 or not, encoded words included; empty when it is not there."""
    alone = Message()
    alone[field] = raw_field(message, field)
    try:
        value = alone.get_param(name, header=field)
    except (ValueError, TypeError, IndexError, LookupError, AttributeError, RecursionError):
        return ""
    if isinstance(value, tuple):
        charset, _, content = value
        return (
            one_line(decode_text(content.encode("latin-1", "surrogateescape"), charset)) if _latin(content) else content
        )
    return decoded(_eight_bit(str(value)[:FIELD_LIMIT])) if value else ""


def _latin(content: str) -> bool:
    try:
        content.encode("latin-1", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _addresses(value: str) -> list[Mailbox]:
    try:
        pairs = getaddresses([_shielded(value)])
    except (ValueError, TypeError, IndexError, RecursionError, AttributeError):
        pairs = []
    found = [Mailbox(decoded(name.replace("\x00", "")), address) for name, address in pairs if _is_address(address)]
    if found:
        return found
    # Broken beyond the grammar: take what looks like an address, and what stands before it as the name.
    loose = ADDRESS.search(decoded(value))
    if loose is None:
        return []
    name = decoded(value)[: loose.start()].strip(" <\"',;:([")
    return [Mailbox(name, loose.group())] if _is_address(loose.group()) else []


def _shielded(value: str) -> str:
    """A field in which encoded words stand as quoted ones, so that a colon or comma within them divides nothing."""
    plain = value[:FIELD_LIMIT].replace("\r", " ").replace("\n", " ")
    return plain if '"' in plain else _WORD.sub(r'"\g<0>"', plain)


def _is_address(address: str) -> bool:
    return ADDRESS.fullmatch(address) is not None and len(address) <= 254


def _eight_bit(value: str) -> str:
    """Text in which bytes above 127 were smuggled through as surrogates; what smuggled none stays as it is."""
    try:
        value.encode("utf-8")
        return value
    except UnicodeEncodeError:
        return decode_text(value.encode("utf-8", "surrogateescape"), None) if _smuggled(value) else value.encode(
            "utf-8", "replace"
        ).decode("utf-8")  # fmt: skip


def _smuggled(value: str) -> bool:
    return all(not 0xD800 <= ord(letter) <= 0xDFFF or 0xDC80 <= ord(letter) <= 0xDCFF for letter in value)


def _word_bytes(coding: str, content: str) -> bytes:
    if coding in "qQ":
        plain = content.replace("_", " ").encode("utf-8", "replace")
        return binascii.a2b_qp(plain, header=True)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content.encode("ascii", "ignore"))
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
