"""The signed link to the survey of one closure of a case (ISO 10002 8.3): it opens the form and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import jwt

LASTS = timedelta(days=60)


class Invited(NamedTuple):
    """Which closure of which case is to be rated."""

    case_id: UUID
    closure: int


def survey_pass(server_secret: str, case_id: UUID, closure: int, now: datetime) -> str:
    """The last part of the link."""
    claims = {"aud": "intake:survey", "sub": str(case_id), "n": closure, "exp": now + LASTS}
    return jwt.encode(claims, server_secret, algorithm="HS256")


def read_survey_pass(server_secret: str, token: str, now: datetime) -> Invited | None:
    """What a link invites to; None when it is not ours or over."""
    try:
        claims = jwt.decode(
            token,
            server_secret,
            algorithms=["HS256"],
            audience="intake:survey",
            # Judged by the service's own clock, so that a test may set it.
            options={"require": ["exp", "sub"], "verify_exp": False},
        )
        return Invited(UUID(claims["sub"]), int(claims["n"])) if claims["exp"] > now.timestamp() else None
    except (jwt.InvalidTokenError, ValueError, TypeError, KeyError):
        return None
