"""Passwords: argon2id digests, and a check that takes as long for a user who is not there."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 10

_hasher = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)
"""OWASP's second profile: 19 MiB and three passes, so that twenty sign-ins at once do not starve the machine."""


_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for one another when they are read out."""


def fresh_password() -> str:
    """A password to hand over once: twelve characters, 60 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def digest_password(password: str) -> str:
    """The digest to store."""
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


async def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password is the one stored; for an unknown user the same work is done, and the answer is no."""

    def check() -> bool:
        try:
            return _hasher.verify(stored or _nobody(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    return await asyncio.to_thread(check)
