"""Words that open a case: its secret, a one-time code, the link of a survey. Staff read messages without them. Pure.

Who could read the secret that was sent to a complainant could speak in their name: say "fixed", withdraw, rate the
handling. So a one-time code is never among the words that are kept, and the other two are covered where they are shown.
"""

from __future__ import annotations

import re
from uuid import UUID

from services.intake.tracking_secret import secret_of
from services.kit.tokens import keyed_digest

COVERED = "••••••"
"""Stands where a key was."""

_SURVEY = re.compile(r"(/survey/)[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-.]+")


def covered(text: str | None, server_secret: str, case_id: UUID) -> str | None:
    """A message as staff may read it."""
    if not text:
        return text
    return _SURVEY.sub(rf"\1{COVERED}", text.replace(secret_of(server_secret, case_id), COVERED))


def code_of(server_secret: str, case_id: UUID, nonce: str) -> str:
    """The six digits of a one-time code. The nonce is kept; the code follows from it only with the server's secret."""
    digest = keyed_digest(server_secret, "access code digits", f"{case_id}:{nonce}")
    return f"{int.from_bytes(digest[:8], 'big') % 10**6:06}"
