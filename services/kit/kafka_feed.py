"""How events reach a reader over Kafka: FastStream batch subscribers, one consumer group a service.

Cursors move in the transaction of the effects, offsets after it, so a repeat is dropped and nothing is left out. A
position that is missing (a relay had to begin again, the topic kept less long, a new database) holds back what comes
after it in its bucket; the next mark shows that it will not come by itself, and it is asked for (`kit/replay.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from faststream import AckPolicy
from prometheus_client import Counter, Gauge

from schemas.envelope import Event
from services.kit.broker import MOST_BYTES, broker_of, ensure_topics
from services.kit.broker_settings import Kafka
from services.kit.feeds import Standing
from services.kit.journal import columns
from services.kit.journal_pages import PAGE, Stretch
from services.kit.reader import Reader
from services.kit.replay import ReplayClient, waits
from services.kit.retry_parked import retry
from services.kit.settings import SERVICES
from services.kit.trouble import no_room, told
from services.kit.verdicts import FeedSkipped
from services.kit.wire import Mark, NotOurs, read

log = structlog.get_logger()

MOST_RECORDS = 1000
"""Messages taken at once."""

APPLIED_AT_ONCE = 500
"""Events in one transaction."""

WAIT_MS = 40
"""How long a batch is waited for, and slept after an empty one."""

MOST_KEPT = 20_000
"""Events held back behind a missing one; more are let go and asked for later."""

Key = tuple[str, int]
"""Source and bucket."""

MISSED = Counter("redress_reader_missed", "Positions a reader had to ask for again.", ["reader", "source"])
UNREADABLE = Counter("redress_reader_unreadable", "Messages that none of us wrote.", ["reader", "source"])
BEHIND = Gauge("redress_reader_behind_seconds", "How long ago the newest mark read was made.", ["reader", "source"])

HEARD = """
    update {reader}.cursor c set heard_until = greatest(c.heard_until, $2)
      from unnest($3::smallint[], $4::bigint[]) as m(bucket, position)
     where c.source = $1 and c.bucket = m.bucket and c.position >= m.position
    returning c.bucket
"""


@dataclass(slots=True)
class Lag:
    """How far a reader is behind a source: events known of and not read, and until when (UTC) it knows everything."""

    events: int
    heard: datetime | None


class KafkaFeed:
    """Feeds one reader from the topics of its sources."""

    def __init__(self, reader: Reader, kafka: Kafka) -> None:
        self.reader = reader
        self.kafka = kafka
        self.client = ReplayClient(kafka, reader.service)
        self.connected = False
        self._subscriber: Any = None
        self._stale = True
        self._cursors: dict[Key, int] = {}
        self._offsets: dict[tuple[str, int], int] = {}
        self._kept: dict[Key, dict[int, Event]] = defaultdict(dict)
        self._known: dict[Key, int] = {}
        self._filling: dict[str, asyncio.Task[None]] = {}
        self._taking = asyncio.Lock()

    async def prepare(self) -> None:
        """Make every cursor stand, as one that is moved over the broker."""
        await self.reader.prepare()
        await self.reader.database.statement(
            f"update {self.reader.service}.cursor set heard_until = 'epoch'::timestamptz where heard_until is null"
        )

    async def run(self) -> None:
        """Follow for ever; trouble with broker or database is waited out, never skipped."""
        pause = 0.5
        retrying: asyncio.Task[None] | None = None
        while True:
            broker = broker_of(self.kafka)
            try:
                await ensure_topics(self.kafka, SERVICES, SERVICES)
                await self.prepare()
                await self._load()
                self._subscribe(broker)
                await broker.start()
                self.connected, pause = True, 0.5
                retrying = asyncio.get_running_loop().create_task(self._retry_parked())
                await retrying
            except Exception as problem:
                if not waits(problem):
                    await log.aexception("reader failed", reader=self.reader.service)
                await log.awarning("reader waits", reader=self.reader.service, error=told(problem), seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)
            finally:
                self.connected = False
                if retrying is not None:
                    retrying.cancel()
                for task in self._filling.values():
                    task.cancel()
                self._filling.clear()
                with contextlib.suppress(Exception):
                    await broker.stop()
                await self.client.stop()

    @property
    def sources(self) -> tuple[str, ...]:
        """The journals followed."""
        return self.reader.subscriptions.sources

    def _subscribe(self, broker: Any) -> None:
        session = int(self.kafka.session_seconds * 1000)
        self._subscriber = broker.subscriber(
            *(self.kafka.topics.journal(source) for source in self.sources),
            batch=True,
            group_id=self.kafka.topics.group(self.reader.service),
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            max_records=MOST_RECORDS,
            batch_timeout_ms=WAIT_MS,
            fetch_max_wait_ms=250,
            max_partition_fetch_bytes=4 * MOST_BYTES,
            session_timeout_ms=session,
            heartbeat_interval_ms=max(200, session // 4),
            decoder=_as_it_is,
        )
        self._subscriber(self._hear)

    async def _hear(self, message: Any) -> None:
        """One batch: apply it, then let the group know. Trouble that passes begins again where it stood."""
        try:
            await self.hear(message.raw_message)
        except Exception as problem:
            if not waits(problem) and not isinstance(problem, FeedSkipped):
                await log.aexception("a batch could not be taken", reader=self.reader.service)
            await log.awarning("reader waits", reader=self.reader.service, error=told(problem), seconds=1)
            await asyncio.sleep(1)
            self._stale = True
            with contextlib.suppress(Exception):
                await message.nack()
            return
        try:
            await message.ack()
        except Exception as problem:  # another has the partition now, and drops what we have done
            await log.ainfo("offsets not kept", reader=self.reader.service, error=told(problem))

    async def hear(self, records: Iterable[Any]) -> None:
        """Apply what a batch of messages holds, and keep what its marks say."""
        if not self.reader.database.room.works:
            raise no_room()
        events: dict[str, list[Event]] = defaultdict(list)
        marks: dict[str, list[Mark]] = defaultdict(list)
        offsets: dict[tuple[str, int], int] = {}
        for record in records:
            offsets[record.topic, record.partition] = record.offset + 1
            try:
                found = read(record.value)
            except NotOurs as problem:
                UNREADABLE.labels(self.reader.service, record.topic).inc()
                await log.aerror(
                    "a message could not be read", topic=record.topic, partition=record.partition,
                    offset=record.offset, error=str(problem),
                )  # fmt: skip
                continue
            if isinstance(found, Mark):
                marks[found.source].append(found)
            else:
                events[found.source].append(found)
        for source in self.sources:
            if events[source]:
                await self.take(source, events[source])
            if marks[source]:
                await self._mark(source, marks[source])
        self._offsets |= offsets

    async def take(self, source: str, events: Sequence[Event]) -> int:
        """Apply what follows on the cursors; what lies behind a missing position is kept. Returns how many applied."""
        async with self._taking:
            if self._stale:
                await self._load()
            for event in events:
                known = self._cursors[source, event.bucket]
                if event.position > known and self._room_for(source, event):
                    self._kept[source, event.bucket][event.position] = event
            touched = [key for key, kept in self._kept.items() if key[0] == source and kept]
            if any(self._kept[key].get(self._cursors[key] + 1) is None for key in touched):
                await self._load()  # another process of this service may have read what is missing here
            return await self._apply(source, touched)

    def _room_for(self, source: str, event: Event) -> bool:
        if event.position == self._cursors[source, event.bucket] + 1:
            return True
        return sum(len(kept) for kept in self._kept.values()) < MOST_KEPT + MOST_RECORDS

    async def _apply(self, source: str, touched: Iterable[Key]) -> int:
        """Apply every run of events that follows on a cursor, in transactions of a bounded size."""
        applied = 0
        while True:
            ready: list[Event] = []
            for key in sorted(touched):
                at = self._cursors[key]
                while len(ready) < APPLIED_AT_ONCE and (event := self._kept[key].get(at + 1)) is not None:
                    ready.append(event)
                    at += 1
            if not ready:
                return applied
            try:
                taken = await self.reader.take(source, ready)
            except FeedSkipped:
                # The cursor stands lower than was thought: the database was restored. What is missing is asked for.
                await self._load()
                return applied
            applied += taken.applied
            for event in ready:
                self._cursors[source, event.bucket] = event.position
                self._kept[source, event.bucket].pop(event.position, None)

    async def _load(self) -> None:
        """Where the cursors stand in the database; what they have passed need not be kept."""
        rows = await self.reader.database.read(
            f"select source, bucket, position from {self.reader.service}.cursor where source = any($1::text[])",
            list(self.sources),
        )
        self._cursors = {(row["source"], row["bucket"]): row["position"] for row in rows}
        self._stale = False
        for key, kept in self._kept.items():
            for position in [p for p in kept if p <= self._cursors.get(key, 0)]:
                del kept[position]

    # marks

    async def _mark(self, source: str, marks: Sequence[Mark]) -> None:
        """Note how far everything has been heard, and ask for what a mark shows to be missing."""
        newest: dict[int, tuple[datetime, int]] = {}
        for mark in marks:
            for bucket, position in mark.positions.items():
                newest[bucket] = max(newest.get(bucket, (mark.at, position)), (mark.at, position))
        by_time: dict[datetime, list[tuple[int, int]]] = defaultdict(list)
        for bucket, (at, position) in newest.items():
            by_time[at].append((bucket, position))
            self._known[source, bucket] = max(self._known.get((source, bucket), 0), position)
        heard: set[int] = set()
        for at, places in sorted(by_time.items()):
            rows = await self.reader.database.read(
                HEARD.format(reader=self.reader.service), source, at, *columns(sorted(places), 2)
            )
            heard |= {row["bucket"] for row in rows}
            BEHIND.labels(self.reader.service, source).set((datetime.now(UTC) - at).total_seconds())
        if missed := sorted(set(newest) - heard):
            await self._fill(source, missed)

    async def _fill(self, source: str, buckets: Sequence[int]) -> None:
        running = self._filling.get(source)
        if running is None or running.done():
            self._filling[source] = asyncio.get_running_loop().create_task(self._ask_for(source, buckets))

    async def _ask_for(self, source: str, buckets: Sequence[int]) -> None:
        """Ask the source for everything between the cursors and the marks, page by page."""
        try:
            async with self._taking:
                await self._load()
            asked = 0
            while True:
                gaps = [
                    Stretch(bucket, self._cursors[source, bucket], self._until(source, bucket))
                    for bucket in buckets
                    if self._cursors[source, bucket] < self._known[source, bucket]
                ]
                if not gaps:
                    break
                if not asked:
                    await log.awarning(
                        "events are missing and asked for", reader=self.reader.service, source=source,
                        buckets=len(gaps), events=sum(gap.until - gap.since for gap in gaps),
                    )  # fmt: skip
                events = await self.client.page(source, gaps, PAGE)
                if not events:
                    await log.aerror(
                        "events are missing and nobody has them", reader=self.reader.service, source=source,
                        buckets=[gap.bucket for gap in gaps],
                    )  # fmt: skip
                    break
                asked += len(events)
                MISSED.labels(self.reader.service, source).inc(len(events))
                await self.take(source, events)
        except Exception as problem:
            if not waits(problem):
                await log.aexception("a replay failed", reader=self.reader.service, source=source)
            await log.awarning("reader waits", reader=self.reader.service, source=source, error=told(problem))

    def _until(self, source: str, bucket: int) -> int:
        """Up to where to ask: what is kept of later events need not come twice."""
        kept = self._kept[source, bucket]
        return min(kept) - 1 if kept else self._known[source, bucket]

    async def _retry_parked(self) -> None:
        while True:
            await asyncio.sleep(1)
            if self.reader.database.room.works:
                try:
                    await retry(self.reader)
                except Exception as problem:
                    if not waits(problem):
                        raise

    async def lag(self, source: str) -> Lag:
        """How far this reader is behind a source: by the marks it has read, and by what lies on its partitions."""
        (row,) = await self.reader.database.read(
            f"select min(heard_until) as heard from {self.reader.service}.cursor where source = $1", source
        )
        unread = sum(
            max(0, position - self._cursors.get(key, 0)) for key, position in self._known.items() if key[0] == source
        )
        return Lag(max(unread, self._waiting(source)), row["heard"])

    async def standing(self) -> list[Standing]:
        """How far the reader is behind in every journal: in time by the marks, since events may be unknown."""
        found = []
        for source in self.sources:
            lag = await self.lag(source)
            found.append(Standing(source, lag.events, lag.heard))
        return found

    def _waiting(self, source: str) -> int:
        """Messages on the partitions of this process that have not been taken, as far as is known."""
        consumer: Any = getattr(self._subscriber, "consumer", None)
        if consumer is None:
            return 0
        waiting, topic = 0, self.kafka.topics.journal(source)
        for place in consumer.assignment():
            end, taken = consumer.highwater(place), self._offsets.get((place.topic, place.partition))
            if place.topic == topic and end is not None and taken is not None:
                waiting += max(0, end - taken)
        return waiting


async def _as_it_is(message: Any) -> Any:
    """A decoder that leaves a message as it came."""
    return message
