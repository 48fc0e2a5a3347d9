"""Tell the level of the chain to which a person raised a case: at once, since somebody decided that it cannot wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from schemas.policy import ESCALATION_LEVELS
from services.kit.database import Transaction
from services.kit.listening import NotYet, Received
from services.sla.editions import Editions
from services.sla.keep_clocks import learn
from services.sla.learning import learn_snapshot
from services.sla.raise_alerts import Occasion, raise_alerts
from services.sla.records import read_cases


async def alert_raised_cases(tx: Transaction, editions: Editions, received: Sequence[Received], now: datetime) -> None:
    """Alert the holder of each level raised to, once for every resolution of the case.

    Raises:
        NotYet: a complaint itself has not been read yet.
    """
    await learn(tx, editions, received, lambda case, it: learn_snapshot(case, it.event, it.fact), now)
    cases = await read_cases(tx, [item.event.case_id for item in received])
    occasions = []
    for event, fact in received:
        case = cases[event.case_id]
        if not case.filed:
            raise NotYet("the complaint of a case that was raised has not arrived yet")
        if fact.level in ESCALATION_LEVELS and not event.historical:
            occasions.append(Occasion.of_case(case, f"{fact.level}:raised", fact.level, fact.at))
    await raise_alerts(tx, editions, occasions, now)
