"""Tracking secrets such as `7KQ4-M2WD`: 40 bits in an alphabet without I, L, O and U, kept as a keyed digest only.

The first secret of a complaint is derived from the server's secret and the complaint's id, so that a repeated filing
can be answered with it again although it is stored nowhere.
"""

from __future__ import annotations

import hmac
import re
from uuid import UUID

from services.kit.thai import parse_digits
from services.kit.tokens import keyed_digest

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BETWEEN = re.compile(r"[\s\-–—.]")
_READ = str.maketrans("OIL", "011")


def secret_of(server_secret: str, complaint_id: UUID) -> str:
    """The secret given to whoever filed the complaint."""
    number = int.from_bytes(keyed_digest(server_secret, "tracking-secret", complaint_id.hex)[:5], "big")
    signs = "".join(ALPHABET[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{signs[:4]}-{signs[4:]}"


def digest_of_secret(server_secret: str, secret: str) -> bytes:
    """What is stored of a secret; however it was typed, the same."""
    return digest_of_plain(server_secret, _BETWEEN.sub("", parse_digits(secret[:64])).upper().translate(_READ))


def digest_of_plain(server_secret: str, signs: str) -> bytes:
    """The same of a secret that was never typed: its eight signs, nothing between them."""
    return keyed_digest(server_secret, "tracking", signs)


def fits(server_secret: str, given: str, stored: bytes | None) -> bool:
    """Whether a secret is the stored one. Takes as long where nothing is stored, so that nobody learns which."""
    digest = digest_of_secret(server_secret, given)
    against = stored if stored is not None else bytes(len(digest))
    return hmac.compare_digest(digest, against) and stored is not None
