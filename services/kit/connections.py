"""The connections of a process, handed round: opened by the engine once, kept warm, never more than a few.

Taking a connection out of an engine's pool and giving it back costs as much as a statement, so they stay taken and pass
from hand to hand here. One that was opened for a peak is kept while it is used, and closed when it has been idle.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SIZE = 10
"""More than two cores keep busy; a connection more is a server process more, with caches of its own."""

PATIENCE_SECONDS = 30.0
IDLE_SECONDS = 15.0
"""A connection holds some ten megabytes of caches in its server process: after a peak they are given back soon."""


@dataclass(slots=True)
class Held:
    """A connection as SQLAlchemy has it, for sessions, and as the driver has it, for statements."""

    connection: AsyncConnection
    raw: asyncpg.Connection[asyncpg.Record]
    idle_since: float = 0.0

    @property
    def fit(self) -> bool:
        """Whether the next one may have it: alive, and in nobody's transaction."""
        return not (self.raw.is_closed() or self.raw.is_in_transaction() or self.connection.in_transaction())

    async def close(self) -> None:
        """Hang up."""
        if not self.fit:
            self.raw.terminate()
        await self.connection.close()


class Connections:
    """At most `size` connections of one engine."""

    def __init__(self, engine: AsyncEngine, size: int = SIZE, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self.engine = engine
        self.size = size
        self._in_use = 0
        self._places = asyncio.Semaphore(size)
        self._idle_seconds = idle_seconds
        self.jobs = asyncio.Semaphore(max(1, size // 2))
        """Room for periodic jobs: each holds a connection for its lock while its work takes others. Were all that are
        due at once to hold one, none would be left to work with."""
        self._free: list[Held] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Held]:
        """A connection for the length of the block.

        Raises:
            TimeoutError: none became free in time.
        """
        await self._place()
        self._in_use += 1
        try:
            held = await self._warm() or await self._opened()
            try:
                yield held
            finally:
                await self._give(held)
        finally:
            self._in_use -= 1
            self._places.release()

    @property
    def figures(self) -> dict[str, int]:
        """Connections in use, idle ones, and the most there may be."""
        return {"in_use": self._in_use, "idle": len(self._free), "limit": self.size}

    async def close(self) -> None:
        """Close those that nobody has; the others when they come back find no engine."""
        while self._free:
            await self._free.pop().close()

    async def _place(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._places.acquire()

    async def _warm(self) -> Held | None:
        """The one used last, whose caches are the warmest."""
        while self._free:
            held = self._free.pop()
            if held.fit:
                return held
            await held.close()  # its server ended since
        return None

    async def _opened(self) -> Held:
        connection = await self.engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            await connection.close()
            raise ConnectionResetError("the database closed the connection")
        return Held(connection, driver)

    async def _give(self, held: Held) -> None:
        if not held.fit:
            await asyncio.shield(held.close())
            return
        held.idle_since = time.monotonic()
        self._free.append(held)
        while self._free and held.idle_since - self._free[0].idle_since > self._idle_seconds:
            await self._free.pop(0).close()
