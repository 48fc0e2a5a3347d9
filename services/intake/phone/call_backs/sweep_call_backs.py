"""The clock of the call-backs: warn at the policy's share of the working time, note the breach, tell who must know.

A clock of intake's own, because a call back is no case (`docs/decisions/0046-call-backs-keep-their-own-clock.md`). One
partial index finds what is due; replicas share it; a level is reached once, whenever the sweep runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import structlog
from prometheus_client import Gauge

from schemas.calls import CallBackAlerted
from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import contacts_of
from services.intake.phone.call_backs.whom_to_tell import whom_to_tell
from services.intake.phone.desk_hours import call_back_clock, levels, next_level
from services.intake.phone.life import RINGS_AT_MOST
from services.intake.phone.take_call import settle_debt
from services.kit.copies import Staff
from services.kit.database import Transaction
from services.kit.journal import columns
from services.kit.service import Context

log = structlog.get_logger()

BATCH = 200
OVERDUE = Gauge("redress_call_backs_overdue", "Callers who are owed a call and whose time is over")


async def sweep_call_backs(context: Context, now: datetime) -> int:
    """Everything that is due now; returns how many levels were reached."""
    await end_forgotten_calls(context, now)
    reached = 0
    while True:
        async with context.database.transaction() as tx:
            bundle = await context.copies.in_force(tx, now)
            staff = await context.copies.staff(tx)
            await _recompute(tx, bundle, now)
            found, batch = await _batch(tx, bundle, staff, now)
        reached += found
        if batch < BATCH:
            break
    (row,) = await context.database.read(
        "select count(*) n from intake.call_back where state = 'open' and due_at < $1", now
    )
    OVERDUE.set(row["n"])
    return reached


async def end_forgotten_calls(context: Context, now: datetime) -> None:
    """A call that has been ringing for ten minutes has ended: the switchboard was cut off from us in between."""
    async with context.database.transaction() as tx:
        rows = await tx.fetch(
            "update intake.phone_call set missed_at = changed_at, state = 'missed', changed_at = $1"
            " where id in (select id from intake.phone_call where state = 'ringing' and changed_at < $2"
            f" order by changed_at limit {BATCH} for update skip locked) returning *",
            now,
            now - RINGS_AT_MOST,
        )
        if rows:
            await log.awarning("calls ended without the switchboard saying so", calls=len(rows))
            bundle = await context.copies.in_force(tx, now)
            for row in rows:
                await settle_debt(tx, dict(row), bundle, contacts_of(context.settings), now)


async def _recompute(tx: Transaction, bundle: PolicyBundle, now: datetime) -> None:
    """A new policy or calendar moves the deadline of open tasks; one that was missed before stays missed."""
    rows = await tx.fetch(
        "select id, rang_at, fired from intake.call_back where state = 'open' and policy_version <> $1 and not missed"
        f" order by due_at limit {BATCH} for update skip locked",
        bundle.version,
    )
    for row in rows:
        clock = call_back_clock(bundle, row["rang_at"])
        await tx.execute(
            "update intake.call_back set due_at = $2, calendar = $3, policy_version = $4, next_at = $5 where id = $1",
            row["id"],
            clock.due_at,
            clock.calendar,
            bundle.version,
            next_level(bundle, row["rang_at"], clock.due_at, row["fired"]),
        )


async def _batch(tx: Transaction, bundle: PolicyBundle, staff: Staff, now: datetime) -> tuple[int, int]:
    rows = await tx.fetch(
        "select * from intake.call_back where state = 'open' and next_at <= $1"
        f" order by next_at limit {BATCH} for update skip locked",
        now,
    )
    reached, notices = 0, []
    for row in rows:
        levels_new, told = await _reach(tx, dict(row), bundle, staff, now)
        reached += levels_new
        notices += told
    if notices:
        await _notify(tx, notices, now)
    return reached, len(rows)


async def _reach(
    tx: Transaction, row: Mapping[str, Any], bundle: PolicyBundle, staff: Staff, now: datetime
) -> tuple[int, list[tuple[Any, ...]]]:
    """The levels that a task has reached, announced: how many, and each with whom it is to be told to."""
    known = set(row["fired"].split())
    due = [(at, level) for at, level in levels(bundle, row["rang_at"], row["due_at"]) if at <= now]
    new = [(at, level) for at, level in due if level not in known]
    notices: list[tuple[Any, ...]] = []
    for at, level in new:
        recipients = whom_to_tell(bundle, staff, row["taken_by"], missed=level == "missed", now=now)
        fact = CallBackAlerted(level=level, threshold_at=at, recipients=recipients)
        tx.announce(fact, case_id=row["id"], at=now)
        notices += [(row, level, person) for person in recipients]
        if not recipients:
            await log.aerror("a call back found no person to be told", call_back=str(row["id"]), level=level)
    fired = " ".join([*row["fired"].split(), *(level for _, level in new)])
    await tx.execute(
        "update intake.call_back set fired = $2, missed = missed or $3, next_at = $4 where id = $1",
        row["id"],
        fired,
        any(level == "missed" for _, level in new),
        next_level(bundle, row["rang_at"], row["due_at"], fired),
    )
    return len(new), notices


async def _notify(tx: Transaction, notices: Sequence[tuple[Any, ...]], now: datetime) -> None:
    """Hand them to the outbox, by which alerts leave: what is due together is one message to a person."""
    rows = [
        (
            notice_id(row["id"], level, person), person, level, row["due_at"], level == "missed", row["taken_by"],
            level == "missed", now,
        )
        for row, level, person in notices
    ]  # fmt: skip
    await tx.execute(
        "insert into intake.staff_notice (alert_id, staff_id, level, target, due_at, missed, owner, urgent, raised_at,"
        " learned_at) select n.id, n.person, n.level, 'call_back', n.due, n.missed, n.owner, n.urgent, n.at, n.at"
        " from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bool[], $6::uuid[], $7::bool[],"
        " $8::timestamptz[]) as n(id, person, level, due, missed, owner, urgent, at) on conflict do nothing",
        *columns(rows, 8),
    )


def notice_id(call_back: UUID, level: str, person: UUID) -> UUID:
    """The same for the same level and person, so that nobody is told twice."""
    return uuid5(call_back, f"{level}:{person}")
