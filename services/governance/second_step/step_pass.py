"""What lets the second step of a sign-in follow the first: a signed pass that the password was right. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import jwt

AUDIENCE = "second-step"
HOLDS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class StepPass:
    """Whose password was right, and which password that was."""

    staff_id: UUID
    password: str
    """A fingerprint of the password's digest: a password changed in between voids the pass."""


def fingerprint(password_hash: str) -> str:
    """What names a password's digest without telling it."""
    return hashlib.sha256(b"second step:" + password_hash.encode()).hexdigest()[:32]


def issue_step_pass(secret: str, step: StepPass, now: datetime) -> str:
    """The pass; it opens nothing by itself, and lacks what a session token must say."""
    said = {"aud": AUDIENCE, "sub": str(step.staff_id), "pwd": step.password, "exp": now + HOLDS}
    return jwt.encode(said, secret, algorithm="HS256")


def read_step_pass(secrets: tuple[str, ...], token: str, now: datetime) -> StepPass | None:
    """What a pass says, or None when it is not ours, was altered, or holds no longer."""
    for secret in secrets:
        try:
            said = jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "aud"], "verify_exp": False},
            )
            if now.timestamp() < float(said["exp"]):
                return StepPass(UUID(said["sub"]), str(said["pwd"]))
        except (jwt.InvalidTokenError, ValueError, KeyError):
            continue
    return None
