"""A caller by their number: the digest by which they are found again, and the number sealed and shown. Pure."""

from __future__ import annotations

from services.intake.contacts.digests import contact_digest
from services.intake.contacts.seal import seal_of
from services.intake.contacts.sealed_columns import CALLER
from services.kit.settings import Settings


def digest_of(settings: Settings, number: str) -> bytes:
    """The keyed digest of a normalised number: the same as in `intake.contact`, where complainants are known by it."""
    return contact_digest(settings.digest_key, "phone", number)


def sealed_number(settings: Settings, number: str) -> bytes:
    """The number as it is stored."""
    return seal_of(settings).content(number.encode(), CALLER) or b""


def opened_number(settings: Settings, sealed: bytes | None) -> str | None:
    """The number again; None when there is none. Raises ContactKeyMissing when the key that sealed it is not here."""
    content = seal_of(settings).read_content(sealed, CALLER)
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
