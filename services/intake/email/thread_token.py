"""The signed token of a case that travels in the subject of a mail, so that an answer finds its case."""

from __future__ import annotations

import base64
from uuid import UUID

from services.kit.tokens import keyed_digest


def token_for(secret: str, case_id: UUID) -> str:
    """The token of a case: nobody without the server's secret can make one for another."""
    return base64.b32encode(keyed_digest(secret, "mail-thread", case_id.hex)[:10]).decode().rstrip("=").lower()
