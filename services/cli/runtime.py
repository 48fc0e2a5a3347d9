"""The running system: services built, fed, scheduled and served. Part of the composition root.

Embedded, one process holds all five services over one PostgreSQL and reads the journals as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from services.kit.copies import Copies
from services.kit.database import Database
from services.kit.feeds import JournalFeed, hear_other_processes, ring_other_processes
from services.kit.reader import Reader
from services.kit.schedule import start_jobs
from services.kit.service import Context, Service, utc_now
from services.kit.settings import SERVICES, Settings
from services.kit.web import Web


@dataclass(slots=True)
class Runtime:
    """Services over one database. `now` is the clock they all use."""

    settings: Settings
    contexts: dict[str, Context]
    services: dict[str, Service]
    feeds: dict[str, JournalFeed]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    schedulers: list[AsyncIOScheduler] = field(default_factory=list)

    async def prepare(self) -> None:
        """Make every cursor stand."""
        for feed in self.feeds.values():
            await feed.reader.prepare()

    async def drain(self) -> int:
        """Let every reader read until nothing is left anywhere; returns how many events were taken."""
        total = 0
        while True:
            moved = 0
            for feed in self.feeds.values():
                moved += await feed.drain()
            total += moved
            if not moved:
                return total

    def start(self, *, jobs: bool = True) -> None:
        """Start following and, unless told otherwise, the periodic jobs."""
        loop = asyncio.get_running_loop()
        database = next(iter(self.contexts.values())).database
        database.doorbell.ring_outside_with(lambda message: ring_other_processes(database, message))
        self.tasks.append(loop.create_task(hear_other_processes(database)))
        self.tasks += [loop.create_task(feed.run(), name=f"reader {name}") for name, feed in self.feeds.items()]
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
        await next(iter(self.contexts.values())).database.close()


def build(
    settings: Settings,
    database: Database,
    names: Sequence[str] = SERVICES,
    now: Callable[[], datetime] = utc_now,
) -> Runtime:
    """Put the named services together over one database."""
    web = Web(settings)
    contexts: dict[str, Context] = {}
    services: dict[str, Service] = {}
    feeds: dict[str, JournalFeed] = {}
    for name in names:
        context = Context(database.beside(name), Copies(name), settings, web, now)
        service: Service = import_module(f"services.{name}.service").build(context)
        contexts[name], services[name] = context, service
        feeds[name] = JournalFeed(Reader(context.database, service.subscriptions))
    return Runtime(settings, contexts, services, feeds)


@contextlib.asynccontextmanager
async def opened(
    settings: Settings, url: str, names: Sequence[str] = SERVICES, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Runtime]:
    """A runtime that is prepared, not started: for commands and tests that drive it themselves."""
    runtime = build(settings, Database(url, names[0]), names, now)
    try:
        await runtime.prepare()
        yield runtime
    finally:
        await runtime.stop()
