"""What sla listens to."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.cases import (
    CaseImported,
    CaseMoved,
    CasePrioritised,
    CaseRaised,
    CaseReassigned,
    CaseReclassified,
    ContactRecorded,
)
from schemas.complaints import ComplaintAcknowledged, ComplaintFiled, ReceiptCorrected, WordsErased
from schemas.envelope import Event
from services.kit.database import Transaction
from services.kit.listening import Received, Subscriptions
from services.kit.service import Context
from services.sla.alert_raised_cases import alert_raised_cases
from services.sla.editions import Editions
from services.sla.erase_words import erase_words
from services.sla.keep_clocks import learn
from services.sla.learning import learn_from_routing, learn_receipt
from services.sla.records import CaseRecord
from services.sla.register_complaints import register_complaints


def subscriptions(context: Context, editions: Editions) -> Subscriptions:
    """The handlers of sla."""
    subscribed = Subscriptions("sla")
    context.copies.subscribe(subscribed)
    now = context.now

    @subscribed.on(ComplaintFiled)
    async def start_clocks(tx: Transaction, received: Sequence[Received]) -> None:
        await register_complaints(tx, editions, received, now())

    @subscribed.gather(
        CaseMoved, CaseReassigned, CasePrioritised, CaseReclassified, CaseImported, ContactRecorded, CaseRaised
    )
    async def follow_the_case(tx: Transaction, received: Sequence[Received]) -> None:
        await learn(tx, editions, received, learn_from_routing, now())
        if raised := [item for item in received if isinstance(item.fact, CaseRaised)]:
            await alert_raised_cases(tx, editions, raised, now())

    @subscribed.on(ComplaintAcknowledged)
    async def note_acknowledgements(tx: Transaction, received: Sequence[Received]) -> None:
        await learn(tx, editions, received, lambda case, it: case.life.acknowledge(it.fact.acknowledged_at), now())

    @subscribed.on(ReceiptCorrected)
    async def correct_receipts(tx: Transaction, received: Sequence[Received]) -> None:
        def corrected(case: CaseRecord, it: Received) -> None:
            learn_receipt(case, it.fact.received_at, it.event.occurred_at)

        await learn(tx, editions, received, corrected, now())

    @subscribed.each(WordsErased)
    async def forget_words(tx: Transaction, event: Event, _fact: WordsErased) -> None:
        await erase_words(tx, event.case_id)

    return subscribed
