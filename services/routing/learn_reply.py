"""Learn that a reply of a person reached the complainant: it is a contact, at the moment it was delivered (7.3)."""

from __future__ import annotations

from datetime import datetime

from schemas.complaints import StaffReplied
from schemas.envelope import Event, words
from services.kit.database import Transaction
from services.routing.record_contact import keep_contact
from services.routing.store import lock_case


async def learn_reply(tx: Transaction, event: Event, fact: StaffReplied, now: datetime) -> None:
    """Keep the reply as a contact, so that it meets the first-contact target as one by telephone does."""
    case = (await lock_case(tx, event.case_id)).changed(now)
    at = max(fact.at, case.received_at)
    await keep_contact(
        tx,
        case,
        medium=fact.medium,
        words=words(fact.text),
        at=at,
        progress=fact.progress,
        reached=True,
        by=fact.by,
        now=max(now, at),
    )
