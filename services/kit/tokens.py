"""Signed tokens: sessions of staff, form tokens against cross-site requests, and secrets of complainants."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt

SESSION_HOURS = 12

_CLAIMS: Any = {"require": ["exp", "sub", "sid"], "verify_iat": False}
"""What a token must say. Not when it was issued: a clock that is set back must not turn everybody out."""


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """What a session token says: who, and which session, so that one can be ended without the others."""

    staff_id: UUID
    session_id: UUID


def issue_session(secret: str, claims: SessionClaims, now: datetime) -> str:
    """A bearer token, valid for `SESSION_HOURS`."""
    payload = {
        "sub": str(claims.staff_id),
        "sid": str(claims.session_id),
        "iat": now,
        "exp": now + timedelta(hours=SESSION_HOURS),
    }
    return jwt.encode(payload, secret, algorithm="HS256")


def read_session(secrets: tuple[str, ...], token: str) -> SessionClaims | None:
    """What a token says, or None when none of our keys signed it, or it was altered or is expired."""
    for secret in secrets:
        claims, expires = _verified(secret, token)
        if claims is not None:
            return claims if time.time() < expires else None
    return None


@lru_cache(maxsize=1024)
def _verified(secret: str, token: str) -> tuple[SessionClaims | None, float]:
    """Claims and end of a token. The same few come with every request, and what was signed once stays signed."""
    try:
        payload = jwt.decode(token, secret, algorithms=["HS256"], options=_CLAIMS)
        return SessionClaims(UUID(payload["sub"]), UUID(payload["sid"])), float(payload["exp"])
    except (jwt.InvalidTokenError, ValueError):
        return None, 0.0


def form_token(secret: str, browser: str) -> str:
    """The token a form carries, bound to the browser's own random cookie."""
    return hmac.digest(secret.encode(), b"form:" + browser.encode(), "sha256").hex()[:40]


def form_token_fits(secrets: tuple[str, ...], browser: str | None, token: str | None) -> bool:
    """Whether a posted form token belongs to this browser, made with any of our keys."""
    if not browser or not token:
        return False
    return any(hmac.compare_digest(form_token(secret, browser), token) for secret in secrets)


def keyed_digest(secret: str, purpose: str, value: str) -> bytes:
    """A digest nobody without the secret can try values against: for tracking secrets, contacts, keys."""
    return hmac.digest(secret.encode(), f"{purpose}:{value}".encode(), "sha256")


def random_browser() -> str:
    """A fresh value for the browser's cookie."""
    return secrets.token_urlsafe(18)
