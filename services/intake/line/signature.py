"""The signature of a webhook: HMAC-SHA256 of the raw body under the channel secret, in base64. Pure.

The SDK's `SignatureValidator` takes text and so cannot judge a body that is no UTF-8; this one judges the bytes, before
anything reads them (`docs/decisions/0040-line-events-first-kept-then-worked.md`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def signature_of(channel_secret: str, body: bytes) -> str:
    """What LINE writes into `X-Line-Signature`."""
    return base64.b64encode(hmac.new(channel_secret.encode(), body, hashlib.sha256).digest()).decode()


def signature_fits(channel_secret: str, body: bytes, signature: str | None) -> bool:
    """Whether the body comes from LINE, unaltered. Takes as long for a wrong signature as for the right one."""
    return hmac.compare_digest(
        signature_of(channel_secret, body).encode(), (signature or "").encode("utf-8", "replace")
    )
