"""Readers over Kafka: once and in order through repeats, gaps, rebalances, restarts and new databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer

from schemas.envelope import Event, bucket_of
from services.kit.broker import ensure_topics
from services.kit.broker_settings import Kafka
from services.kit.database import Database, new_id
from services.kit.frontier import read_until
from services.kit.journal import EVENT_COLUMNS, event_of, open_buckets
from services.kit.journal_pages import Stretch
from services.kit.kafka_feed import KafkaFeed
from services.kit.reader import Reader
from services.kit.relay import Relay
from services.kit.replay import ReplayClient, ReplayServer
from services.kit.settings import SERVICES
from services.kit.wire import write_row
from tests.kit.test_reader import Notebook
from tests.kit.test_relay import running, tell

pytestmark = pytest.mark.kafka


@pytest.fixture
async def notebook(database: Database, kafka: Kafka) -> Notebook:
    """A reader of intake in sla's schema, and the topics."""
    here = database.beside("sla")
    await here.statement("create table notebook (case_id uuid, line text, n serial)")
    async with database.beside("intake").transaction() as tx:
        await open_buckets(tx, "intake")
    await Relay(database.beside("intake"), kafka).open()
    await ensure_topics(kafka, SERVICES, SERVICES)
    notebook = Notebook(here)
    await notebook.reader.prepare()
    return notebook


def feed_of(notebook: Notebook, kafka: Kafka) -> KafkaFeed:
    """Another process of the same service."""
    return KafkaFeed(Reader(notebook.database, notebook.subscriptions), kafka)


async def until(what: str, probe: Callable[[], Awaitable[bool]], seconds: float = 40) -> None:
    """Wait until it is so."""
    try:
        async with asyncio.timeout(seconds):
            while not await probe():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s in vain for {what}") from None


async def read_all(notebook: Notebook) -> bool:
    """Whether the cursors stand at the end of the journal."""
    rows = await notebook.database.read(
        "select coalesce(sum(b.position - c.position), 0) as n from intake.bucket b"
        " join sla.cursor c on c.source = 'intake' and c.bucket = b.bucket"
    )
    return bool(rows[0]["n"] == 0)


async def journal(database: Database) -> list[Event]:
    """Everything intake announced."""
    rows = await database.read(f"select {EVENT_COLUMNS} from intake.journal order by bucket, position")
    return [event_of("intake", row) for row in rows]


async def test_events_of_a_case_are_applied_in_order_and_once(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    cases = [new_id() for _ in range(20)]
    async with running(Relay(database.beside("intake"), kafka).run, feed_of(notebook, kafka).run):
        for case in cases:
            await tell(database, case, "a", "b")
        for case in cases:
            await tell(database, case, "c")
        await until("everything to be read", lambda: read_all(notebook))
    for case in cases:
        assert await notebook.lines(case) == ["a", "b", "c"]


async def test_a_new_database_is_filled_from_the_journal_while_live_events_arrive(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    """The relay begins at the end of the journal: what was before is asked for, and answered with the original ids."""
    intake = database.beside("intake")
    old, live = [new_id() for _ in range(30)], [new_id() for _ in range(10)]
    for case in old:
        await tell(database, case, "a", "b")
    await intake.statement("delete from intake.relay")
    async with running(Relay(intake, kafka).run, ReplayServer(intake, kafka).run, feed_of(notebook, kafka).run):
        for case in live:
            await tell(database, case, "now")
            await tell(database, old[0], "still")
        await until("everything to be read", lambda: read_all(notebook))
    assert await notebook.lines(old[0]) == ["a", "b", *["still"] * 10]
    for case in old[1:]:
        assert await notebook.lines(case) == ["a", "b"]
    for case in live:
        assert await notebook.lines(case) == ["now"]


async def test_what_is_behind_a_missing_position_waits_until_it_comes(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    case = new_id()
    await tell(database, case, "a", "b", "c", "d")
    feed = feed_of(notebook, kafka)
    await feed.prepare()
    first, second, third, fourth = await journal(database)
    assert await feed.take("intake", [third, fourth]) == 0
    assert await notebook.lines(case) == []
    assert await feed.take("intake", [first, first]) == 1
    assert await feed.take("intake", [second, third]) == 3
    assert await feed.take("intake", [first, second, third, fourth]) == 0
    assert await notebook.lines(case) == ["a", "b", "c", "d"]


async def test_a_repeat_by_another_process_of_the_service_is_dropped(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    case = new_id()
    await tell(database, case, "a", "b", "c")
    events = await journal(database)
    one, two = feed_of(notebook, kafka), feed_of(notebook, kafka)
    await one.prepare()
    await one.take("intake", events[:1])
    await two.take("intake", events[:2])
    await one.take("intake", events[2:])
    await two.take("intake", events)
    assert await notebook.lines(case) == ["a", "b", "c"]


async def test_two_processes_of_a_service_share_the_work_and_a_stopped_one_loses_nothing(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    quick = replace(kafka, session_seconds=6.0)
    cases = [new_id() for _ in range(40)]
    one, two = feed_of(notebook, quick), feed_of(notebook, quick)
    async with running(Relay(database.beside("intake"), kafka).run, two.run):
        async with running(one.run):
            for case in cases:
                await tell(database, case, "a")
        for case in cases:
            await tell(database, case, "b")
        await until("everything to be read", lambda: read_all(notebook))
    for case in cases:
        assert await notebook.lines(case) == ["a", "b"]


async def test_a_message_nobody_of_us_wrote_stops_nothing(database: Database, notebook: Notebook, kafka: Kafka) -> None:
    case = new_id()
    async with running(Relay(database.beside("intake"), kafka).run, feed_of(notebook, kafka).run):
        async with AIOKafkaProducer(**kafka.options()) as stranger:
            for partition in range(4):
                for value in (b"not json", b"{}", None):
                    await stranger.send_and_wait(kafka.topics.journal("intake"), value, key=b"k", partition=partition)
        await tell(database, case, "a")
        await until("everything to be read", lambda: read_all(notebook))
    assert await notebook.lines(case) == ["a"]


async def test_a_poison_event_is_parked_and_the_partition_flows_on(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    sick, well = new_id(), new_id()
    while bucket_of(well) != bucket_of(sick):
        well = new_id()
    notebook.poison = {"poison"}
    async with running(Relay(database.beside("intake"), kafka).run, feed_of(notebook, kafka).run):
        await tell(database, sick, "before", "poison", "after")
        await tell(database, well, "fine")
        await until("everything to be read", lambda: read_all(notebook))
    assert await notebook.lines(sick) == ["before"]
    assert await notebook.lines(well) == ["fine"]
    assert [status for status, _ in await notebook.parked()] == ["failed", "waiting"]


async def test_events_parked_as_not_yet_are_tried_again_by_themselves(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    case = new_id()
    notebook.missing = {"early"}
    async with running(Relay(database.beside("intake"), kafka).run, feed_of(notebook, kafka).run):
        await tell(database, case, "early", "later")
        await until("everything to be read", lambda: read_all(notebook))
        assert await notebook.lines(case) == []
        notebook.missing = set()

        async def both() -> bool:
            return await notebook.lines(case) == ["early", "later"]

        await until("both to be applied", both)


async def test_a_reader_knows_up_to_when_it_has_read_by_marks_alone(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    async def known() -> datetime:
        return await read_until(notebook.database, "sla", ["intake"], datetime.now(UTC) + timedelta(days=1))

    async with running(feed_of(notebook, kafka).run):
        async with running(Relay(database.beside("intake"), kafka).run):
            await tell(database, new_id(), "a")
            (written,) = await database.read("select max(recorded_at) as at from intake.journal")

            async def heard() -> bool:
                return bool(await known() > written["at"])

            await until("a mark", heard)
            assert await read_all(notebook)
        stopped = datetime.now(UTC)
        await tell(database, new_id(), "nobody relays this")
        assert await known() <= stopped


async def test_a_replay_answers_with_the_original_events_page_by_page(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    intake = database.beside("intake")
    case: UUID = new_id()
    await tell(database, case, *"abcdefgh")
    expected = await journal(database)
    bucket = bucket_of(case)
    async with running(ReplayServer(intake, kafka).run), ReplayClient(kafka, "sla") as client:
        got: list[Event] = []
        while page := await client.page("intake", [Stretch(bucket, len(got), 7)], 3):
            assert len(page) <= 3
            got += page
    assert got == expected[:7]


async def test_more_partitions_later_keep_the_order_of_every_case(
    database: Database, notebook: Notebook, kafka: Kafka
) -> None:
    """After growing, a bucket goes on in another partition: what overtakes waits, and is not lost."""
    case = new_id()
    await tell(database, case, "a", "b", "c")
    rows = await database.read(f"select {EVENT_COLUMNS} from intake.journal order by position")
    values = [write_row("intake", row) for row in rows]
    async with running(feed_of(notebook, kafka).run), AIOKafkaProducer(**kafka.options()) as producer:
        topic = kafka.topics.journal("intake")
        await producer.send_and_wait(topic, values[1], partition=3)
        await producer.send_and_wait(topic, values[2], partition=3)
        await producer.send_and_wait(topic, values[0], partition=1)
        await until("everything to be read", lambda: read_all(notebook))
    assert await notebook.lines(case) == ["a", "b", "c"]
