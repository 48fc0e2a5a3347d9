"""The sweep: finds every warning, breach, escalation step and end of a pause that is due, and makes it happen once.

One partial index finds them all, so the cost follows what is due and not what is open; replicas share the work by
`for update skip locked`. It judges no further than the events it has read: what was recorded later may still say that
a deadline was kept (domain §4.9, §4.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge

from schemas.clocks import DeadlineMissed
from services.kit.database import Database, Transaction
from services.kit.errors import RedressError
from services.kit.frontier import read_until
from services.sla.clocks import View, clocks_of
from services.sla.deadlines import MISSED, Timing, pending
from services.sla.editions import Editions
from services.sla.keep_clocks import refold
from services.sla.raise_alerts import Occasion, raise_alerts
from services.sla.records import CLOCK_COLUMNS, CaseRecord, Kept, kept_of, read_cases, save_clocks
from services.sla.release_alerts import release_alerts
from services.sla.settling import entitlement_for, levels_for, next_moment, timing_of
from services.sla.terms import Terms, terms_for

log = structlog.get_logger()

BATCH = 500
"""Clocks taken at once; the sweep goes on until none is left, so that no case starves behind it."""

SETTLING = timedelta(milliseconds=300)
"""What happened this recently may not have been committed yet, so it is not judged yet."""

LAG_BOUND = timedelta(seconds=15)
"""A reader further behind than this raises the operator's alarm: breaches are found late while it lasts."""

RETRY = timedelta(minutes=5)
"""When a clock that could not be judged is looked at again."""

SOURCES = ("intake", "routing")
"""The journals that can say that a deadline was kept."""

LAG = Gauge("redress_sla_reader_lag_seconds", "How far the sweep's horizon lies behind the present.")
WAITING = Gauge("redress_sla_sweep_waiting", "1 while the sweep waits for a reader that lags by more than the bound.")
HELD = Gauge("redress_sla_cases_held", "Cases with a clock that is due but not judged: an event of theirs is parked.")
FOUND = Counter("redress_sla_due_things", "Clocks the sweep found something due for.")

TAKE = f"""
    select {", ".join(CLOCK_COLUMNS)} from sla.clock k
     where next_at < $1
       and not exists (select 1 from sla.parked p where p.source = any($2::text[]) and p.case_id = k.case_id)
     order by next_at limit {BATCH} for update skip locked
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one run of the sweep did. `waiting`: the reader lags by more than the bound."""

    horizon: datetime
    found: int
    alerts: int
    waiting: bool
    held: int


async def sweep(database: Database, editions: Editions, now: datetime) -> Swept:
    """Judge everything that is due, up to what has been read. Right when run late, twice, or beside another."""
    horizon = await horizon_of(database, now)
    found = alerts = 0
    refolded: list[UUID] = []
    while True:
        async with database.transaction() as tx:
            batch = await sweep_batch(tx, editions, horizon, now)
        if batch.stale:
            async with database.transaction() as tx:
                await refold(tx, editions, batch.stale, now)
        found, alerts = found + batch.judged, alerts + batch.alerts
        if not batch.judged and (not batch.stale or batch.stale == refolded):
            break
        refolded = batch.stale
    async with database.transaction() as tx:
        alerts += await release_alerts(tx, now)
    FOUND.inc(found)
    return await _report(database, horizon, now, found, alerts)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: clocks judged, alerts raised, and the cases that have to be folded anew before they can be."""

    judged: int
    alerts: int
    stale: list[UUID]


async def horizon_of(database: Database, now: datetime) -> datetime:
    """Up to when everything that happened has been read: the recording of the oldest event that has not."""
    return min(await read_until(database, database.service, SOURCES, now), now - SETTLING)


async def sweep_batch(tx: Transaction, editions: Editions, horizon: datetime, now: datetime) -> Batch:
    """Judge one batch of clocks."""
    taken = [kept_of(row) for row in await tx.fetch(TAKE, horizon, list(SOURCES))]
    if not taken:
        return Batch(0, 0, [])
    # A statement of its own: it sees the cases as they stand now that their clocks are locked.
    cases = await read_cases(tx, {kept.case_id for kept in taken})
    known = await editions.all(tx)
    occasions: list[Occasion] = []
    changed: list[Kept] = []
    stale: list[UUID] = []
    for kept in taken:
        case = cases[kept.case_id]
        try:
            terms = terms_for(known, kept.policy_version, now, case.life.unit, case.life.service_point)
            view = _view_of(kept, case, terms, now)
            timing = timing_of(view) if view else None
            if terms is None or view is None or timing is None:
                stale.append(kept.case_id)
                continue
            judged, reached = judge(tx, kept, view, timing, case, terms, horizon)
        except RedressError as problem:
            # One clock that cannot be judged (a calendar that never opens again) must not keep the others waiting.
            await log.aerror(
                "clock cannot be judged", case_id=str(kept.case_id), target=kept.target, error=str(problem)
            )
            judged, reached = replace(kept, next_at=now + RETRY), []
        changed.append(judged)
        occasions += reached
    await save_clocks(tx, changed)
    return Batch(len(changed), await raise_alerts(tx, editions, occasions, now), stale)


def _view_of(kept: Kept, case: CaseRecord, terms: Terms | None, now: datetime) -> View | None:
    """The clock as the facts have it; None when that is not how it was kept: a pause ended, a calendar was edited."""
    if terms is None:
        return None
    view = next((view for view in clocks_of(case.life, terms, now) if view.key == kept.key), None)
    if view is None or view.due_at != kept.due_at or view.pause_limit != kept.pause_limit or not view.is_open:
        return None
    return view


def judge(
    tx: Transaction, kept: Kept, view: View, timing: Timing, case: CaseRecord, terms: Terms, horizon: datetime
) -> tuple[Kept, list[Occasion]]:
    """A clock with everything that is due happened to it: its breach announced, its levels reached."""
    new = replace(kept)
    if not kept.missed and timing.due_at < horizon:
        new.missed, new.state = True, MISSED
        new.unit, new.owner = case.life.holder_at(timing.due_at)
        new.version += 1
        fact = DeadlineMissed(
            clock=new.announced(),
            version=new.version,
            entitlement=entitlement_for(terms, new, case.category),
            historical_case=kept.historical,
        )
        tx.announce(fact, case_id=case.case_id, at=timing.due_at, historical=kept.historical)
    if kept.historical:
        new.next_at = next_moment(new, view, terms)
        return new, []
    reached = sorted(
        ((at, level) for at, level in pending(levels_for(view, terms), kept.levels_fired, timing) if at < horizon),
        key=lambda pair: (pair[0], pair[1].percent),
    )
    new.fired = " ".join([*kept.fired.split(), *(level.code for _, level in reached)])
    new.next_at = next_moment(new, view, terms)
    return new, [
        Occasion(
            case, kept.target, kept.cycle, level.code, level.chain, at, level.quiet,
            known_at=max(at, view.known_since or at),
        )
        for at, level in reached
    ]  # fmt: skip


async def _report(database: Database, horizon: datetime, now: datetime, found: int, alerts: int) -> Swept:
    """Tell the operator where the sweep stands: metrics, a row for `redress doctor`, and an alarm when it waits."""
    lag = now - horizon
    waiting = lag > LAG_BOUND
    rows = await database.read(
        "select (select waiting_since from sla.sweep) as waiting_since, (select ran_at from sla.sweep) as ran_at,"
        " (select count(distinct k.case_id) from sla.parked p join sla.clock k on k.case_id = p.case_id"
        "   where p.source = any($2::text[]) and k.next_at < $1) as held",
        horizon,
        list(SOURCES),
    )
    held, since, ran_at = rows[0]["held"], rows[0]["waiting_since"], rows[0]["ran_at"]
    LAG.set(lag.total_seconds())
    WAITING.set(waiting)
    HELD.set(held)
    if waiting and since is None:
        await log.aerror(
            "sweep waits: its reader lags", lag_seconds=round(lag.total_seconds()), bound=LAG_BOUND.seconds
        )
    if held:
        await log.aerror("cases are not judged: an event of theirs is parked", cases=held)
    quiet = not found and not alerts and not held and waiting == (since is not None)
    if ran_at is None or not quiet or now - ran_at > timedelta(seconds=10):
        await database.statement(
            "insert into sla.sweep as s (single, ran_at, horizon, waiting_since, held_cases, found)"
            " values (true, $1, $2, $3, $4, $5) on conflict (single) do update set ran_at = $1, horizon = $2,"
            " waiting_since = case when $3::timestamptz is null then null else coalesce(s.waiting_since, $3) end,"
            " held_cases = $4, found = $5",
            now,
            horizon,
            now if waiting else None,
            held,
            found,
        )
    return Swept(horizon, found, alerts, waiting, held)
