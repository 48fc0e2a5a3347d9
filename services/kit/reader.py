"""A reader: follows other services' journals in order and applies each event exactly once.

Its cursor (source, bucket) -> position lives in its own database and moves in the transaction of the effects, so what
stands at or below the cursor is dropped and nothing else is needed against repeats. An event that fails is parked with
its reason and later events of the same case wait behind it, while the bucket flows on.
"""

from __future__ import annotations

import logging
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import pydantic
import structlog

from schemas.envelope import BUCKETS, Event, Payload, UnknownEvent
from services.kit import metrics, tracing
from services.kit.database import Database, Transaction
from services.kit.errors import RedressError
from services.kit.journal import columns, open_buckets
from services.kit.trouble import passes, told
from services.kit.unheard import note_unheard

log = structlog.get_logger()


DECODED_KEPT = 2048
"""How many decoded facts are kept for the other readers."""


class NotYet(Exception):
    """A fact this event needs has not arrived from another journal; it is tried again by itself."""


class FeedSkipped(Exception):
    """A feed left out a position. Nothing is applied; the feed has to begin again after the cursor."""


class Received(NamedTuple):
    """An event with its typed fact."""

    event: Event
    fact: Any


Handler = Callable[[Transaction, Sequence[Received]], Awaitable[None]]


class Subscriptions:
    """The one visible map of what a service listens to.

    A handler is given several events of one type at once, never two of the same case, so it can work set-based; it
    must be right under repetition and in any order between journals.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.handlers: dict[tuple[str, str, int], list[Handler]] = defaultdict(list)
        self.gathering: set[Handler] = set()

    def on(self, *facts: type[Payload]) -> Callable[[Handler], Handler]:
        """Register a handler of batches."""

        def register(handler: Handler) -> Handler:
            for fact in facts:
                self.handlers[fact.SOURCE, fact.TYPE, fact.VERSION].append(handler)
            return handler

        return register

    def gather(self, *facts: type[Payload]) -> Callable[[Handler], Handler]:
        """Register a handler of everything of these facts in a batch at once: several of a case too, of each type.

        For facts that carry a version of their own, so that the newest wins in any order: one call a batch instead of
        one for each type and turn. Called after all other handlers of the batch.
        """

        def register(handler: Handler) -> Handler:
            self.gathering.add(handler)
            return self.on(*facts)(handler)

        return register

    def each(self, *facts: type[Payload]) -> Callable[[EachHandler], EachHandler]:
        """Register a handler of one event at a time."""

        def register(handler: EachHandler) -> EachHandler:
            async def one_by_one(tx: Transaction, received: Sequence[Received]) -> None:
                for item in received:
                    with tracing.one_of(tx.causes, item.event):
                        await handler(tx, item.event, item.fact)

            self.on(*facts)(one_by_one)
            return handler

        return register

    @property
    def sources(self) -> tuple[str, ...]:
        """The services whose journals are read."""
        return tuple(sorted({source for source, _, _ in self.handlers}))

    def wants(self, event: Event) -> bool:
        """Whether a handler listens to this event. A version newer than those known is wanted, and will be parked."""
        if (event.source, event.type, event.version) in self.handlers:
            return True
        return any(s == event.source and t == event.type and event.version > v for s, t, v in self.handlers)


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


EachHandler = Callable[[Transaction, Event, Any], Awaitable[None]]


_decoded: dict[tuple[UUID, str, str | None], Payload] = {}


def decoded(event: Event) -> Payload:
    """The fact of an event; four readers in one process decode it once. Erasure makes it another one."""
    key = (event.id, event.body, event.texts)
    fact = _decoded.get(key)
    if fact is None:
        if len(_decoded) >= DECODED_KEPT:
            _decoded.clear()
        fact = _decoded[key] = event.payload()
    return fact


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
            if _passing(problem):
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
        await self._dispatch(tx, wanted)
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

    async def _dispatch(self, tx: Transaction, events: Iterable[Event]) -> None:
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
            if _passing(problem):
                raise
            status, reason = _verdict(problem)
            outcome = _outcome(problem, status)
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

    async def retry(self, *, limit: int = 200, also_failed: tuple[str, int, int] | None = None) -> int:
        """Try parked events again, each case in order from its first; returns how many could be applied.

        Args:
            also_failed: (source, bucket, position) of a failed event an administrator asked to replay.
        """
        rows = await self.database.read(
            f"select distinct on (source, case_id) source, bucket, position, case_id, status from {self.service}.parked"
            " order by source, case_id, position",
        )
        applied = 0
        for row in rows[:limit]:
            asked = also_failed == (row["source"], row["bucket"], row["position"])
            if row["status"] == "failed" and not asked:
                continue
            applied += await self.retry_case(row["source"], row["case_id"])
        return applied

    async def retry_case(self, source: str, case_id: UUID) -> int:
        """Apply the parked events of one case in order until one fails again; returns how many could be."""
        applied = 0
        while True:
            try:
                async with self.database.transaction() as tx:
                    row = await tx.fetchrow(
                        f"select source, bucket, position, event from {self.service}.parked where source = $1"
                        " and case_id = $2 order by position limit 1 for update skip locked",
                        source,
                        case_id,
                    )
                    if row is None:
                        return applied
                    key = (row["source"], row["bucket"], row["position"])
                    await self._dispatch(tx, [Event.from_cloudevent(row["event"])])
                    await tx.execute(
                        f"delete from {self.service}.parked where source = $1 and bucket = $2 and position = $3", *key
                    )
                applied += 1
            except Exception as problem:
                if _passing(problem):
                    raise
                status, reason = _verdict(problem)
                async with self.database.transaction() as tx:
                    await tx.execute(
                        f"update {self.service}.parked set status = $4, reason = $5, tried = tried + 1"
                        " where source = $1 and bucket = $2 and position = $3",
                        *key,
                        status,
                        reason,
                    )
                return applied


def _spans(events: Sequence[Event]) -> list[tuple[int, int, int]] | None:
    """Bucket, position before the first and position of the last event of each; None where one is missing between."""
    spans: dict[int, tuple[int, int]] = {}
    for event in events:
        before, last = spans.get(event.bucket, (event.position - 1, event.position - 1))
        if event.position != last + 1:
            return None
        spans[event.bucket] = before, event.position
    return [(bucket, *spans[bucket]) for bucket in sorted(spans)]


def _verdict(problem: Exception) -> tuple[str, str]:
    if isinstance(problem, NotYet):
        return "not_yet", str(problem)
    if isinstance(problem, UnknownEvent):  # names type and version, nothing of the body
        return "failed", str(problem)
    if isinstance(problem, pydantic.ValidationError):
        return "failed", f"the body does not fit its version: {problem.error_count()} mistakes"
    if isinstance(problem, RedressError):
        return "failed", f"{problem} {problem.remedy}".strip()
    return "failed", told(problem)


def _outcome(problem: Exception, status: str) -> str:
    """The outcome as it is counted: what this release does not know is told from what failed."""
    if isinstance(problem, UnknownEvent):
        return "unknown"
    return "parked" if status == "not_yet" else "failed"


def _passing(problem: Exception) -> bool:
    """Whether the trouble is the database's or the machine's, not the event's: then the batch is tried again."""
    return isinstance(problem, FeedSkipped) or passes(problem)
