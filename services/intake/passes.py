"""Short-lived signed passes in cookies: to reload a receipt, and to look at a case once its secret was given.

A secret never stands in an address, where it would reach histories, logs and referrers; a pass stands in a cookie that
scripts cannot read, names one complaint and one purpose, and ends by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import jwt

Purpose = Literal["receipt", "tracking", "desk"]

LASTS: dict[Purpose, timedelta] = {
    "receipt": timedelta(hours=1),
    "tracking": timedelta(hours=2),
    "desk": timedelta(hours=1),
}


def issue_pass(server_secret: str, purpose: Purpose, complaint_id: UUID, now: datetime) -> str:
    """A pass for one complaint."""
    claims = {"aud": f"intake:{purpose}", "sub": str(complaint_id), "exp": now + LASTS[purpose]}
    return jwt.encode(claims, server_secret, algorithm="HS256")


def read_pass(server_secrets: tuple[str, ...], purpose: Purpose, token: str | None, now: datetime) -> UUID | None:
    """The complaint a pass is for; None when it is not ours, for another purpose, or over."""
    if not token:
        return None
    for secret in server_secrets:
        if (complaint_id := _read(secret, purpose, token, now)) is not None:
            return complaint_id
    return None


def _read(secret: str, purpose: Purpose, token: str, now: datetime) -> UUID | None:
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=f"intake:{purpose}",
            # Judged by the service's own clock, so that a test may set it.
            options={"require": ["exp", "sub"], "verify_exp": False},
        )
        return UUID(claims["sub"]) if claims["exp"] > now.timestamp() else None
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None
