"""A running Redress to file complaints with and to look into: embedded in one process, or over Kafka in many.

What is filed goes to the processes of intake themselves, in turns, as behind a balancer: the proxy of an enterprise is
its own. Whether something is routed or projected is seen in the tables, by connections of the measurement's own.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from bench.system import System
from scripts.cluster import Cluster
from services.kit.embedded import EmbeddedPostgres
from services.kit.settings import SERVICES

COPIES = {"routing": 'routing."case"', "sla": "sla.case_copy", "reporting": "reporting.case_fact"}
"""Where each service keeps what it knows of a complaint, one row each."""

LOOK_SECONDS = 0.05
STILL_SECONDS = 120.0
"""For how long nothing more may arrive before it is given up that everything does."""


class Lost(Exception):
    """What was filed did not arrive everywhere."""


@dataclass
class Site:
    """Where complaints are filed, and the database of each service."""

    ports: Sequence[int]
    urls: Mapping[str, str]
    turn: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self.turn = itertools.cycle(self.ports)

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[dict[str, asyncpg.Connection[Any]]]:
        """A connection to each service's database."""
        found: dict[str, asyncpg.Connection[Any]] = {}
        try:
            for name in ("intake", *COPIES):
                found[name] = await asyncpg.connect(self.urls[name])
            yield found
        finally:
            for connection in found.values():
                await connection.close()

    async def counted(self, looking: Mapping[str, asyncpg.Connection[Any]]) -> dict[str, int]:
        """How many complaints intake has, and how many each service knows of."""
        found = {"intake": int(await looking["intake"].fetchval("select count(*) from intake.complaint"))}
        for name, table in COPIES.items():
            found[name] = int(await looking[name].fetchval(f"select count(*) from {table}"))
        return found

    async def everywhere(self) -> tuple[float, int]:
        """Wait until every service knows of every complaint: the seconds that took, and how many there are.

        Raises:
            Lost: nothing more arrives, or somewhere there are more than were filed.
        """
        async with self.looking() as looking:
            begun = moved = time.perf_counter()
            before: dict[str, int] = {}
            while True:
                found = await self.counted(looking)
                now = time.perf_counter()
                if len(set(found.values())) == 1:
                    return now - begun, found["intake"]
                if found != before:
                    before, moved = found, now
                if now - moved > STILL_SECONDS or max(found.values()) > found["intake"]:
                    raise Lost(f"not everything is everywhere: {found}")
                await asyncio.sleep(LOOK_SECONDS)


@contextmanager
def embedded(folder: Path) -> Iterator[Site]:
    """`redress up`: everything in one process."""
    with System(folder / "embedded") as system:
        server = EmbeddedPostgres.start(folder / "embedded")  # joins the one that runs
        try:
            yield Site([system.port], dict.fromkeys(SERVICES, server.url))
        finally:
            server.stop()


@contextmanager
def over_kafka(folder: Path, brokers: int, replicas: int) -> Iterator[Site]:
    """So many processes of each service, so many brokers, a database a service."""
    with Cluster(folder / f"kafka{replicas}", brokers=brokers, replicas=replicas, policy="fio") as cluster:
        yield Site([process.port for process in cluster.services["intake"]], cluster.urls)
