"""The signature of a call event: HMAC-SHA256 over time stamp and raw body under the shared secret. Pure.

`X-Redress-Timestamp` is the second of sending since 1970 and `X-Redress-Signature` is `sha256=` and the hexadecimal
HMAC of `TIMESTAMP.BODY`. A stamp older or newer than five minutes is refused, so that what was overheard cannot be sent
again later; within that time the event's own id makes a repeat one event.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

WITHIN_SECONDS = 300


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """What belongs into `X-Redress-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signature_fits(secret: str, timestamp: str | None, body: bytes, signature: str | None) -> bool:
    """Whether the body was signed with the secret at that time. A wrong one takes as long as the right one."""
    given = (signature or "").strip().lower()
    given = given if given.startswith("sha256=") else f"sha256={given}"
    return hmac.compare_digest(
        signature_of(secret, (timestamp or "").strip()[:20], body).encode(), given.encode("utf-8", "replace")
    )


def is_fresh(timestamp: str | None, now: datetime) -> bool:
    """Whether the time stamp is one, and of these minutes."""
    stamp = (timestamp or "").strip()
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    return abs(now.timestamp() - int(stamp)) <= WITHIN_SECONDS
