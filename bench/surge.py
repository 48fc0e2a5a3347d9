"""Many people filing at once, each as a browser does: what got no answer is sent again, who is asked to wait waits."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random

from bench.light_client import Connection
from bench.narratives import filing
from bench.sites import Site
from services.kit.database import new_id

BROKEN_SECONDS = 1.0
"""After which somebody whose connection broke sends the same again."""

PATH = "/api/v1/complaints"


class Patient(Connection):
    """A connection that remembers after how many seconds it was asked to come again."""

    def __init__(self) -> None:
        self.retry_after: float | None = None
        super().__init__()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep `Retry-After`."""
        if name.lower() == b"retry-after":
            self.retry_after = float(value)


@dataclass
class Surge:
    """What came of it."""

    offered: int
    numbers: list[str] = field(default_factory=list)
    """What was given out, in the order of the answers."""
    seconds: float = 0.0
    """From the first offer to the last 201."""
    at_first: int = 0
    """Taken when they came first."""
    refused: int = 0
    unsaid: int = 0
    """Refused without a word on when to come again."""
    broken: int = 0
    waits: list[float] = field(default_factory=list)
    """Seconds each waited from their first offer to their number."""


async def surge(site: Site, people: int, within: float, seed: int = 1) -> Surge:
    """So many people, each at their own moment within so many seconds; ends when the last has a number."""
    chance, found, begun = Random(seed), Surge(people), time.perf_counter()
    moments = sorted(chance.uniform(0, within) for _ in range(people))
    async with asyncio.TaskGroup() as tasks:
        for number, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, begun + moment - time.perf_counter()))
            tasks.create_task(_person(site, found, number))
    found.seconds = time.perf_counter() - begun
    return found


async def _person(site: Site, found: Surge, number: int) -> None:
    body, key, came = filing(number % 100, number), str(new_id()), time.perf_counter()
    for tries in range(10_000):
        try:
            connection = await Patient.to(next(site.turn))
            try:
                answer = await connection.request("POST", PATH, body, idempotency_key=key)
            finally:
                connection.close()
        except (OSError, TimeoutError):
            found.broken += 1
            await asyncio.sleep(BROKEN_SECONDS)
            continue
        if answer.status == 201:
            found.numbers.append(answer.json()["tracking_number"])
            found.waits.append(time.perf_counter() - came)
            found.at_first += tries == 0
            return
        if answer.status != 503:
            raise AssertionError(f"a filing was answered with {answer.status}: {answer.body[:300]!r}")
        found.refused += 1
        if connection.retry_after is None:
            found.unsaid += 1
        await asyncio.sleep(connection.retry_after or BROKEN_SECONDS)
