"""Minding the embedded database while the program runs: one that ended by itself is started again.

Requests get a 503 in between, readers and jobs wait. A disk that is full is waited for; a database that keeps ending
ends the program with the reason, so that whoever supervises it sees it and starts it anew.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

import structlog

from services.kit.data_folder import DiskFull
from services.kit.embedded import DatabaseNotStarted, EmbeddedPostgres
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.trouble import told

log = structlog.get_logger()

LOOK_SECONDS = 0.5
FULL_SECONDS = 5.0
"""How often a start is tried again while the disk is full."""

MOST_STARTS = 5
WITHIN_SECONDS = 120.0
"""This many starts within this time are one too many."""


async def mind(server: EmbeddedPostgres) -> None:
    """Watch the server for ever.

    Raises:
        RedressError: it ended again and again, or cannot be started.
    """
    starts: deque[float] = deque(maxlen=MOST_STARTS)
    try:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not server.is_running:
                await _start_again(server, starts)
    finally:
        server.start_no_more()


async def _start_again(server: EmbeddedPostgres, starts: deque[float]) -> None:
    await log.aerror("database ended by itself and is started again")
    problem: RedressError | None = None
    try:
        await asyncio.to_thread(server.revive)
    except DiskFull as full:
        await log.aerror("database waits for room on its disk", error=told(full), seconds=FULL_SECONDS)
        return await asyncio.sleep(FULL_SECONDS)
    except RedressError as failed:
        await log.aerror("database did not start", error=told(failed))
        problem = failed
    starts.append(time.monotonic())
    if len(starts) == MOST_STARTS and starts[-1] - starts[0] < WITHIN_SECONDS:
        raise problem or DatabaseNotStarted(
            N_("The database ended %(times)s times within two minutes."),
            N_("postgres.log in the data folder says why (memory, disk, a damaged file). Mend that and start again."),
            params={"times": MOST_STARTS},
        )
    return await asyncio.sleep(len(starts) if problem else 0)
