"""Sealing what must be kept for a while and read by this system alone, each purpose under a key of its own.

The key follows from the key of the digests, which outlives an exchange of the signing key
(`docs/decisions/0029-two-keys.md`), so that what was sealed before stays readable.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from services.kit.settings import Settings


def seal(settings: Settings, purpose: str, content: bytes) -> bytes:
    """The content sealed; only `unseal` with the same purpose and key opens it."""
    return _fernet(settings, purpose).encrypt(content)


def unseal(settings: Settings, purpose: str, sealed: bytes) -> bytes | None:
    """The content again; None when another key sealed it or it was altered."""
    try:
        return _fernet(settings, purpose).decrypt(sealed)
    except InvalidToken:
        return None


def _fernet(settings: Settings, purpose: str) -> Fernet:
    key = hashlib.sha256(f"{purpose}:{settings.digest_key}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
