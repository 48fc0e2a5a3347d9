"""The relay: everything of a journal, in order, after the acknowledgement; buckets shared, a lost one harmless."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer

from schemas.complaints import ComplainantActed
from schemas.envelope import BUCKETS, Event, FreeText
from services.kit import relay as relaying
from services.kit.broker import ensure_topics
from services.kit.broker_settings import Kafka
from services.kit.database import Database, new_id
from services.kit.journal import EVENT_COLUMNS, event_of, open_buckets
from services.kit.relay import Relay
from services.kit.wire import Mark, read, write_row

pytestmark = pytest.mark.kafka

AT = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)


async def tell(database: Database, case: UUID, *texts: str) -> None:
    """Let intake announce something about a case."""
    async with database.beside("intake").transaction() as tx:
        for text in texts:
            tx.announce(ComplainantActed(action="add", at=AT, text=FreeText.of(text)), case_id=case, at=AT)


@asynccontextmanager
async def running(*work: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Tasks for the length of the block."""
    tasks = [asyncio.ensure_future(one()) for one in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def intake(database: Database, kafka: Kafka) -> Database:
    """Intake with an open journal, and its topic."""
    here = database.beside("intake")
    async with here.transaction() as tx:
        await open_buckets(tx, "intake")
    await ensure_topics(kafka, ["intake"], [])
    return here


class Listening:
    """Whoever reads a topic from its beginning."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self.consumer = AIOKafkaConsumer(topic, **kafka.options(), auto_offset_reset="earliest")
        self.events: list[Event] = []
        self.marks: list[Mark] = []

    async def __aenter__(self) -> Listening:
        await self.consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.consumer.stop()

    async def until(self, enough: Callable[[], bool], seconds: float = 30) -> None:
        """Read until there is enough."""
        async with asyncio.timeout(seconds):
            while not enough():
                for records in (await self.consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        found = read(record.value)
                        (self.marks if isinstance(found, Mark) else self.events).append(found)  # type: ignore[arg-type]

    def ids(self) -> set[UUID]:
        """The events that came."""
        return {event.id for event in self.events}


async def test_a_written_row_reads_as_the_event_it_is(intake: Database) -> None:
    await tell(intake, new_id(), 'น้ำ "ไม่" ไหล\\ \n')
    (row,) = await intake.read(f"select {EVENT_COLUMNS} from intake.journal")
    assert read(write_row("intake", row)) == event_of("intake", row)


async def test_everything_is_published_in_order_within_each_bucket(intake: Database, kafka: Kafka) -> None:
    async with running(Relay(intake, kafka).run), Listening(kafka, kafka.topics.journal("intake")) as topic:
        await topic.until(lambda: bool(topic.marks))
        for _ in range(30):
            await tell(intake, new_id(), "a", "b", "c")
        await topic.until(lambda: len(topic.ids()) == 90)
        order: dict[int, list[int]] = defaultdict(list)
        for event in topic.events:
            order[event.bucket].append(event.position)
        assert all(positions == sorted(positions) for positions in order.values())


async def test_a_mark_comes_after_everything_it_vouches_for(intake: Database, kafka: Kafka) -> None:
    async with running(Relay(intake, kafka).run), Listening(kafka, kafka.topics.journal("intake")) as topic:
        await topic.until(lambda: bool(topic.marks))
        await tell(intake, new_id(), "a", "b")
        written = await intake.read("select max(recorded_at) as at from intake.journal")
        bucket = (await intake.read("select bucket from intake.journal"))[0]["bucket"]
        topic.marks.clear()
        await topic.until(lambda: any(m.positions.get(bucket) == 2 and m.at > written[0]["at"] for m in topic.marks))
        assert len(topic.events) == 2


async def test_the_relay_stands_no_further_than_what_was_acknowledged(intake: Database, kafka: Kafka) -> None:
    relay = Relay(intake, kafka)
    async with running(relay.run), Listening(kafka, kafka.topics.journal("intake")) as topic:
        await topic.until(lambda: bool(topic.marks))
        await tell(intake, new_id(), "a")
        await topic.until(lambda: len(topic.ids()) == 1)

        async def moved() -> bool:
            return bool((await intake.read("select sum(position) as n from intake.relay"))[0]["n"] == 1)

        async with asyncio.timeout(10):
            while not await moved():
                await asyncio.sleep(0.02)


async def test_several_relays_share_the_buckets_and_one_that_ends_leaves_them_to_the_others(
    intake: Database, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "RENEW_SECONDS", 0.1)
    one, two = Relay(intake, kafka, name="one"), Relay(intake, kafka, name="two")

    async def held(name: str) -> int:
        rows = await intake.read("select count(*) as n from intake.relay where holder = $1", name)
        return int(rows[0]["n"])

    async with running(one.run):
        async with asyncio.timeout(20):
            while await held("one") != BUCKETS:
                await asyncio.sleep(0.05)
        async with running(two.run), asyncio.timeout(20):
            while (await held("one"), await held("two")) != (BUCKETS // 2, BUCKETS // 2):
                await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            while await held("one") != BUCKETS:
                await asyncio.sleep(0.05)


async def test_a_dead_relay_loses_its_buckets_when_its_lease_ends(
    intake: Database, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "LEASE_SECONDS", 0.5)
    dead, heir = Relay(intake, kafka, name="dead"), Relay(intake, kafka, name="heir")
    await dead.open()
    await dead.lease()
    assert len(dead.at) == BUCKETS
    await heir.lease()
    assert not heir.at
    async with asyncio.timeout(10):
        while len(heir.at) < BUCKETS:
            await asyncio.sleep(0.05)
            await heir.lease()


async def test_two_relays_on_one_bucket_publish_no_gap(intake: Database, kafka: Kafka) -> None:
    """The one that lost its lease does not know it yet, and repeats."""
    one, two = Relay(intake, kafka, name="one"), Relay(intake, kafka, name="two")
    await one.open()

    async def hold_on(relay: Relay) -> None:
        relay.at = {row["bucket"]: row["position"] for row in await intake.read("select * from intake.relay")}

    for relay in (one, two):
        monkeyed = relay

        async def lease(relay: Relay = monkeyed) -> None:
            if not relay.at:
                await hold_on(relay)

        relay.lease = lease  # type: ignore[method-assign]
    async with running(one.run, two.run), Listening(kafka, kafka.topics.journal("intake")) as topic:
        await topic.until(lambda: len(topic.marks) > 4)
        for _ in range(20):
            await tell(intake, new_id(), "a", "b")
        await topic.until(lambda: len(topic.ids()) == 40)
        furthest: dict[int, int] = defaultdict(int)
        for event in topic.events:
            assert event.position <= furthest[event.bucket] + 1, "a position was left out"
            furthest[event.bucket] = max(furthest[event.bucket], event.position)
