"""How long after its 201 a complaint is routed and projected: a steady load, and somebody who keeps looking."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from bench.light_client import Connection
from bench.narratives import filing
from bench.sites import COPIES, Lost, Site
from bench.surge import PATH

LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 120.0


@dataclass
class Times:
    """Seconds by what was waited for: the answer itself, then from the answer on each service's copy."""

    answer: list[float] = field(default_factory=list)
    routing: list[float] = field(default_factory=list)
    sla: list[float] = field(default_factory=list)
    reporting: list[float] = field(default_factory=list)

    def of(self, what: str, percent: float) -> float:
        """A percentile in milliseconds, by the nearest rank."""
        found = sorted(getattr(self, what))
        return float(found[min(len(found) - 1, int(len(found) * percent / 100))]) * 1000


class Watch:
    """Looks into the services' tables again and again for complaints that were answered."""

    def __init__(self, looking: Mapping[str, asyncpg.Connection[Any]], times: Times) -> None:
        self.looking = looking
        self.times = times
        self.answered: dict[str, float] = {}
        """Numbers whose id is not looked up yet, with the moment of their 201."""
        self.missing: dict[str, dict[UUID, float]] = {name: {} for name in COPIES}

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._look_up()
            for name, waited in self.missing.items():
                if waited:
                    await self._look(name, waited)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_up(self) -> None:
        if not self.answered:
            return
        taken = dict(self.answered)
        rows = await self.looking["intake"].fetch(
            "select id, tracking_number from intake.complaint where tracking_number = any($1)", list(taken)
        )
        for row in rows:
            for waited in self.missing.values():
                waited[row["id"]] = taken[row["tracking_number"]]
            del self.answered[row["tracking_number"]]

    async def _look(self, name: str, waited: dict[UUID, float]) -> None:
        key = "id" if name == "routing" else "case_id"
        rows = await self.looking[name].fetch(
            f"select {key} as id from {COPIES[name]} where {key} = any($1::uuid[])", list(waited)
        )
        now = time.perf_counter()
        for row in rows:
            getattr(self.times, name).append(max(0.0, now - waited.pop(row["id"])))

    @property
    def done(self) -> bool:
        """Whether everything that was answered has been seen everywhere."""
        return not self.answered and not any(self.missing.values())


async def latencies(site: Site, count: int, a_second: float, first: int = 0) -> Times:
    """File so many at a steady rate and see each through.

    Raises:
        Lost: something did not arrive within two minutes of the last.
    """
    times = Times()
    async with site.looking() as looking:
        watch = Watch(looking, times)
        watching = asyncio.create_task(watch.run())
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                await asyncio.sleep(max(0.0, begun + number / a_second - time.perf_counter()))
                tasks.create_task(_file(site, times, watch, first + number))
        limit = time.perf_counter() + PATIENCE_SECONDS
        while not watch.done and not watching.done():
            if time.perf_counter() > limit:
                raise Lost({name: len(waited) for name, waited in watch.missing.items()})
            await asyncio.sleep(LOOK_SECONDS)
        watching.cancel()
        (ended,) = await asyncio.gather(watching, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended
    return times


async def _file(site: Site, times: Times, watch: Watch, number: int) -> None:
    connection = await Connection.to(next(site.turn))
    begun = time.perf_counter()
    answer = await connection.request("POST", PATH, filing(number % 100, number))
    now = time.perf_counter()
    connection.close()
    if answer.status != 201:
        raise AssertionError(f"a filing was answered with {answer.status}: {answer.body[:300]!r}")
    times.answer.append(now - begun)
    watch.answered[answer.json()["tracking_number"]] = now
