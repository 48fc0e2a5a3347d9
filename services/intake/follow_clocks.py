"""Keep up with sla: what is promised until when, and what was missed. Right in any order: the newest version wins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from schemas.clocks import AlertRaised, DeadlineMissed
from services.intake.follow_case import NewStep, add_steps
from services.kit.database import Transaction
from services.kit.journal import columns
from services.kit.listening import Received

LEVELS = ("unit_head", "line_manager", "executive")
"""Levels of management above the owner, lowest first."""


async def follow_clocks(tx: Transaction, received: Sequence[Received]) -> None:
    """Take over each clock as it stands."""
    await tx.execute(
        "insert into intake.tracking_clock as t"
        " (case_id, target, cycle, version, state, started_at, due_at, met_at, missed, pauses)"
        # A list within a list would be taken for a second dimension, so the pauses travel as text.
        " select case_id, target, cycle, version, state, started_at, due_at, met_at, missed, pauses::jsonb"
        " from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::text[], $6::timestamptz[],"
        " $7::timestamptz[], $8::timestamptz[], $9::bool[], $10::text[])"
        " as c(case_id, target, cycle, version, state, started_at, due_at, met_at, missed, pauses)"
        " on conflict (case_id, target, cycle) do update set version = excluded.version, state = excluded.state,"
        " started_at = excluded.started_at, due_at = excluded.due_at, met_at = excluded.met_at,"
        " missed = excluded.missed, pauses = excluded.pauses where t.version < excluded.version",
        *columns([_clock(item) for item in received], 10),
    )


def _clock(item: Received) -> tuple[Any, ...]:
    clock = item.fact.clock
    pauses = [[begun.isoformat(), ended.isoformat() if ended else None] for begun, ended in clock.pauses]
    return (
        item.event.case_id, clock.target, clock.cycle, item.fact.version, clock.state, clock.started_at, clock.due_at,
        clock.met_at, clock.missed, orjson.dumps(pauses).decode(),
    )  # fmt: skip


async def follow_misses(tx: Transaction, received: Sequence[Received]) -> None:
    """Own up to a missed date of the decision; the smaller promises are between the office and its managers."""
    await follow_clocks(tx, received)
    steps = []
    for item in received:
        fact: DeadlineMissed = item.fact
        if fact.clock.target == "resolve" and not fact.historical_case:
            at = fact.clock.due_at or item.event.occurred_at
            steps.append(
                NewStep(
                    item.event.case_id, item.event.id, item.event.position, at, "missed", {"cycle": fact.clock.cycle}
                )
            )
    await add_steps(tx, steps)


async def follow_withdrawn_misses(tx: Transaction, received: Sequence[Received]) -> None:
    """A miss that was none is taken out of the timeline."""
    await follow_clocks(tx, received)
    await tx.execute(
        "delete from intake.tracking_step s"
        " using unnest($1::uuid[], $2::text[], $3::text[]) as w(case_id, target, cycle)"
        " where s.case_id = w.case_id and s.code = 'missed' and w.target = 'resolve'"
        " and s.detail ->> 'cycle' = w.cycle",
        *columns([(item.event.case_id, item.fact.clock.target, str(item.fact.clock.cycle)) for item in received], 3),
    )


async def follow_alerts(tx: Transaction, received: Sequence[Received]) -> None:
    """Note the highest level of management that was told of the missed decision date."""
    told = [
        (item.event.case_id, LEVELS.index(level), item.fact.sent_at)
        for item in received
        if item.fact.clock.missed and item.fact.clock.target == "resolve" and (level := level_of(item.fact)) in LEVELS
    ]
    if not told:
        return
    await tx.execute(
        "insert into intake.tracking as t (case_id, told_level, told_at)"
        " select case_id, ($4::text[])[level + 1], at from unnest($1::uuid[], $2::int[], $3::timestamptz[])"
        " as a(case_id, level, at)"
        " on conflict (case_id) do update set told_level = excluded.told_level, told_at = excluded.told_at"
        " where t.told_level is null"
        " or array_position($4::text[], t.told_level) < array_position($4::text[], excluded.told_level)",
        *columns(told, 3),
        list(LEVELS),
    )


def level_of(fact: AlertRaised) -> str:
    """The level of the escalation chain in an alert's level, which may carry the step: `unit_head:missed`."""
    return fact.level.split(":")[0]
