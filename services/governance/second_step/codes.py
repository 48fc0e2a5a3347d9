"""Codes of an authenticator app and recovery codes: how they are made, read as typed, and matched. Pure."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

import pyotp

from services.kit.thai import parse_digits

DIGITS = 6
INTERVAL = 30
"""Seconds for which one code holds; every authenticator app takes these two without being told."""

DRIFT = 1
"""Intervals that a telephone's clock may be ahead or behind (RFC 6238, 5.2)."""

RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH = 10
"""Ten of 31 signs: 49 bits, which nobody tries out, so a keyed digest of each is enough."""


def fresh_secret() -> str:
    """A secret to share with an app: 160 bits in base 32 (RFC 4226, 4)."""
    return pyotp.random_base32()


def in_groups(secret: str) -> str:
    """A secret in groups of four, to be typed where no camera is at hand."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def setup_address(secret: str, username: str, organisation: str) -> str:
    """The `otpauth:` address that an app scans."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=INTERVAL).provisioning_uri(
        name=username, issuer_name=organisation.replace(":", " ") or "Redress"
    )


def as_typed(code: str) -> str:
    """A code without the spaces and dashes it was typed with, ๐–๙ as 0–9, in lower case."""
    return "".join(sign for sign in parse_digits(code).lower() if sign.isalnum())


def matching_interval(secret: str, typed: str, *, now: datetime, after: int) -> int | None:
    """The interval whose code this is, within the drift and later than `after`; None when it is none.

    `after` is the last interval a code was taken of, so that no code is taken twice (RFC 6238, 5.2).
    """
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=INTERVAL)
    present = totp.timecode(now)
    for interval in range(present - DRIFT, present + DRIFT + 1):
        if interval > after and hmac.compare_digest(totp.generate_otp(interval).encode(), typed.encode()):
            return interval
    return None


def fresh_recovery_codes() -> list[str]:
    """Codes for the day the telephone is lost, each good once, written as `abcde-fghjk`."""
    half = _RECOVERY_LENGTH // 2
    made = ("".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES))
    return [f"{code[:half]}-{code[half:]}" for code in made]
