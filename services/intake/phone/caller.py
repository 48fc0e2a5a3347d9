"""A caller by their number: the digest by which they are found again, and the number sealed and shown."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import structlog

from services.intake.contacts.digests import contact_digest
from services.intake.contacts.keeping import Contacts
from services.intake.contacts.seal import ContactKeyMissing, ContactUnreadable, place_of
from services.kit.settings import Settings

log = structlog.get_logger()

Table = Literal["phone_call", "call_back"]


def digest_of(settings: Settings, number: str) -> bytes:
    """The keyed digest of a normalised number: the same as in `intake.contact`, where complainants are known by it."""
    return contact_digest(settings.digest_key, "phone", number)


def sealed_number(contacts: Contacts, number: str, table: Table, row: UUID) -> bytes:
    """The number as it is stored in a row."""
    return contacts.seal.content(number.encode(), place_of(table, "number", row)) or b""


def opened_number(contacts: Contacts, sealed: bytes | None, table: Table, row: UUID) -> str | None:
    """The number again; None when there is none, or it cannot be read, which is logged: the list must not fail."""
    try:
        content = contacts.seal.read_content(sealed, place_of(table, "number", row))
    except (ContactKeyMissing, ContactUnreadable) as problem:
        log.error("a sealed number cannot be read", table=table, row=str(row), error=problem.code)
        return None
    return content.decode() if content else None


def in_groups(number: str) -> str:
    """A number as it is said: `081 234 5678`, `02 282 3243`, `+44 20 7946 0958` in groups of two or three."""
    if number.startswith("0") and len(number) == 10:
        return f"{number[:3]} {number[3:6]} {number[6:]}"
    if number.startswith("0") and len(number) == 9:
        split = 2 if number.startswith("02") else 3
        rest = number[split:]
        return f"{number[:split]} {rest[:3]} {rest[3:]}"
    if number.startswith("+"):
        digits = number[1:]
        return "+" + " ".join(digits[at : at + 3] for at in range(0, len(digits), 3))
    return number


def masked(number: str) -> str:
    """A number that whoever has no task with it may see: its beginning and its end."""
    shown = in_groups(number)
    digits = [place for place, sign in enumerate(shown) if sign.isdigit()]
    hidden = set(digits[3:-3])
    return "".join("•" if place in hidden else sign for place, sign in enumerate(shown))
