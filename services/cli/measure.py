"""The figures that need a query, taken when Prometheus asks and kept for a few seconds, so that no scrape is a load."""

from __future__ import annotations

import asyncio
import time

import structlog

from services.cli.runtime import Runtime
from services.kit import metrics
from services.kit.database import Database
from services.kit.trouble import told

log = structlog.get_logger()

FRESH_SECONDS = 5.0
"""How long a figure is given out again."""

STATES = ("failed", "not_yet", "waiting")

PARKED_COUNTED = 10_000
"""No more parked events than this are counted: what needs somebody to act does not need to be exact beyond it."""


class Measures:
    """Sets the gauges of a process's services. A database that is away leaves them as they were, and old."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._due = 0.0
        self._one = asyncio.Lock()

    async def take(self) -> None:
        """Take the figures, unless they were just taken."""
        async with self._one:
            if time.monotonic() < self._due:
                return
            self._due = time.monotonic() + FRESH_SECONDS
            self._take_here()
            try:
                for name, context in self.runtime.contexts.items():
                    await self._take_reader(name, context.database)
                    for measure in self.runtime.services[name].measures:
                        await measure(context.now())
            except Exception as problem:
                await log.awarning("figures could not be taken", error=told(problem))
            else:
                metrics.MEASURED.set_to_current_time()

    def _take_here(self) -> None:
        """What this process knows by itself."""
        for context in self.runtime.contexts.values():
            database = context.database
            for state, number in database.connections.figures.items():
                metrics.CONNECTIONS.labels(database.service, state).set(number)
            if database.room.folder is not None:
                metrics.DISK_FREE.labels("data").set(database.room.free)

    async def _take_reader(self, name: str, database: Database) -> None:
        now = self.runtime.contexts[name].now()
        for standing in await self.runtime.feeds[name].standing():
            age = 0.0 if standing.oldest is None else max(0.0, (now - standing.oldest).total_seconds())
            metrics.LAG.labels(name, standing.source).set(standing.lag)
            metrics.OLDEST.labels(name, standing.source).set(age)
        rows = await database.read(
            f"select status, count(*) as events from (select status from {name}.parked limit {PARKED_COUNTED}) p"
            " group by status"
        )
        parked = {row["status"]: row["events"] for row in rows}
        for status in STATES:
            metrics.PARKED.labels(name, status).set(parked.get(status, 0))
