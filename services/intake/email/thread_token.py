"""The signed token of a case that travels in the subject or the address of a mail, so that an answer finds its case.

A subject carries `[#FIO-69-04827-K-token]`, an address `reply+fio-69-04827-k-token@…`. The number says which case is
meant and only the token, which nobody without the server's secret can make, opens it.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from services.kit.tokens import keyed_digest

_SHAPE = r"([A-Za-z]{2,5}-?\d{2}-?\d{5,12}-?[A-Za-z])-([a-z2-7]{16})"
_IN_SUBJECT = re.compile(rf"\[\s*#?\s*{_SHAPE}\s*\]", re.IGNORECASE)
_IN_ADDRESS = re.compile(rf"[^@\s]*\+{_SHAPE}@", re.IGNORECASE)


class Claim(NamedTuple):
    """A case that a mail says it belongs to; nothing until `verified`."""

    tracking_number: str
    token: str


def token_for(secret: str, case_id: UUID) -> str:
    """The token of a case: nobody without the server's secret can make one for another."""
    return base64.b32encode(keyed_digest(secret, "mail-thread", case_id.hex)[:10]).decode().rstrip("=").lower()


def subject_mark(secret: str, case_id: UUID, tracking_number: str) -> str:
    """What a subject carries."""
    return f"[#{tracking_number}-{token_for(secret, case_id)}]"


def reply_address(secret: str, case_id: UUID, tracking_number: str, address: str) -> str:
    """The address that answers about a case go to, made of the one that mail is sent from."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}+{tracking_number.lower()}-{token_for(secret, case_id)}@{domain}"


def claims(subject: str, addresses: Iterable[str]) -> list[Claim]:
    """The cases that a subject and the recipients' addresses claim, each once."""
    found = _IN_SUBJECT.findall(subject[:2000])
    for address in addresses:
        found += _IN_ADDRESS.findall(address[:400])
    return list(dict.fromkeys(Claim(number.upper(), token.lower()) for number, token in found))[:10]


def verified(secret: str, case_id: UUID, token: str) -> bool:
    """Whether a token is that of the case."""
    return hmac.compare_digest(token_for(secret, case_id), token)


def without_marks(subject: str) -> str:
    """A subject without the marks, and without the Re: and Fwd: that gather before it."""
    plain = re.sub(r"\s+", " ", _IN_SUBJECT.sub(" ", subject)).strip()
    return re.sub(r"^(?:(?:re|fw|fwd|aw|ตอบ|ตอบกลับ|ส่งต่อ)\s*:\s*)+", "", plain, flags=re.IGNORECASE).strip()
