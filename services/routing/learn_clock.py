"""Learn what sla says of a case's clocks, and put the case where its next deadline belongs in the queue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from schemas.clocks import DeadlineMissed, MissWithdrawn, SlaFact
from schemas.envelope import canonical
from services.kit.database import Transaction
from services.kit.listening import Received
from services.routing.store import Line, insert_lines

UPSERT = """
    insert into routing.clock_copy as k
        (case_id, target, cycle, version, state, started_at, due_at, met_at, missed, priority, calendar, within,
         policy_version, paused_seconds, pauses, unit, owner)
    select u.case_id, u.target, u.cycle, u.version, u.state, u.started_at, u.due_at, u.met_at, u.missed, u.priority,
           u.calendar, u.within, u.policy_version, u.paused_seconds, u.pauses::jsonb, u.unit, u.owner
      from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::text[], $6::timestamptz[], $7::timestamptz[],
        $8::timestamptz[], $9::bool[], $10::text[], $11::text[], $12::text[], $13::text[], $14::float8[], $15::text[],
        $16::text[], $17::uuid[])
        as u(case_id, target, cycle, version, state, started_at, due_at, met_at, missed, priority, calendar, within,
             policy_version, paused_seconds, pauses, unit, owner)
    on conflict (case_id, target, cycle) do update set
        version = excluded.version, state = excluded.state, started_at = excluded.started_at, due_at = excluded.due_at,
        met_at = excluded.met_at, missed = excluded.missed, priority = excluded.priority,
        calendar = excluded.calendar, within = excluded.within, policy_version = excluded.policy_version,
        paused_seconds = excluded.paused_seconds, pauses = excluded.pauses, unit = excluded.unit,
        owner = excluded.owner
    where k.version < excluded.version
"""

REFRESH = """
    update routing.case c
       set due_at = n.due_at, due_target = n.target, due_started_at = n.started_at, paused = n.paused, missed = n.missed
      from (
        select i.case_id, coalesce(r.due_at, p.due_at) due_at, coalesce(r.target, p.target) target,
               coalesce(r.started_at, p.started_at) started_at, m.missed,
               r.target is null and p.target is not null paused
          from unnest($1::uuid[]) i(case_id)
          cross join lateral (
            select bool_or(k.missed) missed from routing.clock_copy k where k.case_id = i.case_id) m
          left join lateral (
            select k.target, k.due_at, k.started_at from routing.clock_copy k
             where k.case_id = i.case_id and k.state in ('running', 'missed') and k.due_at is not null
             order by k.due_at, k.target limit 1) r on true
          left join lateral (
            select k.target, k.due_at, k.started_at from routing.clock_copy k
             where k.case_id = i.case_id and k.state = 'paused'
             order by k.due_at nulls last, k.target limit 1) p on true
         where m.missed is not null) n
     where c.id = n.case_id
       and (c.due_at, c.due_target, c.due_started_at, c.paused, c.missed)
           is distinct from (n.due_at, n.target, n.started_at, n.paused, n.missed)
"""
"""The next deadline over the clocks that are not over; cases of which no clock is known keep what was promised."""


async def refresh_due(tx: Transaction, case_ids: Iterable[UUID]) -> None:
    """Work out anew which deadline comes next for each case."""
    await tx.execute(REFRESH, sorted(case_ids))


async def learn_clocks(tx: Transaction, received: Sequence[Received]) -> None:
    """Keep the newest of each clock. The case itself may not have arrived yet; opening it asks for its clocks."""
    newest: dict[tuple[UUID, str, int], Received] = {}
    lines: list[tuple[UUID, int | None, Line]] = []
    for item in received:
        event, fact = item
        key = (event.case_id, fact.clock.target, fact.clock.cycle)
        if key not in newest or newest[key].fact.version < fact.version:
            newest[key] = item
        if not event.historical and (line := _line(event.occurred_at, fact)) is not None:
            lines.append((event.case_id, None, line))
    rows: list[tuple[Any, ...]] = []
    for event, fact in newest.values():
        clock = fact.clock
        # As text: a list within a parameter would be taken for one more dimension of the array.
        pauses = canonical([[begun.isoformat(), until.isoformat() if until else None] for begun, until in clock.pauses])
        rows.append(
            (
                event.case_id, clock.target, clock.cycle, fact.version, clock.state, clock.started_at, clock.due_at,
                clock.met_at, clock.missed, clock.priority, clock.calendar, clock.within, clock.policy_version,
                clock.paused_seconds, pauses, clock.unit, clock.owner,
            )
        )  # fmt: skip
    await tx.execute(UPSERT, *(list(column) for column in zip(*rows, strict=True)))
    await refresh_due(tx, {event.case_id for event, _ in received})
    await insert_lines(tx, lines)


def _line(at: Any, fact: SlaFact) -> Line | None:
    fields: dict[str, Any] = {"target": fact.clock.target, "cycle": fact.clock.cycle}
    if fact.clock.due_at is not None:
        fields["due_at"] = fact.clock.due_at.isoformat()
    if isinstance(fact, DeadlineMissed):
        return Line("missed", at, "system", fields=fields)
    if isinstance(fact, MissWithdrawn):
        return Line("miss_withdrawn", at, "system", fields={**fields, "why": fact.why})
    return None


async def learn_alerts(tx: Transaction, received: Sequence[Received]) -> None:
    """Note in the timeline who was alerted."""
    lines: list[tuple[UUID, int | None, Line]] = []
    for event, fact in received:
        fields = {
            "target": fact.clock.target,
            "cycle": fact.clock.cycle,
            "level": fact.level,
            "recipient": str(fact.recipient) if fact.recipient else None,
            "recipient_unit": fact.recipient_unit,
        }
        lines.append((event.case_id, None, Line("alert", fact.sent_at, "system", fields=fields)))
    await insert_lines(tx, lines)
