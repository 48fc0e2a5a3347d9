"""Keep up with service recovery, as far as the complainant is concerned (SE-AM 5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.recovery import RecoveryFact, RecoveryOpened
from services.intake.follow_case import NewStep, add_steps
from services.kit.database import Transaction
from services.kit.listening import Received

SHOWN = {"offered": "recovery_offered", "completed": "recovery_completed"}


async def follow_recovery(tx: Transaction, received: Sequence[Received]) -> None:
    """Tell that something is done, offered or delivered to make up for what went wrong."""
    steps = []
    for item in received:
        fact: RecoveryFact = item.fact
        code = "recovery" if isinstance(fact, RecoveryOpened) else SHOWN.get(fact.state)
        if fact.complaint_id is not None and code is not None and not item.event.historical:
            detail = {"remedy": fact.remedy, "baht": str(fact.baht) if fact.baht is not None else None}
            steps.append(NewStep(fact.complaint_id, item.event.id, item.event.position, fact.at, code, detail))
    await add_steps(tx, steps)
