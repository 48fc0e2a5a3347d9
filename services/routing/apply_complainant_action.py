"""Carry out what the complainant did where they follow their case (7.9); what cannot be done is said, never lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from schemas.cases import ActionRefused, ComplainantAdded
from schemas.complaints import ComplainantActed
from schemas.envelope import Event, FreeText, words
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.actors import COMPLAINANT
from services.routing.case import Case
from services.routing.forms import Filled
from services.routing.guards import Ask, Blocked
from services.routing.lifecycle import row
from services.routing.moving import Step, after
from services.routing.remedy_tasks import drop_open
from services.routing.store import Line, announcement, lock_case, write
from services.routing.transition_case import record_move

LEADS_TO: Mapping[str, str] = {
    "accept": "implementing",
    "contest": "internal_review",
    "reopen": "reopened",
    "withdraw": "withdrawn",
}
"""Where an action takes the case, if the table has such a row from where it stands."""


async def apply_complainant_action(
    tx: Transaction, copies: Copies, event: Event, fact: ComplainantActed, now: datetime
) -> None:
    """Move the case, add the words, or refuse. Windows are judged by when the complainant acted, not by now."""
    if fact.action == "rate":
        return
    case = await lock_case(tx, event.case_id)
    bundle = await copies.policy(tx, case.policy_version)
    text = words(fact.text)
    if fact.action == "add":
        await _add(tx, case, bundle, text or "", fact.at, now)
        return
    to = LEADS_TO[fact.action]
    blocked = _blocked(case, bundle, to, fact.at)
    if blocked is not None:
        await _refuse(tx, case, fact.action, blocked, text, now)
        return
    fields = {"medium": fact.medium, **({"confirmed": True} if to == "withdrawn" else {})}
    case = await _move(tx, case, bundle, to, Filled(fields, {"reason": text} if text else {}), fact.at, now)
    if to == "withdrawn" and case.open_tasks:
        await drop_open(tx, case, by=None, now=now, remedies_only=False)
    if to == "reopened":
        # Their saying that it is not settled puts it straight back to work with whoever owns it.
        await _move(tx, case, bundle, "investigating", Filled(), fact.at, now)


def _blocked(case: Case, bundle: PolicyBundle, to: str, at: datetime) -> Blocked | None:
    transition = row(case.state, to, COMPLAINANT)
    if transition is None:
        return Blocked(
            N_("The case has moved on and this is no longer possible."), N_("Follow the case to see what is possible.")
        )
    ask = Ask(case, None, bundle, at)
    return next((blocked for guard in transition.guards if (blocked := guard(ask)) is not None), None)


async def _move(
    tx: Transaction, case: Case, bundle: PolicyBundle, to: str, filled: Filled, at: datetime, now: datetime
) -> Case:
    at = min(at, now)
    moved = after(case, Step(to, filled, None, at, bundle))
    await record_move(tx, case, moved, filled, by=None, actor="complainant", at=at)
    return moved


async def _add(tx: Transaction, case: Case, bundle: PolicyBundle, text: str, at: datetime, now: datetime) -> None:
    """Words added to an open case; where they were waited for, the case goes on (they never extend a deadline)."""
    if not case.open:
        blocked = Blocked(N_("The case is over."), N_("Reopen it, or file a new complaint and name this number."))
        await _refuse(tx, case, "add", blocked, text, now)
        return
    case = case.changed(now)
    line = Line("complainant_added", at, "complainant", texts={"text": text}, public=True)
    await write(tx, case, line)
    tx.announce(
        ComplainantAdded(**announcement(case, by=None, at=at, actor="complainant"), text=FreeText.of(text)),
        case_id=case.id,
        at=at,
    )
    if row(case.state, "investigating", COMPLAINANT) is not None and case.state == "awaiting_complainant":
        await _move(tx, case, bundle, "investigating", Filled(), at, now)


async def _refuse(tx: Transaction, case: Case, action: str, blocked: Blocked, text: str | None, now: datetime) -> None:
    case = case.changed(now)
    texts = {"text": text} if text else {}
    fields = {"action": action, "why": blocked.say("en")}
    await write(tx, case, Line("refused", now, "complainant", fields=fields, texts=texts, public=True))
    tx.announce(
        ActionRefused(**announcement(case, by=None, at=now, actor="complainant"), action=action, why=blocked.say("en")),
        case_id=case.id,
        at=now,
    )
