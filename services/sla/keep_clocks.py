"""Keep the clocks of cases in step with what happened: load a batch, learn, fold, write what changed, announce it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from schemas.cases import OUT_OF_COUNT
from schemas.clocks import ClockCancelled
from services.kit.database import Transaction
from services.kit.listening import NotYet, Received
from services.sla.clocks import clocks_of
from services.sla.editions import Editions
from services.sla.raise_alerts import Occasion, raise_alerts
from services.sla.records import CaseRecord, Kept, lock_cases, lock_clocks, open_cases, save_cases, save_clocks
from services.sla.settling import settle
from services.sla.terms import Edition, Terms, terms_for

Learn = Callable[[CaseRecord, Received], None]

SAFETY = "safety"
"""The level of the alert that a safety-critical case raises at once, without waiting for a clock (domain §3)."""


async def learn(
    tx: Transaction, editions: Editions, received: Sequence[Received], learning: Learn, now: datetime
) -> None:
    """Learn a batch of events and bring the clocks of their cases in step, once for each case.

    Raises:
        NotYet: the policy of a case has not been read yet.
    """
    cases = await open_cases(tx, {item.event.case_id for item in received})
    for item in received:
        learning(cases[item.event.case_id], item)
    await fold(tx, editions, cases.values(), now)
    await save_cases(tx, cases.values())


async def fold(tx: Transaction, editions: Editions, cases: Collection[CaseRecord], now: datetime) -> None:
    """Bring the clocks of locked cases in step with their lives; what changed is written and announced."""
    filed = [case for case in cases if case.filed]
    if not filed:
        return
    known = await editions.all(tx)
    clocks = await lock_clocks(tx, [case.case_id for case in filed])
    changed: list[Kept] = []
    occasions: list[Occasion] = []
    for case in filed:
        terms = await _terms(tx, editions, known, case, now)
        changed += _fold_one(tx, case, clocks.get(case.case_id, {}), terms, now)
        if case.safety and not case.historical and not case.ended and _assigned(case):
            occasions.append(Occasion.of_case(case, SAFETY, "unit_head", _assigned_at(case)))
    await save_clocks(tx, changed)
    await raise_alerts(tx, editions, occasions, now)


async def _terms(
    tx: Transaction, editions: Editions, known: Sequence[Edition], case: CaseRecord, now: datetime
) -> Terms:
    version = case.policy_version or ""
    terms = terms_for(known, version, now, case.life.unit, case.life.service_point)
    if terms is None:
        known = await editions.all(tx, needing=version)
        terms = terms_for(known, version, now, case.life.unit, case.life.service_point)
    if terms is None:
        raise NotYet(f"policy version {version} has not arrived yet")
    return terms


def _fold_one(
    tx: Transaction, case: CaseRecord, clocks: Mapping[tuple[str, int], Kept], terms: Terms, now: datetime
) -> Iterable[Kept]:
    left = dict(clocks)
    for view in clocks_of(case.life, terms, now):
        settled = settle(case.case_id, left.pop(view.key, None), view, case.life, terms, case.category, now)
        for at, fact in settled.facts:
            tx.announce(fact, case_id=case.case_id, at=at, historical=view.historical)
        if settled.changed:
            yield settled.kept
    for gone in left.values():
        if gone.state != "cancelled":
            kept = replace(gone, state="cancelled", next_at=None, version=gone.version + 1)
            fact = ClockCancelled(clock=kept.announced(), version=kept.version, why="the facts leave no such period")
            tx.announce(fact, case_id=case.case_id, at=now, historical=kept.historical)
            yield kept


def _assigned(case: CaseRecord) -> bool:
    return case.version > 0 and case.state not in ("received", "assessed", *OUT_OF_COUNT)


def _assigned_at(case: CaseRecord) -> datetime:
    """When the unit first had it: what the lag of a safety alert is measured from (KPI 25)."""
    moved = next((move.at for move in case.life.moves if move.to == "assigned"), None)
    return moved or (case.life.moves[0].at if case.life.moves else case.life.holders[0].at)


async def refold(tx: Transaction, editions: Editions, case_ids: Collection[UUID], now: datetime) -> int:
    """Fold cases anew, without a new fact: a calendar was edited, or a pause reached its limit."""
    cases = await lock_cases(tx, case_ids)
    await fold(tx, editions, cases.values(), now)
    return len(cases)
