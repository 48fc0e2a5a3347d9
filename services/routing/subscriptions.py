"""What routing listens to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from schemas.clocks import (
    AlertRaised,
    ClockCancelled,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineMissed,
    MissWithdrawn,
)
from schemas.complaints import (
    ComplainantActed,
    ComplaintAcknowledged,
    ComplaintFiled,
    MessageTakenBack,
    ReceiptCorrected,
    StaffReplied,
    WordsErased,
)
from schemas.envelope import Event
from schemas.recovery import RecoveryFact, RecoveryMoved, RecoveryOpened
from services.kit.database import Transaction
from services.kit.listening import Received, Subscriptions
from services.kit.service import Context
from services.routing.apply_complainant_action import apply_complainant_action
from services.routing.learn_clock import learn_alerts, learn_clocks
from services.routing.learn_receipt import erase_words, learn_acknowledgement, learn_correction, learn_taken_back
from services.routing.learn_recovery import learn_recovery
from services.routing.learn_reply import learn_reply
from services.routing.once_there import Openings
from services.routing.open_case import open_cases


def subscriptions(context: Context, openings: Openings | None = None) -> Subscriptions:
    """The handlers of routing; who waits for a case is told by `openings`."""
    subscribed = Subscriptions("routing")
    context.copies.subscribe(subscribed)

    @subscribed.on(ComplaintFiled)
    async def open_each(tx: Transaction, received: Sequence[Received]) -> None:
        await open_cases(tx, context.copies, received, context.now())
        if openings is not None:
            tx.afterwards.append(partial(openings.tell, [filed.tracking_number for _, filed in received]))

    @subscribed.each(ComplainantActed)
    async def act(tx: Transaction, event: Event, fact: ComplainantActed) -> None:
        await apply_complainant_action(tx, context.copies, event, fact, context.now())

    @subscribed.each(StaffReplied)
    async def reply(tx: Transaction, event: Event, fact: StaffReplied) -> None:
        await learn_reply(tx, event, fact, context.now())

    subscribed.each(ComplaintAcknowledged)(learn_acknowledgement)
    subscribed.each(ReceiptCorrected)(learn_correction)
    subscribed.each(MessageTakenBack)(learn_taken_back)

    @subscribed.each(WordsErased)
    async def erase(tx: Transaction, event: Event, _fact: WordsErased) -> None:
        await erase_words(tx, event)

    subscribed.gather(
        ClockStarted, ClockMoved, ClockPaused, ClockResumed, ClockMet, ClockCancelled, DeadlineMissed, MissWithdrawn
    )(learn_clocks)
    subscribed.gather(AlertRaised)(learn_alerts)

    @subscribed.each(RecoveryOpened, RecoveryMoved)
    async def recover(tx: Transaction, event: Event, fact: RecoveryFact) -> None:
        await learn_recovery(tx, event, fact)

    return subscribed
