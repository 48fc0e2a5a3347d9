"""The running system: services built, fed, scheduled and served. Part of the composition root.

Embedded, one process holds all five services over one PostgreSQL and reads the journals as they are. Over Kafka, a
process holds one service or more, each over its own database if wanted, relays their journals and reads the others'.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from services.kit.broker_settings import Kafka
from services.kit.connections import Connections
from services.kit.copies import Copies
from services.kit.database import Database
from services.kit.feeds import JournalFeed, hear_other_processes, ring_other_processes
from services.kit.journal_pages import Journals, JournalTables
from services.kit.migrate import check_tables, known_versions
from services.kit.presence import stay_present
from services.kit.reader import Reader
from services.kit.retry_parked import retry
from services.kit.room import Room
from services.kit.schedule import start_jobs
from services.kit.service import Context, Service, utc_now
from services.kit.settings import SERVICES, Settings
from services.kit.trouble import told
from services.kit.web import Web

if TYPE_CHECKING:
    from services.kit.kafka_feed import KafkaFeed
    from services.kit.relay import Relay

log = structlog.get_logger()

AGAIN_SECONDS = 1.0
MOST_SECONDS = 60.0
"""How long work that fails again and again waits before it begins anew: at first, and at most."""

SETTLED_SECONDS = 60.0
"""How long `drain` waits for a broker to carry what there is."""


@dataclass(slots=True)
class Runtime:
    """Services over their databases. `now` is the clock they all use."""

    settings: Settings
    contexts: dict[str, Context]
    services: dict[str, Service]
    feeds: dict[str, JournalFeed | KafkaFeed]
    kafka: Kafka | None = None
    relays: dict[str, Relay] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    schedulers: list[AsyncIOScheduler] = field(default_factory=list)

    def journal_feed(self, name: str) -> JournalFeed:
        """The feed of a service that reads the journals themselves, to be driven step by step."""
        feed = self.feeds[name]
        if not isinstance(feed, JournalFeed):
            raise TypeError("over a broker events come by themselves; use drain()")
        return feed

    async def prepare(self) -> None:
        """Make every cursor stand."""
        for feed in self.feeds.values():
            await (feed.reader.prepare() if isinstance(feed, JournalFeed) else feed.prepare())

    async def drain(self) -> int:
        """Let every reader read until nothing is left anywhere; returns how many events were taken."""
        if self.kafka is not None:
            return await self._carried()
        total = 0
        while True:
            moved = sum([await feed.drain() for feed in self.feeds.values() if isinstance(feed, JournalFeed)])
            total += moved
            if not moved:
                return total

    async def _carried(self) -> int:
        """Wait until the broker has carried everything between the services that are here."""
        async with asyncio.timeout(SETTLED_SECONDS):
            while True:
                readers = [feed.reader for feed in self.feeds.values()]
                unread = sum([await self._unread(reader, source) for reader in readers for source in self.contexts])
                if not unread and not sum([await retry(reader) for reader in readers]):
                    return 0
                await asyncio.sleep(0.02)

    async def _unread(self, reader: Reader, source: str) -> int:
        if source not in reader.subscriptions.sources:
            return 0
        journal = await self.contexts[source].database.read(f"select bucket, position from {source}.bucket")
        cursors = await reader.database.read(
            f"select bucket, position from {reader.service}.cursor where source = $1", source
        )
        read = {row["bucket"]: row["position"] for row in cursors}
        return sum(max(0, row["position"] - read.get(row["bucket"], 0)) for row in journal)

    def journals(self) -> Journals:
        """The journals of the services that are here."""
        return JournalTables(by_source={name: context.database for name, context in self.contexts.items()})

    @property
    def databases(self) -> list[Database]:
        """One database of each PostgreSQL in use."""
        found: dict[Connections, Database] = {}
        for context in self.contexts.values():
            found.setdefault(context.database.connections, context.database)
        return list(found.values())

    async def _present(self, database: Database) -> None:
        """Be seen by migrations as a process that knows the tables of its services in this database."""
        names = [
            name for name, context in self.contexts.items() if context.database.connections is database.connections
        ]
        newest = {name: known_versions(name)[-1] for name in names}
        await stay_present(database.url, newest, lambda: check_tables(database.url, names))

    def start(self, *, jobs: bool = True) -> None:
        """Start following, over Kafka relaying too, and, unless told otherwise, the periodic jobs."""
        loop = asyncio.get_running_loop()
        for database in self.databases:
            database.doorbell.ring_outside_with(partial(ring_other_processes, database))
            self.tasks.append(loop.create_task(hear_other_processes(database)))
            self.tasks.append(loop.create_task(self._present(database), name="presence"))
        if self.kafka is not None:
            from services.kit.relay import Relay
            from services.kit.replay import ReplayServer

            for name, context in self.contexts.items():
                self.relays[name] = relay = Relay(context.database, self.kafka)
                server = ReplayServer(context.database, self.kafka)
                self.tasks.append(loop.create_task(relay.run(), name=f"relay {name}"))
                self.tasks.append(loop.create_task(server.run(), name=f"replay {name}"))
        self.tasks += [loop.create_task(feed.run(), name=f"reader {name}") for name, feed in self.feeds.items()]
        self.tasks += [
            loop.create_task(kept_running(run), name=f"background {name}")
            for name, service in self.services.items()
            for run in service.background
        ]
        if jobs:
            self.schedulers = [
                start_jobs(self.contexts[name].database, service.jobs, self.contexts[name].now)
                for name, service in self.services.items()
                if service.jobs
            ]

    async def stop(self) -> None:
        """Stop jobs and readers, then close the pool. What was not finished is taken up at the next start."""
        for scheduler in self.schedulers:
            scheduler.shutdown(wait=False)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()
        for database in self.databases:
            await database.close()


async def kept_running(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run what a service does in the background; when it fails, say so and begin anew after a while."""
    pause = AGAIN_SECONDS
    while True:
        try:
            return await work()
        except Exception as problem:
            await log.aerror("background work failed", work=work.__name__, error=told(problem), again_in=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, MOST_SECONDS)


def build(
    settings: Settings,
    database: Database | Mapping[str, Database],
    names: Sequence[str] = SERVICES,
    now: Callable[[], datetime] = utc_now,
    kafka: Kafka | None = None,
) -> Runtime:
    """Put the named services together over one database, or each over its own."""
    web = Web(settings)
    contexts: dict[str, Context] = {}
    services: dict[str, Service] = {}
    feeds: dict[str, JournalFeed | KafkaFeed] = {}
    for name in names:
        own = database.beside(name) if isinstance(database, Database) else database[name]
        context = Context(own, Copies(name), settings, web, now)
        service: Service = import_module(f"services.{name}.service").build(context)
        contexts[name], services[name] = context, service
        reader = Reader(context.database, service.subscriptions)
        feeds[name] = JournalFeed(reader) if kafka is None else _over(kafka, reader)
    return Runtime(settings, contexts, services, feeds, kafka)


def _over(kafka: Kafka, reader: Reader) -> KafkaFeed:
    from services.kit.kafka_feed import KafkaFeed  # a client of the broker costs memory that embedded has no use for

    return KafkaFeed(reader, kafka)


def databases_at(urls: Mapping[str, str], room: Room | None = None) -> dict[str, Database]:
    """A database for each service; those in one PostgreSQL share the connections."""
    first: dict[str, Database] = {}
    for name, url in urls.items():
        first.setdefault(url, Database(url, name, room=room))
    return {name: first[url].beside(name) for name, url in urls.items()}


@contextlib.asynccontextmanager
async def opened(
    settings: Settings,
    urls: str | Mapping[str, str],
    names: Sequence[str] = SERVICES,
    now: Callable[[], datetime] = utc_now,
    kafka: Kafka | None = None,
) -> AsyncIterator[Runtime]:
    """A runtime that is prepared, not started: for commands and tests that drive it themselves."""
    where = dict.fromkeys(names, urls) if isinstance(urls, str) else urls
    runtime = build(settings, databases_at(where), [name for name in names if name in where], now, kafka)
    try:
        await runtime.prepare()
        yield runtime
    finally:
        await runtime.stop()
