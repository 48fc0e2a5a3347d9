"""What recovery records listen to: decisions, missed clocks, whom their complaints belong to, erasure."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.cases import CaseMoved, CaseReassigned, CaseReclassified
from schemas.clocks import DeadlineMissed, MissWithdrawn
from schemas.complaints import WordsErased
from schemas.envelope import Event
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.listening import Received, Subscriptions
from services.reporting.recovery.follow_case import erase_words, follow_scope
from services.reporting.recovery.open_owed import cancel_for_withdrawn_miss, open_for_decision, open_for_miss


def subscribe(subscribed: Subscriptions, copies: Copies) -> None:
    """Add the handlers. They are no part of a rebuild: the records are reporting's own facts."""

    @subscribed.on(CaseMoved, CaseReassigned, CaseReclassified)
    async def follow(tx: Transaction, received: Sequence[Received]) -> None:
        await follow_scope(tx, received)

    @subscribed.each(CaseMoved)
    async def decided(tx: Transaction, event: Event, fact: CaseMoved) -> None:
        await open_for_decision(tx, copies, event, fact)

    @subscribed.each(DeadlineMissed)
    async def missed(tx: Transaction, event: Event, fact: DeadlineMissed) -> None:
        await open_for_miss(tx, copies, event, fact)

    @subscribed.each(MissWithdrawn)
    async def disproved(tx: Transaction, event: Event, fact: MissWithdrawn) -> None:
        await cancel_for_withdrawn_miss(tx, copies, event, fact)

    @subscribed.each(WordsErased)
    async def erase(tx: Transaction, event: Event, _fact: WordsErased) -> None:
        await erase_words(tx, event)
