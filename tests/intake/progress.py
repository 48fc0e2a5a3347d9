"""Facts of other services about a case, announced in their own journals as they would be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases import CaseMoved, CaseSnapshot
from schemas.clocks import Clock, ClockMet, ClockStarted, DeadlineMissed
from schemas.envelope import FreeText, Payload
from services.cli.runtime import Runtime
from services.kit.database import Database

LIFE = (
    "received", "assessed", "assigned", "investigating", "response_proposed", "decision_communicated",
    "implementing", "closed",
)  # fmt: skip


def snapshot(state: str, version: int, received_at: datetime, **fields: Any) -> CaseSnapshot:
    """What routing holds of a case."""
    values = {"tracking_number": "QCK-69-00001-A", "unit": "lodging", "policy_version": "quick-1", **fields}
    return CaseSnapshot(state=state, version=version, received_at=received_at, **values)


def moved(
    to: str,
    version: int,
    at: datetime,
    came_from: str | None = None,
    texts: dict[str, str] | None = None,
    **fields: Any,
) -> CaseMoved:
    """A step of a case."""
    actor = fields.pop("actor", "staff")
    recorded = fields.pop("recorded", {})
    reason = fields.pop("reason", None)
    return CaseMoved(
        case=snapshot(to, version, at, **fields),
        at=at,
        actor=actor,
        came_from=came_from,
        to=to,
        fields=recorded,
        texts={name: FreeText.of(text) for name, text in (texts or {}).items()},
        reason=FreeText.of(reason) if reason else None,
    )


def life_until(state: str, at: datetime, **fields: Any) -> list[CaseMoved]:
    """The usual steps up to and including a state."""
    steps: list[CaseMoved] = []
    before: str | None = None
    for version, to in enumerate(LIFE[: LIFE.index(state) + 1], 1):
        steps.append(moved(to, version, at, before, **fields))
        before = to
    return steps


def clock_facts(
    started: datetime, due: datetime, *, missed: bool = False, met: datetime | None = None
) -> list[Payload]:
    """The life of a resolution clock."""

    def clock(state: str, met_at: datetime | None = None, was_missed: bool = False) -> Clock:
        return Clock(
            target="resolve", state=state, started_at=started, due_at=due, met_at=met_at, missed=was_missed,
            policy_version="quick-1",
        )  # fmt: skip

    facts: list[Payload] = [ClockStarted(clock=clock("running"), version=1)]
    if missed:
        facts.append(DeadlineMissed(clock=clock("missed", was_missed=True), version=2))
    if met:
        state = "met_late" if missed else "met"
        facts.append(
            ClockMet(clock=clock(state, met, missed), version=len(facts) + 1, working_seconds=1, net_seconds=1)
        )
    return facts


async def announced(
    runtime: Runtime, database: Database, case_id: UUID, facts: Sequence[Payload], at: datetime
) -> None:
    """Write facts into the journals of their services and let intake read them."""
    for fact in facts:
        async with database.beside(fact.SOURCE).transaction() as tx:
            tx.announce(fact, case_id=case_id, at=at)
    await runtime.drain()
