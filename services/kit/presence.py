"""Which processes are alive, by the version of the tables they know: what a destructive migration has to wait for.

A process holds a shared advisory lock for each of its services, whose number is the newest version it knows. A lock
ends with its connection, so a process that was killed is gone from here at once, and nothing has to be cleaned up.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
import structlog

from services.kit.errors import RedressError
from services.kit.settings import SERVICES
from services.kit.trouble import told

log = structlog.get_logger()

MIGRATING = 0x5EED_0001
"""Held alone while tables are migrated, shared while a process enters itself."""

ALIVE = 0x5EED_0002
"""The family of the locks by which processes are known to be alive."""

_VERSIONS = 10_000

AGAIN_SECONDS = 1.0


def number_of(service: str, version: str) -> int:
    """The lock of a service's processes that know its tables up to a version."""
    return SERVICES.index(service) * _VERSIONS + int(version)


async def running_versions(connection: Any, service: str) -> list[str]:
    """The version of its tables that each running process of a service knows, the oldest first."""
    rows = await connection.fetch(
        "select objid::bigint as number from pg_locks where locktype = 'advisory' and granted and objsubid = 2"
        " and classid::bigint = $1 and database = (select oid from pg_database where datname = current_database())",
        ALIVE,
    )
    first = number_of(service, "0")
    return sorted(f"{row['number'] - first:04}" for row in rows if first <= row["number"] < first + _VERSIONS)


async def enter(connection: Any, known: Mapping[str, str]) -> None:
    """Enter this process with the versions it knows, for as long as the connection lives; waits for a migration."""
    await connection.execute("select pg_advisory_lock_shared($1)", MIGRATING)
    try:
        for service, version in known.items():
            await connection.execute("select pg_advisory_lock_shared($1, $2)", ALIVE, number_of(service, version))
    finally:
        await connection.execute("select pg_advisory_unlock_shared($1)", MIGRATING)


async def stay_present(url: str, known: Mapping[str, str], check: Callable[[], Awaitable[None]]) -> None:
    """Stay entered for ever; a connection that was lost is opened again.

    Args:
        check: asked each time after entering whether this process is still good for the tables. A migration may have
            come between its start and its entry; where it raises, the process ends itself, as a signal would end it.
    """
    while True:
        connection: asyncpg.Connection[asyncpg.Record] | None = None
        try:
            connection = await asyncpg.connect(url)
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            await enter(connection, known)
            await check()
            await lost.wait()
        except RedressError as problem:
            await log.aerror("the tables are no longer good for this process, it ends", error=str(problem))
            os.kill(os.getpid(), signal.SIGTERM)
            return
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            await log.awarning("presence connection lost", error=told(problem))
        finally:
            if connection is not None and not connection.is_closed():
                with contextlib.suppress(Exception):
                    await connection.close()
        await asyncio.sleep(AGAIN_SECONDS)
