"""A reader: follows other services' journals in order and applies each event exactly once.

Its cursor (source, bucket) -> position lives in its own database and moves in the transaction of the effects, so what
stands at or below the cursor is dropped and nothing else is needed against repeats. An event that fails is parked with
its reason and later events of the same case wait behind it, while the bucket flows on.
"""

from __future__ import annotations

import logging
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from schemas.envelope import BUCKETS, Event, UnknownEvent
from services.kit import metrics, tracing
from services.kit.database import Database, Transaction
from services.kit.journal import columns, open_buckets
from services.kit.listening import Handler, NotYet, Received, Subscriptions, decoded
from services.kit.trouble import told
from services.kit.unheard import note_unheard
from services.kit.verdicts import FeedSkipped, is_passing, outcome_of, verdict_on

log = structlog.get_logger()


CLAIM = """
    with given as (
        select * from unnest($2::smallint[], $3::bigint[], $4::bigint[]) as g(bucket, before, last)
    ), locked as materialized (
        select bucket, position from {service}.cursor
         where source = $1 and bucket = any($2::smallint[]) order by bucket for update
    ), fitting as (
        select g.bucket, g.last from given g join locked l on l.bucket = g.bucket and l.position = g.before
    ), moved as (
        update {service}.cursor c set position = f.last from fitting f
         where c.source = $1 and c.bucket = f.bucket
           and (select count(*) from fitting) = cardinality($2::smallint[]) returning 1
    )
    select (select count(*) from moved) as moved,
           (select array_agg(distinct case_id) from {service}.parked
             where source = $1 and case_id = any($5::uuid[])) as held
"""
"""Lock the cursors, move all of them if each stands right before its events (else none), and name the cases held."""


@dataclass(slots=True)
class Taken:
    """What came of a batch."""

    applied: int = 0
    dropped: int = 0
    parked: int = 0
    tally: Tally[tuple[str, str]] = field(default_factory=Tally)
    """The same by (type, outcome), as `metrics.EVENTS` counts it."""


class Reader:
    """Applies batches of events of any feed to one service."""

    def __init__(self, database: Database, subscriptions: Subscriptions) -> None:
        self.database = database
        self.subscriptions = subscriptions
        self.service = database.service

    async def prepare(self) -> None:
        """Make sure a cursor stands for every source and bucket, and the counters of the service's own journal."""
        async with self.database.transaction() as tx:
            await open_buckets(tx, self.service)
            await tx.execute(
                f"insert into {self.service}.cursor (source, bucket) select s, b from unnest($1::text[]) s,"
                f" generate_series(0, {BUCKETS - 1}) b on conflict do nothing",
                list(self.subscriptions.sources),
            )

    async def take(self, source: str, events: Sequence[Event]) -> Taken:
        """Apply a batch of one source in one transaction; when it fails, in halves, down to the events that cannot be
        applied, which are parked. So one that waits for another journal costs the others of its batch little.
        """
        if not events:
            return Taken()
        if len(events) == 1:
            return await self._take_one(source, events[0])
        try:
            async with self.database.transaction() as tx:
                taken = await self.apply(tx, source, events)
            metrics.count_events(self.service, source, taken.tally)
            return taken
        except Exception as problem:
            if is_passing(problem):
                raise
            tell = log.ainfo if isinstance(problem, NotYet) else log.awarning
            await tell(
                "batch failed, taking it in halves", reader=self.service, source=source, events=len(events),
                error=told(problem),
            )  # fmt: skip
        half = len(events) // 2
        first, second = await self.take(source, events[:half]), await self.take(source, events[half:])
        return Taken(first.applied + second.applied, first.dropped + second.dropped, first.parked + second.parked)

    async def apply(self, tx: Transaction, source: str, events: Sequence[Event]) -> Taken:
        """Apply a batch inside `tx` and move the cursors with it.

        Raises:
            FeedSkipped: a position is missing between the cursor and the batch.
        """
        fresh, held = await self._claimed(tx, source, events)
        taken = Taken(dropped=len(events) - len(fresh))
        wanted: list[Event] = []
        others: list[Event] = []
        for event in fresh:
            (wanted if self.subscriptions.wants(event) else others).append(event)
        await note_unheard(tx, others)
        if taken.dropped:
            new = {(event.bucket, event.position) for event in fresh}
            taken.tally += metrics.tallied((e for e in events if (e.bucket, e.position) not in new), "dropped")
        if others:
            taken.tally += metrics.tallied(others, "skipped")
        if held:
            waiting = [event for event in wanted if event.case_id in held]
            await self._park(tx, waiting, "waiting", "an earlier event of the same case is parked")
            wanted = [event for event in wanted if event.case_id not in held]
            taken.parked = len(waiting)
            taken.tally += metrics.tallied(waiting, "waiting")
        await self.dispatch(tx, wanted)
        taken.applied = len(wanted)
        taken.tally += metrics.tallied(wanted, "applied")
        return taken

    async def _claimed(self, tx: Transaction, source: str, events: Sequence[Event]) -> tuple[list[Event], set[UUID]]:
        """Move the cursors past the batch: the events that were not applied before, and the cases that are held.

        As a rule every bucket goes on right after its cursor, and one statement does it all.
        """
        spans = _spans(events)
        if spans is not None:
            row = await tx.fetchrow(
                CLAIM.format(service=self.service),
                source,
                *columns(spans, 3),
                list({event.case_id for event in events}),
            )
            if row is not None and row["moved"] == len(spans):
                return list(events), set(row["held"] or ())
        fresh = await self._unapplied(tx, source, events)
        return fresh, await self._held_cases(tx, source, fresh) if fresh else set()

    async def _unapplied(self, tx: Transaction, source: str, events: Sequence[Event]) -> list[Event]:
        """The events above the cursors, which are moved; what stands at or below them is left out.

        Raises:
            FeedSkipped: a position is missing between a cursor and the batch.
        """
        buckets = sorted({event.bucket for event in events})
        cursors = {
            row["bucket"]: row["position"]
            for row in await tx.fetch(
                f"select bucket, position from {self.service}.cursor"
                " where source = $1 and bucket = any($2::smallint[]) order by bucket for update",
                source,
                buckets,
            )
        }
        fresh: list[Event] = []
        for event in events:
            at = cursors[event.bucket]
            if event.position <= at:
                continue
            if event.position != at + 1:
                raise FeedSkipped(f"{source} bucket {event.bucket}: {at + 1} expected, {event.position} came")
            cursors[event.bucket] = event.position
            fresh.append(event)
        await tx.execute(
            f"update {self.service}.cursor c set position = m.position"
            " from unnest($2::smallint[], $3::bigint[]) as m(bucket, position)"
            " where c.source = $1 and c.bucket = m.bucket",
            source,
            *columns([(bucket, cursors[bucket]) for bucket in buckets], 2),
        )
        return fresh

    async def dispatch(self, tx: Transaction, events: Iterable[Event]) -> None:
        """Hand the events to their handlers in rounds: the n-th event of every case, grouped by type."""
        rounds: list[dict[tuple[object, Handler], list[Received]]] = []
        gathered: dict[tuple[object, Handler], list[Received]] = defaultdict(list)
        seen: dict[UUID, int] = defaultdict(int)
        for event in events:
            key = (event.source, event.type, event.version)
            if key not in self.subscriptions.handlers:
                raise UnknownEvent(
                    f"{event.type} version {event.version} is newer than this release: upgrade, then replay"
                )
            turn = seen[event.case_id]
            seen[event.case_id] += 1
            if turn == len(rounds):
                rounds.append(defaultdict(list))
            received = Received(event, decoded(event))
            for handler in self.subscriptions.handlers[key]:
                if handler in self.subscriptions.gathering:
                    gathered[None, handler].append(received)
                else:
                    rounds[turn][key, handler].append(received)
        for calls in (*rounds, gathered):
            for (_, handler), items in calls.items():
                with tracing.following(self.service, [item.event for item in items]) as tx.causes:
                    await handler(tx, items)
                    if log.is_enabled_for(logging.DEBUG):
                        await self._told(items)
        tx.causes = {}

    async def _told(self, items: Sequence[Received]) -> None:
        for event, _ in items:
            await log.adebug(
                "event handled",
                reader=self.service,
                source=event.source,
                type=event.type,
                case_id=str(event.case_id),
                event_id=str(event.id),
                trace_id=tracing.Doing(event.traceparent).trace_id,
            )

    async def _take_one(self, source: str, event: Event) -> Taken:
        try:
            async with self.database.transaction() as tx:
                taken = await self.apply(tx, source, [event])
            metrics.count_events(self.service, source, taken.tally)
            return taken
        except Exception as problem:
            if is_passing(problem):
                raise
            status, reason = verdict_on(problem)
            outcome = outcome_of(problem, status)
        async with self.database.transaction() as tx:
            await self._park(tx, [event], status, reason)
            await tx.execute(
                f"update {self.service}.cursor set position = $3"
                " where source = $1 and bucket = $2 and position = $3 - 1",
                source,
                event.bucket,
                event.position,
            )
        tally = metrics.tallied([event], outcome)
        metrics.count_events(self.service, source, tally)
        if status == "failed":
            await log.aerror(
                "event parked",
                reader=self.service,
                type=event.type,
                case_id=str(event.case_id),
                event_id=str(event.id),
                trace_id=tracing.Doing(event.traceparent).trace_id,
                reason=reason.split("\n")[0],
            )
        return Taken(parked=1, tally=tally)

    async def _held_cases(self, tx: Transaction, source: str, events: Sequence[Event]) -> set[UUID]:
        rows = await tx.fetch(
            f"select distinct case_id from {self.service}.parked where source = $1 and case_id = any($2::uuid[])",
            source,
            [event.case_id for event in events],
        )
        return {row["case_id"] for row in rows}

    async def _park(self, tx: Transaction, events: Sequence[Event], status: str, reason: str) -> None:
        await tx.executemany(
            f"insert into {self.service}.parked (source, bucket, position, case_id, type, status, reason, event)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            [(e.source, e.bucket, e.position, e.case_id, e.type, status, reason, e.to_cloudevent()) for e in events],
        )


def _spans(events: Sequence[Event]) -> list[tuple[int, int, int]] | None:
    """Bucket, position before the first and position of the last event of each; None where one is missing between."""
    spans: dict[int, tuple[int, int]] = {}
    for event in events:
        before, last = spans.get(event.bucket, (event.position - 1, event.position - 1))
        if event.position != last + 1:
            return None
        spans[event.bucket] = before, event.position
    return [(bucket, *spans[bucket]) for bucket in sorted(spans)]
