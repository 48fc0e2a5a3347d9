"""The relay's rate, beside aiokafka producing the very same bytes with no database.

    python -m bench relay

Both publish the same events to a broker of this measurement's own, acknowledged by all, with an idempotent producer.
The relay reads them from the journal, writes them as CloudEvents and moves its place; the floor has the bytes ready and
only sends them.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer

from bench.figures import Figure, median
from bench.journal import NOW, fact
from scripts.kafka import Brokers
from services.kit.broker import MOST_BYTES, ensure_topics
from services.kit.broker_settings import Kafka, kafka_from
from services.kit.database import Database, new_id
from services.kit.embedded import EmbeddedPostgres
from services.kit.journal import EVENT_COLUMNS, open_buckets
from services.kit.migrate import migrate_async
from services.kit.relay import Relay
from services.kit.settings import SERVICES
from services.kit.wire import write_row

EVENTS, RUNS, BATCH = 20_000, 3, 500
GOAL = 0.5


async def fill(intake: Database) -> None:
    """A journal of so many events."""
    async with intake.transaction() as tx:
        await open_buckets(tx, "intake")
    for begun in range(0, EVENTS, 1000):
        async with intake.transaction() as tx:
            for number in range(begun, begun + 1000):
                tx.announce(fact(number), case_id=new_id(), at=NOW)


async def relayed(intake: Database, kafka: Kafka) -> float:
    """Events a second by the relay, from its first acknowledged batch to its place at the end."""
    await intake.statement("delete from intake.relay")
    await intake.statement("insert into intake.relay (bucket, position) select bucket, 0 from intake.bucket")
    relay = Relay(intake, kafka)
    running = asyncio.ensure_future(relay.run())
    begun = first = 0.0
    try:
        while True:
            (row,) = await intake.read("select sum(position)::bigint as n from intake.relay")
            if row["n"] and not first:
                begun, first = time.perf_counter(), float(row["n"])
            if row["n"] >= EVENTS:
                return (EVENTS - first) / (time.perf_counter() - begun)
            await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def bare(kafka: Kafka, values: list[tuple[int, bytes]]) -> float:
    """Events a second by aiokafka's `send`, which makes the batches."""
    producer = AIOKafkaProducer(
        **kafka.options(), acks="all", enable_idempotence=True, max_batch_size=MOST_BYTES, linger_ms=5
    )
    await producer.start()
    topic = kafka.topics.journal("intake")
    partitions = len(await producer.partitions_for(topic))
    begun = time.perf_counter()
    for first in range(0, len(values), BATCH):
        sent = [
            await producer.send(topic, value, partition=bucket % partitions)
            for bucket, value in values[first : first + BATCH]
        ]
        await asyncio.gather(*sent)
    seconds = time.perf_counter() - begun
    await producer.stop()
    return len(values) / seconds


async def measure(folder: Path, brokers: Brokers) -> list[Figure]:
    """The runs, by turns."""
    kafka = kafka_from(brokers.environment())
    assert kafka is not None
    server = EmbeddedPostgres.start(folder / "data")
    ours: list[float] = []
    floor: list[float] = []
    try:
        await migrate_async(server.url, SERVICES)
        intake = Database(server.url, "intake")
        await fill(intake)
        await ensure_topics(kafka, ["intake"], [])
        rows = await intake.read(f"select {EVENT_COLUMNS} from intake.journal order by position, bucket")
        values = [(row["bucket"], write_row("intake", row)) for row in rows]
        for _ in range(RUNS):
            floor.append(await bare(kafka, values))
            ours.append(await relayed(intake, kafka))
        await intake.close()
    finally:
        server.stop()
    size = sum(len(value) for _, value in values) / len(values)
    return [
        Figure(
            "events relayed",
            median(ours),
            "/s",
            floor=median(floor),
            floor_is="aiokafka, no database",
            at_least=GOAL,
            of_ratio=True,
            note=f"{size:,.0f} bytes each, {brokers.count} broker",
        )
    ]


def main() -> list[Figure]:
    """Run the measurement on a broker of its own."""
    with tempfile.TemporaryDirectory(prefix="redress-relay-") as name:
        brokers = Brokers(Path(name) / "kafka", 1)
        try:
            return asyncio.run(measure(Path(name), brokers.start()))
        finally:
            brokers.stop()
