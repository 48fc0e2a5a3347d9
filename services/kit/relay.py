"""The relay: one more reader of a journal, which publishes what it reads to the journal's topic.

Partition = bucket mod partitions, so what is in order in a bucket is in order in its partition. Its place in each
bucket (`relay.position`) moves only after the brokers have acknowledged. Several relays of a service share the buckets
by leases; one that lost a lease without noticing repeats events at worst, and readers drop what they have.

Once a second each partition gets a mark: up to which position and which moment everything lies before it. By it a
reader knows how far it has read in time, and whether it has missed something.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge

from schemas.envelope import BUCKETS
from services.kit.broker import MOST_BYTES, TROUBLE
from services.kit.broker_settings import Kafka
from services.kit.database import Database
from services.kit.journal import EVENT_COLUMNS, columns
from services.kit.trouble import passes, told
from services.kit.wire import Mark, write_mark, write_row

log = structlog.get_logger()

PER_BUCKET = 100
"""Rows read of a bucket at once."""

MOST_ROWS = 4000
"""Rows read at once in all; two such pages are in memory at most."""

IDLE_SECONDS = 1.0
REST_SECONDS = 0.02
"""How long a relay waits after a small batch, so that batches grow under load."""

SMALL = 100
"""A batch with fewer events than this is small."""

LEASE_SECONDS = 6.0
"""How long a bucket stays with a relay that says nothing."""

RENEW_SECONDS = 1.0
MARK_SECONDS = 1.0

PUBLISHED = Counter("redress_relay_published", "Events the relay published, by source.", ["source"])
HELD = Gauge("redress_relay_buckets", "Buckets this process relays, by source.", ["source"])
FAILED = Counter("redress_relay_failures", "Times the relay had to begin again, by source.", ["source"])

OPEN = "insert into {s}.relay (bucket, position) select bucket, position from {s}.bucket on conflict do nothing"
"""A new relay begins at the end of the journal; what a reader lacks of before it asks for."""

SEEN = """
    with gone as (
        delete from {s}.relay_member where seen_at < clock_timestamp() - $2::float8 * interval '1 second'
    )
    insert into {s}.relay_member (holder, seen_at) values ($1, clock_timestamp())
    on conflict (holder) do update set seen_at = excluded.seen_at
"""

LEASE = """
    with share as (
        select ceil({buckets}.0 / greatest(1, count(*)))::int as most from {s}.relay_member
         where seen_at >= clock_timestamp() - $2::float8 * interval '1 second'
    ), mine as (
        select bucket from {s}.relay, share where holder = $1 and held_until > clock_timestamp()
         order by bucket limit (select most from share)
    ), free as (
        select bucket from {s}.relay where holder is null or held_until <= clock_timestamp()
         order by bucket limit greatest(0, (select most from share) - (select count(*) from mine))
         for update skip locked
    ), taken as (
        update {s}.relay set holder = $1, held_until = clock_timestamp() + $2::float8 * interval '1 second'
         where bucket in (select bucket from mine union all select bucket from free)
           and (holder is null or holder = $1 or held_until <= clock_timestamp())
        returning bucket, position
    ), left_over as (
        update {s}.relay set holder = null, held_until = null
         where holder = $1 and bucket not in (select bucket from mine union all select bucket from free)
    )
    select bucket, position from taken
"""
"""Renew what is ours within our share, take what is free, and give up what is over our share."""

RELEASE = "update {s}.relay set holder = null, held_until = null where holder = $1"

PENDING = """
    select j.* from unnest($1::smallint[], $2::bigint[]) as h(bucket, since)
      join {s}.bucket b on b.bucket = h.bucket and b.position > h.since
     cross join lateral (
        select {columns} from {s}.journal j
         where j.bucket = h.bucket and j.position > h.since order by j.position limit $3
     ) j order by j.bucket, j.position
"""

MOVE = """
    update {s}.relay r set position = m.position from unnest($2::smallint[], $3::bigint[]) as m(bucket, position)
     where r.bucket = m.bucket and r.holder = $1 and r.position < m.position
"""

STAND = """
    select statement_timestamp() as at, array_agg(bucket) as buckets, array_agg(position) as positions from (
        select bucket, position from {s}.bucket where bucket = any($1::smallint[]) order by bucket for share
    ) b
"""
"""Where the journal stands, with nothing under way: an append that took its position holds the counter until it
commits, and this waits for it. So everything recorded before `at` is at or below these positions."""


class Relay:
    """Publishes the journal of one service."""

    def __init__(self, database: Database, kafka: Kafka, *, name: str | None = None) -> None:
        self.database = database
        self.kafka = kafka
        self.source = database.service
        self.topic = kafka.topics.journal(self.source)
        self.name = name or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.at: dict[int, int] = {}
        """The buckets held, and how far each has been acknowledged."""
        self.alive_at = 0.0
        """When (monotonic) it last published or found nothing to publish."""
        self.bell = database.doorbell.listen((self.source,))
        self._marks: list[Mark] = []

    def sql(self, text: str) -> str:
        """A statement over the source's schema."""
        return text.format(s=self.source, columns=EVENT_COLUMNS, buckets=BUCKETS)

    async def run(self) -> None:
        """Relay for ever; trouble with database or broker is waited out."""
        pause = 0.2
        try:
            while True:
                try:
                    await self._with_producer()
                    pause = 0.2
                except Exception as problem:
                    if not (isinstance(problem, TROUBLE) or passes(problem)):
                        await log.aexception("relay failed", source=self.source)
                    FAILED.labels(self.source).inc()
                    pause = min(pause * 2, 5)
                    await log.awarning("relay begins again", source=self.source, error=told(problem), seconds=pause)
                    await asyncio.sleep(pause)
        finally:
            HELD.labels(self.source).set(0)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2):
                    await self.database.statement(self.sql(RELEASE), self.name)
                    await self.database.statement(self.sql("delete from {s}.relay_member where holder = $1"), self.name)

    async def _with_producer(self) -> None:
        producer = AIOKafkaProducer(
            **self.kafka.options(),
            client_id=f"redress-relay-{self.source}",
            acks="all",
            enable_idempotence=True,
            max_batch_size=MOST_BYTES,
            max_request_size=4 * MOST_BYTES,
            linger_ms=0,
            request_timeout_ms=15_000,
            metadata_max_age_ms=30_000,
        )
        await producer.start()
        self.at, self._marks = {}, []
        try:
            async with asyncio.TaskGroup() as tasks:
                leases = tasks.create_task(self._keep_leases())
                marks = tasks.create_task(self._make_marks())
                try:
                    await self._publish(producer)
                finally:
                    leases.cancel()
                    marks.cancel()
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            # What is not acknowledged is published again from the cursor; nobody waits for it here.
            stopping = asyncio.ensure_future(producer.stop())
            with contextlib.suppress(Exception):
                await asyncio.wait_for(stopping, 3)

    # leases

    async def lease(self) -> None:
        """Renew and share out the buckets once."""
        await self.database.statement(self.sql(SEEN), self.name, LEASE_SECONDS)
        rows = await self.database.read(self.sql(LEASE), self.name, LEASE_SECONDS)
        held = {row["bucket"]: row["position"] for row in rows}
        for bucket in set(self.at) - set(held):
            del self.at[bucket]
        for bucket, position in held.items():
            self.at.setdefault(bucket, position)
        HELD.labels(self.source).set(len(self.at))

    async def open(self) -> None:
        """Make sure a place stands for every bucket; a new relay begins at the end of the journal."""
        await self.database.statement(self.sql(OPEN))

    async def _keep_leases(self) -> None:
        await self.open()
        while True:
            await self.lease()
            self.bell.ring(self.source)
            await asyncio.sleep(RENEW_SECONDS)

    # marks

    async def _make_marks(self) -> None:
        while True:
            await asyncio.sleep(MARK_SECONDS)
            if self.at and len(self._marks) < 2:
                self._marks.append(await self.stand())
                self.bell.ring(self.source)

    async def stand(self) -> Mark:
        """A mark of where the journal stands now, for the buckets held."""
        (row,) = await self.database.read(self.sql(STAND), sorted(self.at))
        positions = dict(zip(row["buckets"] or (), row["positions"] or (), strict=True))
        return Mark(self.source, row["at"], positions)

    async def _publish_marks(self, producer: AIOKafkaProducer) -> None:
        """Publish every mark whose events have all been acknowledged; buckets lost since are left to their holder."""
        while self._marks:
            mark = self._marks[0]
            positions = {b: p for b, p in mark.positions.items() if b in self.at}
            if any(self.at[bucket] < position for bucket, position in positions.items()):
                return
            self._marks.pop(0)
            partitions = await self._partitions(producer)
            parts: dict[int, dict[int, int]] = defaultdict(dict)
            for bucket, position in positions.items():
                parts[bucket % partitions][bucket] = position
            await self._send(producer, {p: [write_mark(Mark(mark.source, mark.at, part))] for p, part in parts.items()})

    # events

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        clock = asyncio.get_running_loop().time
        following: asyncio.Task[list[Any]] | None = None
        read: dict[int, int] = {}
        try:
            while True:
                begun = clock()
                rows = await following if following else await self._pending(dict(self.at))
                following = None
                rows = [row for row in rows if row["position"] > self.at.get(row["bucket"], 2**62)]
                if rows:
                    read = dict(self.at)
                    for row in rows:
                        read[row["bucket"]] = row["position"]
                    if len(rows) >= SMALL:  # while these go out, the next are read
                        following = asyncio.ensure_future(self._pending(read))
                    await self._publish_rows(producer, rows)
                self.alive_at = clock()
                await self._publish_marks(producer)
                if following is not None:
                    continue
                if rows:
                    await asyncio.sleep(min(clock() - begun, REST_SECONDS))
                if not self.bell.take() and not rows:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.bell.wait(), IDLE_SECONDS)
        finally:
            if following is not None:
                following.cancel()

    async def _pending(self, since: Mapping[int, int]) -> list[Any]:
        if not since:
            return []
        buckets = sorted(since)
        each = max(1, min(PER_BUCKET, MOST_ROWS // len(buckets)))
        return await self.database.read(self.sql(PENDING), buckets, [since[bucket] for bucket in buckets], each)

    async def _publish_rows(self, producer: AIOKafkaProducer, rows: Sequence[Any]) -> None:
        """Publish in order, wait for the acknowledgement, then move the cursor."""
        partitions = await self._partitions(producer)
        messages: dict[int, list[bytes]] = defaultdict(list)
        moved: dict[int, int] = {}
        for row in rows:
            messages[row["bucket"] % partitions].append(write_row(self.source, row))
            moved[row["bucket"]] = row["position"]
        await self._send(producer, messages)
        await self.database.statement(self.sql(MOVE), self.name, *columns(sorted(moved.items()), 2))
        for bucket, position in moved.items():
            if bucket in self.at:
                self.at[bucket] = position
        PUBLISHED.labels(self.source).inc(len(rows))

    async def _partitions(self, producer: AIOKafkaProducer) -> int:
        found = await producer.partitions_for(self.topic)
        if not found:
            raise KafkaError(f"topic {self.topic} has no partitions")
        return len(found)

    async def _send(self, producer: AIOKafkaProducer, messages: Mapping[int, Sequence[bytes]]) -> None:
        """Send to several partitions at once, in order within each; returns when all are acknowledged."""
        sent: list[asyncio.Future[Any]] = []
        for partition, values in messages.items():
            batch = producer.create_batch()
            for value in values:
                if batch.append(key=None, value=value, timestamp=None) is None:
                    sent.append(await producer.send_batch(batch, self.topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(key=None, value=value, timestamp=None)
            batch.close()
            sent.append(await producer.send_batch(batch, self.topic, partition=partition))
        await asyncio.gather(*sent)
