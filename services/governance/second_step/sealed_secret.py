"""The secret an authenticator app shares with us, sealed for the store (AES-256-GCM).

The key is derived from the one that keys what is stored (`settings.digest_key`), and what is sealed is bound to its
member: copied to another account it cannot be read. `docs/decisions/0064-signing-in-in-two-steps.md` says why.
"""

from __future__ import annotations

import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.kit.errors import RedressError
from services.kit.i18n import N_

_NONCE = 12


class SecretUnreadable(RedressError):
    """The sealed secret was altered, moved to another account, or sealed with a key that is no longer here."""

    status = 503
    code = "second-step-unreadable"


def seal_secret(digest_key: str, staff_id: UUID, secret: str) -> bytes:
    """The secret as it is stored."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(digest_key).encrypt(nonce, secret.encode(), staff_id.bytes)


def open_secret(digest_key: str, staff_id: UUID, sealed: bytes) -> str:
    """The secret behind what is stored.

    Raises:
        SecretUnreadable: it was altered or moved, or the key is another one.
    """
    try:
        return _cipher(digest_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], staff_id.bytes).decode()
    except InvalidTag:
        raise SecretUnreadable(
            N_("The authenticator app of this account cannot be checked: what is stored of it cannot be read."),
            N_("Set REDRESS_DIGEST_KEY to the key of before, or have an administrator take the second step away."),
        ) from None


@lru_cache(maxsize=8)
def _cipher(digest_key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"redress second step 1").derive(digest_key.encode()))
