"""How events reach a reader. Embedded: straight from the journal tables, beside the reader's own in one PostgreSQL.

This is one of the few modules that know which way the system runs; the Kafka feed stands beside this one.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import NamedTuple

import asyncpg
import structlog

from schemas.envelope import Event
from services.kit.database import Database
from services.kit.doorbell import CHANNEL
from services.kit.journal import EVENT_COLUMNS, event_of
from services.kit.reader import Reader
from services.kit.retry_parked import retry
from services.kit.trouble import no_room, told

log = structlog.get_logger()

PER_BUCKET = 50
"""Events taken of a bucket at once: enough to work set-based, little enough to keep a transaction short."""

IDLE_SECONDS = 1.0
"""How often a reader looks without being woken, in case a ring was lost."""

REST_SECONDS = 0.03
"""How long a reader rests at most after a batch: as long as the batch took, so that batches grow under load instead of
every event paying for a transaction of its own. An idle reader takes what comes at once."""

PATIENT_SECONDS = 0.2
"""The same for a reader whose effects nobody waits for with a request open: it rests three times as long as the batch
took, so that reading takes at most a quarter of a busy process's time from the answers."""

WAITED_FOR = frozenset({"routing"})
"""Readers whose effects the next request may need: a case is there to be worked on once routing has read of it."""

FULL = 200
"""A reader that finds this many events has a backlog and does not rest."""


def rest_of(reader: str) -> tuple[int, float]:
    """How often the time a batch took a reader rests after it, and how many seconds at most."""
    return (1, REST_SECONDS) if reader in WAITED_FOR else (3, PATIENT_SECONDS)


STANDING = """
    select coalesce(sum(b.position - c.position), 0)::bigint as lag, min(j.recorded_at) as oldest
      from {source}.bucket b join {reader}.cursor c on c.bucket = b.bucket and c.source = $1
      left join lateral (
        select recorded_at from {source}.journal j where j.bucket = b.bucket and j.position = c.position + 1 limit 1
      ) j on b.position > c.position
     where b.position > c.position
"""
"""How far a reader is behind: one row of the journal for each bucket that grew, whatever the journal's size."""


PENDING = """
    select j.* from {source}.bucket b join {reader}.cursor c on c.bucket = b.bucket and c.source = $1
     cross join lateral (
        select {columns} from {source}.journal j
         where j.bucket = b.bucket and j.position > c.position order by j.position limit $2
     ) j
     where b.position > c.position order by j.bucket, j.position
"""
"""What a reader has not read yet: only buckets that grew are looked into."""


NOT_HEARD = "update {reader}.cursor set heard_until = null where heard_until is not null"
"""Who reads journals looks into them to see how far it has read (`kit/frontier.py`), and needs no marks."""


class Standing(NamedTuple):
    """Where a reader stands in one journal: events not read yet, and when the oldest of them was recorded (UTC)."""

    source: str
    lag: int
    oldest: datetime | None


class JournalFeed:
    """Feeds one reader from the journals of its sources in the same database."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.bell = reader.database.doorbell.listen(reader.subscriptions.sources)
        self._retry_at = 0.0
        self._rest, self._longest = rest_of(reader.service)

    async def run(self) -> None:
        """Follow for ever; trouble with the database is waited out, never skipped."""
        await self.reader.prepare()
        await self.reader.database.statement(NOT_HEARD.format(reader=self.reader.service))
        clock = asyncio.get_running_loop().time
        pause = IDLE_SECONDS
        due, look_at = set(self.reader.subscriptions.sources), 0.0
        while True:
            try:
                if not self.reader.database.room.works:
                    raise no_room()
                begun = clock()
                if begun >= look_at:
                    due, look_at = set(self.reader.subscriptions.sources), begun + IDLE_SECONDS
                moved = {source: taken for source in sorted(due) if (taken := await self.take(source))}
                await self._retry_parked()
                pause = IDLE_SECONDS
                if moved and sum(moved.values()) < FULL:
                    await asyncio.sleep(min(self._rest * (clock() - begun), self._longest))
                due = self.bell.take() | {source for source, taken in moved.items() if taken >= PER_BUCKET}
                if due:
                    continue
            except Exception as problem:
                pause, look_at = min(pause * 2, 30), 0.0
                await log.aerror("reader waits", reader=self.reader.service, error=told(problem), seconds=pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.bell.wait(), pause)
            due = self.bell.take()

    async def take(self, source: str) -> int:
        """Take one batch of a source; returns how many events were taken."""
        events = await self.pending(self.reader.database, source)
        if events:
            await self.reader.take(source, events)
        return len(events)

    async def step(self) -> int:
        """Take one batch of every source; returns how many events were taken."""
        return sum([await self.take(source) for source in self.reader.subscriptions.sources])

    async def drain(self) -> int:
        """Take everything there is; returns how many events were taken."""
        total = 0
        while moved := await self.step():
            total += moved
        await retry(self.reader)
        return total

    async def pending(self, database: Database, source: str) -> list[Event]:
        """The next events of `source` for this reader, in order within each bucket."""
        rows = await database.read(
            PENDING.format(source=source, reader=self.reader.service, columns=EVENT_COLUMNS), source, PER_BUCKET
        )
        return [event_of(source, row) for row in rows]

    async def standing(self) -> list[Standing]:
        """How far the reader is behind in every journal it reads."""
        reader = self.reader
        found = []
        for source in reader.subscriptions.sources:
            rows = await reader.database.read(STANDING.format(source=source, reader=reader.service), source)
            found.append(Standing(source, rows[0]["lag"], rows[0]["oldest"]))
        return found

    async def _retry_parked(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._retry_at:
            return
        self._retry_at = now + 1.0
        await retry(self.reader)


async def hear_other_processes(database: Database) -> None:
    """Listen for NOTIFY on a connection of its own and ring this process's bell; reconnects by itself."""
    while True:
        connection: asyncpg.Connection[asyncpg.Record] | None = None
        try:
            connection = await asyncpg.connect(database.url)
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            await connection.add_listener(
                CHANNEL, lambda _c, _pid, _channel, message: database.doorbell.heard(str(message))
            )
            await lost.wait()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            await log.awarning("doorbell connection lost", error=told(problem))
        finally:
            if connection is not None and not connection.is_closed():
                with contextlib.suppress(Exception):
                    await connection.close()
        await asyncio.sleep(1)


async def ring_other_processes(database: Database, message: str) -> None:
    """Tell readers in other processes that a journal grew."""
    await database.statement("select pg_notify($1, $2)", CHANNEL, message)
