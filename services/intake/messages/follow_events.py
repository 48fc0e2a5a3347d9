"""What a complainant is told when: the message that follows from each event, queued once (ISO 10002 7.3, 7.4, 7.8).

A handler only notes what is to be said; the words are found when the message leaves, from how the case then stands.
Nothing follows from imported history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.cases import CaseMoved, SilenceNoticed
from schemas.clocks import DeadlineMissed
from schemas.envelope import words
from schemas.recovery import RecoveryMoved
from services.intake.messages.queue_message import Wanted, queue_messages
from services.kit.database import Transaction
from services.kit.listening import Received

_BY_STATE: Mapping[str, str] = {
    "awaiting_complainant": "request_information",
    "closed": "closed",
    "reopened": "reopened",
    "withdrawn": "withdrawn",
    "referred": "referred",
    "not_accepted": "not_accepted",
    "merged": "merged",
}
"""The purpose of the message that goes out when a case comes into a state."""


async def _queue(tx: Transaction, received: Sequence[Received], wanted: Sequence[Wanted]) -> None:
    if wanted:
        await queue_messages(tx, wanted, max(item.event.occurred_at for item in received))


def _present(received: Sequence[Received]) -> list[Received]:
    return [item for item in received if not item.event.historical]


async def tell_of_filings(tx: Transaction, received: Sequence[Received]) -> None:
    """Acknowledge what was filed, at once (7.4)."""
    wanted = [
        Wanted(item.event.case_id, "acknowledgement", f"acknowledgement:{item.event.case_id}")
        for item in _present(received)
        if item.fact.kind != "spam" and item.fact.history is None
    ]
    await _queue(tx, received, wanted)


async def tell_of_moves(tx: Transaction, received: Sequence[Received]) -> None:
    """Tell of each step that matters to the complainant; closing brings the survey, once for each closure."""
    wanted = []
    for item in _present(received):
        case_id, fact = item.event.case_id, item.fact
        purpose = _purpose_of(fact)
        if purpose is not None:
            wanted.append(Wanted(case_id, purpose, f"{purpose}:{item.event.id}", _said(fact)))
        if fact.to == "closed" and fact.case.kind == "complaint":
            closure = fact.case.reopened_count
            wanted.append(Wanted(case_id, "survey", f"survey:{case_id}:{closure}", {"closure": closure}))
    await _queue(tx, received, wanted)


def _purpose_of(fact: CaseMoved) -> str | None:
    if fact.to == "decision_communicated":
        return "review_decision" if fact.came_from == "internal_review" else "decision"
    if fact.to == "investigating":
        return "first_contact" if fact.came_from == "assigned" else None
    return _BY_STATE.get(fact.to)


def _said(fact: CaseMoved) -> dict[str, Any]:
    if fact.to == "awaiting_complainant":
        return {"request": words(fact.texts.get("what")) or ""}
    if fact.to in ("not_accepted", "referred", "merged"):
        return {"reason": words(fact.reason or fact.texts.get("reason")) or ""}
    return {}


async def tell_of_silence(tx: Transaction, received: Sequence[Received]) -> None:
    """Remind of a decision that was not answered, and say when the case closes by itself (7.9)."""
    wanted = []
    for item in _present(received):
        fact: SilenceNoticed = item.fact
        data = {"closes_at": fact.closes_at.isoformat()}
        wanted.append(Wanted(item.event.case_id, "silence_notice", f"silence_notice:{item.event.id}", data))
    await _queue(tx, received, wanted)


async def tell_of_misses(tx: Transaction, received: Sequence[Received]) -> None:
    """Apologise for a missed date of the decision; say how the case stands when nobody did in time (7.3)."""
    wanted = []
    for item in _present(received):
        fact: DeadlineMissed = item.fact
        clock = fact.clock
        purpose = {"resolve": "late", "progress": "progress"}.get(clock.target)
        if purpose is None or fact.historical_case or clock.met_at is not None:
            continue
        data = {"old_due": clock.due_at.isoformat()} if purpose == "late" and clock.due_at else {}
        dedupe = f"{purpose}:{item.event.case_id}:{clock.cycle}"
        wanted.append(Wanted(item.event.case_id, purpose, dedupe, data))
    await _queue(tx, received, wanted)


async def untell_misses(tx: Transaction, received: Sequence[Received]) -> None:
    """A miss that was none is not apologised for, if the apology has not left yet."""
    names = [
        f"{purpose}:{item.event.case_id}:{item.fact.clock.cycle}"
        for item in received
        if (purpose := {"resolve": "late", "progress": "progress"}.get(item.fact.clock.target))
    ]
    await tx.execute(
        "update intake.message set state = 'dropped', reason = 'the deadline was kept after all'"
        " where dedupe = any($1::text[]) and state = 'queued'",
        names,
    )


async def tell_of_offers(tx: Transaction, received: Sequence[Received]) -> None:
    """Make the offer of a recovery record known to whoever complained."""
    wanted = []
    for item in _present(received):
        fact: RecoveryMoved = item.fact
        if fact.state != "offered" or fact.complaint_id is None:
            continue
        data = {"recovery_remedy": fact.remedy or "", "baht": str(fact.baht) if fact.baht else ""}
        if fact.offer_expires_at is not None:
            data["due"] = fact.offer_expires_at.isoformat()
        wanted.append(Wanted(fact.complaint_id, "recovery_offer", f"recovery_offer:{item.event.id}", data))
    await _queue(tx, received, wanted)
