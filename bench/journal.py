"""Events appended by eight writers and delivered to four readers, a second, beside the same statements run bare.

    python -m bench journal

Both sides append one-kilobyte events one a transaction and count an event once all four readers have committed it. Ours
makes, serialises, digests, decodes and dispatches them; bare sends the very same statements over an asyncpg pool with
arguments made beforehand, and throws away what it reads.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from bench.figures import Figure, median
from bench.narratives import NARRATIVE
from schemas.complaints import ComplaintFiled, Promised
from schemas.envelope import FreeText, bucket_of
from services.kit.database import Database, Transaction, new_id
from services.kit.embedded import EmbeddedPostgres
from services.kit.feeds import FULL, PENDING, PER_BUCKET, JournalFeed, rest_of
from services.kit.journal import APPEND_ONE, EVENT_COLUMNS, Entry, Row, row_of
from services.kit.listening import Received, Subscriptions
from services.kit.migrate import migrate_async
from services.kit.reader import CLAIM, Reader
from services.kit.settings import SERVICES

SOURCE, READERS = "intake", ("governance", "routing", "sla", "reporting")
EVENTS, WRITERS, RUNS = 4000, 8, 5
GOAL = 0.5
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def fact(number: int) -> ComplaintFiled:
    """An event of about one kilobyte."""
    return ComplaintFiled(
        tracking_number=f"FIO-69-{number:06d}",
        channel="web",
        narrative=FreeText.of(NARRATIVE),
        category="lodging_not_ready",
        received_at=NOW,
        recorded_at=NOW,
        policy_version="fio-sample-1",
        promised=Promised(resolve=NOW),
    )


class Counting:
    """Knows when every reader has got everything."""

    def __init__(self, wanted: int) -> None:
        self.left = wanted
        self.done = asyncio.Event()

    def took(self, number: int) -> None:
        """So many were committed by one reader."""
        self.left -= number
        if self.left <= 0:
            self.done.set()


async def ours(database: Database) -> float:
    """Events a second through the kit."""
    counting = Counting(EVENTS * len(READERS))
    tasks = []
    for name in READERS:
        subscribed = Subscriptions(name)

        async def handle(_tx: Transaction, received: Sequence[Received]) -> None:
            counting.took(len(received))

        subscribed.on(ComplaintFiled)(handle)
        tasks.append(asyncio.create_task(JournalFeed(Reader(database.beside(name), subscribed)).run()))

    async def write(numbers: Sequence[int]) -> None:
        for number in numbers:
            async with database.transaction() as tx:
                tx.announce(fact(number), case_id=new_id(), at=NOW)

    begun = time.perf_counter()
    await asyncio.gather(*(write(range(place, EVENTS, WRITERS)) for place in range(WRITERS)))
    await asyncio.wait_for(counting.done.wait(), 120)
    spent = time.perf_counter() - begun
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return EVENTS / spent


async def bare(pool: asyncpg.Pool[asyncpg.Record]) -> float:
    """Events a second by the same statements alone."""
    rows = [row_of(Entry(new_id(), new_id(), fact(number), NOW)) for number in range(EVENTS)]
    counting = Counting(EVENTS * len(READERS))
    bells = [asyncio.Event() for _ in READERS]

    async def write(mine: Sequence[Row]) -> None:
        for row in mine:
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(APPEND_ONE.format(service=SOURCE), bucket_of(row.case_id), *row)
            for bell in bells:
                bell.set()

    readers = [asyncio.create_task(_read_bare(pool, *each, counting)) for each in zip(READERS, bells, strict=True)]
    begun = time.perf_counter()
    await asyncio.gather(*(write(rows[place::WRITERS]) for place in range(WRITERS)))
    await asyncio.wait_for(counting.done.wait(), 120)
    spent = time.perf_counter() - begun
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    return EVENTS / spent


async def _read_bare(pool: asyncpg.Pool[Any], reader: str, bell: asyncio.Event, counting: Counting) -> None:
    pending = PENDING.format(source=SOURCE, reader=reader, columns=EVENT_COLUMNS)
    times, longest = rest_of(reader)
    while True:
        await bell.wait()
        bell.clear()
        begun = time.perf_counter()
        found = await pool.fetch(pending, SOURCE, PER_BUCKET)
        if not found:
            continue
        spans: dict[int, tuple[int, int]] = {}
        for row in found:
            first = spans.get(row["bucket"], (row["position"], 0))[0]
            spans[row["bucket"]] = first, row["position"]
        buckets = list(spans)
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetchrow(
                CLAIM.format(service=reader), SOURCE, buckets, [spans[bucket][0] - 1 for bucket in buckets],
                [spans[bucket][1] for bucket in buckets], [row["case_id"] for row in found],
            )  # fmt: skip
        counting.took(len(found))
        if len(found) < FULL:
            await asyncio.sleep(min(times * (time.perf_counter() - begun), longest))


async def measure(url: str) -> tuple[list[float], list[float]]:
    """Both, in turns."""
    await migrate_async(url, SERVICES)
    database = Database(url, SOURCE)
    for name in READERS:
        subscribed = Subscriptions(name)
        subscribed.gather(ComplaintFiled)(_nothing)
        await Reader(database.beside(name), subscribed).prepare()
    pool = await asyncpg.create_pool(url, min_size=10, max_size=10)
    figures: tuple[list[float], list[float]] = [], []
    for _ in range(RUNS):
        figures[1].append(await bare(pool))
        figures[0].append(await ours(database))
    await pool.close()
    await database.close()
    return figures


async def _nothing(_tx: Transaction, _received: Sequence[Received]) -> None:
    return None


def main() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        server = EmbeddedPostgres.start(Path(folder) / "data")
        try:
            mine, floors = asyncio.run(measure(server.url))
        finally:
            server.stop()
    ratio = median(one / floor for one, floor in zip(mine, floors, strict=True))
    return [
        Figure("events appended and delivered to four readers", median(mine), "/s", median(mine) / ratio,
               "the same statements, bare", at_least=GOAL, of_ratio=True,
               note=f"{median(mine) * len(READERS):,.0f} deliveries/s"),
    ]  # fmt: skip
