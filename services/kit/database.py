"""The database: a few connections, one kind of transaction, and the only place that commits.

A `Transaction` speaks asyncpg (`$1` parameters) for set-based statements and carries a SQLModel session on the same
connection for ordinary work; what is announced in it is appended to the journal as its last statement, so a state and
its announcement are one. The engine runs in AUTOCOMMIT, and the transaction is asyncpg's own: that costs no more than
a bare asyncpg pool (`docs/decisions/0006-hot-paths.md`).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.envelope import Payload
from services.kit import metrics, tracing
from services.kit.connections import Connections
from services.kit.doorbell import Doorbell
from services.kit.journal import Entry, append
from services.kit.room import Room


def new_id() -> UUID:
    """A UUID version 7: random, but ordered by the time it was made, so that indexes grow at one end."""
    milliseconds = time.time_ns() // 1_000_000
    chance = secrets.randbits(74)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (chance >> 62 << 64) | (2 << 62) | (chance & (1 << 62) - 1))


class Transaction:
    """One unit of work: everything in it, with what it announces, is kept or nothing is."""

    def __init__(self, service: str, connection: AsyncConnection, raw: asyncpg.Connection[asyncpg.Record]) -> None:
        self.service = service
        self.raw = raw
        self._connection = connection
        self._session: AsyncSession | None = None
        self._entries: list[Entry] = []
        self.causes: Mapping[UUID, str] = {}
        """While events are handled: the trace each case is in, carried on by what is announced of it."""
        self.afterwards: list[Callable[[], None]] = []
        """What this process does once it is committed, such as waking who waits for it; never an effect of its own,
        since a process may end before it."""

    @property
    def session(self) -> AsyncSession:
        """A SQLModel session on this very connection. Never commit it: the transaction does."""
        if self._session is None:
            self._session = AsyncSession(bind=self._connection, expire_on_commit=False)
        return self._session

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of a statement with `$1` parameters."""
        return await self.raw.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        return await self.raw.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        return await self.raw.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; returns PostgreSQL's tag, such as `UPDATE 3`."""
        return await self.raw.execute(sql, *args)

    async def executemany(self, sql: str, args: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters, in one round trip."""
        await self.raw.executemany(sql, args)

    def announce(
        self, payload: Payload, *, case_id: UUID, at: datetime, historical: bool = False, event_id: UUID | None = None
    ) -> UUID:
        """Say that something happened to a case. Written to the journal last, in the order of the calls.

        Args:
            at: when it happened (UTC), which for a letter typed in late is not now.
            historical: imported history, at which nobody is messaged or alerted.
        """
        identifier = event_id or new_id()
        trace = self.causes.get(case_id) or tracing.current()
        self._entries.append(Entry(identifier, case_id, payload, at, historical, trace))
        tracing.about(case_id, identifier)
        return identifier

    async def flush(self) -> int:
        """Write what is pending: the session's objects, then the journal. Returns how many events were written."""
        if self._session is not None:
            await self._session.flush()
        if not self._entries:
            return 0
        entries, self._entries = self._entries, []
        await append(self.raw, self.service, entries)
        return len(entries)

    async def close(self) -> None:
        """Let go of the session; its connection passes on."""
        if self._session is not None:
            await self._session.close()


class Database:
    """One service's way to its schema. Services that share a PostgreSQL share the connections (`Database.beside`)."""

    def __init__(
        self,
        url: str,
        service: str,
        *,
        connections: Connections | None = None,
        doorbell: Doorbell | None = None,
        room: Room | None = None,
    ) -> None:
        self.url = url
        self.service = service
        self.connections = connections or Connections(make_engine(url))
        self.doorbell = doorbell or Doorbell()
        self.room = room or Room(None)
        self._appends = metrics.APPENDS.labels(service)

    def beside(self, service: str) -> Database:
        """The database of another service in the same PostgreSQL, on the same connections."""
        return Database(self.url, service, connections=self.connections, doorbell=self.doorbell, room=self.room)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that commits when the block ends and rolls back when it raises. The only place that commits."""
        async with self.connections.one() as held:
            begun = held.raw.transaction()
            await begun.start()
            transaction = Transaction(self.service, held.connection, held.raw)
            try:
                yield transaction
                announced = await transaction.flush()
            except BaseException:
                await asyncio.shield(_undo(begun, held.raw))
                raise
            else:
                await begun.commit()
            finally:
                await transaction.close()
        if announced:
            self._appends.inc(announced)
            self.doorbell.ring(self.service)
        for act in transaction.afterwards:
            act()

    async def statement(self, sql: str, *args: Any, announces: bool = False) -> asyncpg.Record | None:
        """One statement that is its own transaction, for the hot paths: one round trip. Returns its first row."""
        async with self.connections.one() as held:
            row = await held.raw.fetchrow(sql, *args)
        if announces and row is not None:
            self._appends.inc()
        if announces:
            self.doorbell.ring(self.service)
        return row

    async def read(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of one read-only statement outside any transaction."""
        async with self.connections.one() as held:
            return await held.raw.fetch(sql, *args)

    fetch = read

    async def close(self) -> None:
        """Close the connections."""
        await self.connections.close()


STATEMENTS_KEPT = 400
"""Prepared statements a connection keeps: more than all services together use again and again."""


def make_engine(url: str) -> AsyncEngine:
    """An engine over `postgresql://…` whose connections speak JSON as Python values. `Connections` keep them."""
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"statement_cache_size": STATEMENTS_KEPT},
        # The connection's own codec turns JSON into Python values and back; SQLAlchemy must not do it a second time.
        json_serializer=lambda value: value,
        json_deserializer=lambda value: value,
    )

    @sqlalchemy_event.listens_for(engine.sync_engine, "connect")
    def _prepare(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.run_async(_teach_json)

    return engine


async def _teach_json(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    for kind in ("json", "jsonb"):
        await raw.set_type_codec(
            kind, encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads, schema="pg_catalog"
        )


async def _undo(begun: Any, raw: asyncpg.Connection[asyncpg.Record]) -> None:
    if not raw.is_closed():
        await begun.rollback()
