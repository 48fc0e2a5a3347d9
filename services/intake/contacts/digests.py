"""How a contact is found without being readable: a keyed digest of what it is and what it says."""

from __future__ import annotations

from services.kit.tokens import keyed_digest

_KINDS = {"sms": "phone"}
"""Channels whose address is another kind of contact; the others name their own (`email`, `line`)."""


def contact_digest(digest_key: str, kind: str, value: str) -> bytes:
    """The digest by which a contact is found.

    Args:
        kind: `phone`, `email` or `line`, or the channel that such an address is reached by.
        value: a normalised number or address; its case does not matter.
    """
    return keyed_digest(digest_key, "contact", f"{_KINDS.get(kind, kind)}:{value}".casefold())
