"""Work out the events that were kept: per talker in their order, each once, and right again after a crash anywhere.

An event is `waiting`, then perhaps `filing` (a draft was confirmed and is being filed), then perhaps `answering`, then
`done`. What one state needs for the next stands in its row, so whoever comes after a crash goes on from there: filing
is safe to repeat by its key, a reply token works once, and a push carries a retry key.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog

from services.intake import arrivals
from services.intake.line.answer import send_answers
from services.intake.line.carrier import line_client
from services.intake.line.client import LineClient
from services.intake.line.content import fetch_due
from services.intake.line.file_talk import file_talk
from services.intake.line.follow_talk import follow_talk
from services.intake.serials import Serials
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.trouble import told

log = structlog.get_logger()

LOOK_SECONDS = 1.0
TALKERS_AT_ONCE = 3
GIVES_WAY = 20
WAY_SECONDS = 0.005
"""How often, and each time how long, a talk waits while webhooks come: LINE waits a second for the answer to each, and
a talk costs five times as much. A tenth of a second at most, so that talks go on under any load."""
QUIET_SECONDS = 0.03
"""Webhooks still come while the last one was answered less than this ago."""
MOST_TRIES = 6
"""After this many failures an event is held for a person, and the ones behind it go on."""

_DUE = """
    select talker from intake.line_event
     where state in ('waiting', 'filing', 'answering')
     group by talker
    having bool_or(state = 'answering' and (not_before is null or not_before <= $1))
        or bool_or(state <> 'answering') and not bool_or(state <> 'answering' and coalesce(not_before > $1, false))
     order by min(seq) limit 50
"""
"""Whose turn it is. One event that is to be tried again later keeps those behind it waiting."""


class Worker:
    """Works events out, woken by the webhook; every process may have one."""

    def __init__(self, context: Context, serials: Serials) -> None:
        self.context = context
        self.serials = serials
        self._woken = asyncio.Event()
        self._room = asyncio.Semaphore(TALKERS_AT_ONCE)
        self._answering = 0
        self._answered = 0.0

    def wake(self) -> None:
        """Something was kept."""
        self._woken.set()

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """A webhook is being answered meanwhile: talks give way to it."""
        self._answering += 1
        try:
            yield
        finally:
            self._answering -= 1
            self._answered = time.monotonic()

    async def _give_way(self) -> None:
        for _ in range(GIVES_WAY):
            if not self._answering and time.monotonic() - self._answered >= QUIET_SECONDS:
                return
            await asyncio.sleep(WAY_SECONDS)

    async def run(self) -> None:
        """For ever, while LINE is on."""
        client = line_client(self.context)
        if client is None:
            return
        try:
            while True:
                self._woken.clear()
                if not await self._round_safely(client):
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
        finally:
            await client.close()

    async def _round_safely(self, client: LineClient) -> int:
        try:
            return await self.work(client)
        except Exception as problem:
            await log.aerror("line worker failed", error=told(problem))
            return 0

    async def work(self, client: LineClient) -> int:
        """Everything that is due now; returns how much there was."""
        due = await self.context.database.read(_DUE, self.context.now())
        worked = await asyncio.gather(*(self._talker(client, row["talker"]) for row in due))
        return sum(worked) + await fetch_due(self.context, client)

    async def settle(self, client: LineClient) -> None:
        """Work until nothing is due."""
        while await self.work(client):
            pass

    async def _talker(self, client: LineClient, talker: bytes) -> int:
        """One talker's events, then their answers; how many there were. Nothing while another process has them."""
        async with self._room:
            key = int.from_bytes(talker[:4], "big", signed=True)
            async with self.context.database.transaction() as lock:
                if not await lock.fetchval("select pg_try_advisory_xact_lock(7433, $1)", key):
                    return 0
                rows = await lock.fetch(
                    "select id from intake.line_event where talker = $1 and state in ('waiting', 'filing')"
                    " order by at, seq limit 100",
                    talker,
                )
                for row in rows:
                    await self._give_way()
                    if not await self.event(client, row["id"]):
                        break
            await self._give_way()
            return len(rows) + await send_answers(self.context, client, talker)

    async def event(self, client: LineClient, event_id: str) -> bool:
        """Work one event out; False when it is to be tried again, and those behind it wait."""
        try:
            due = await follow_talk(self.context, client, event_id)
            if due == "filing":
                await file_talk(self.context, client, self.serials, event_id)
            return due != "later"
        except Exception as problem:
            return await self._failed(event_id, problem)

    async def _failed(self, event_id: str, problem: Exception) -> bool:
        now = self.context.now()
        await log.aerror("event of LINE failed", line_event=event_id, error=told(problem))
        async with self.context.database.transaction() as tx:
            tried = await tx.fetchval(
                "update intake.line_event set tried = tried + 1, problem = $2, not_before = $3"
                " where id = $1 returning tried",
                event_id,
                type(problem).__name__,
                now + timedelta(seconds=1),
            )
            if tried >= MOST_TRIES:
                await tx.execute("update intake.line_event set state = 'held' where id = $1", event_id)
                await arrivals.held(tx, "line", event_id, N_("It failed again and again; see the log."), now)
                return True
            await tx.execute(
                "update intake.line_event set not_before = $2 where id = $1",
                event_id,
                now + timedelta(seconds=2**tried),
            )
        return False


async def forget_old(context: Context, now: datetime) -> None:
    """Forget events that are settled: a redelivery comes within days, and nobody needs what was said twice."""
    async with context.database.transaction() as tx:
        await tx.execute(
            "delete from intake.line_event where state in ('done', 'ignored') and arrived_at < $1", now - KEPT
        )
        await tx.execute("delete from intake.line_code where expires_at < $1", now)


KEPT = timedelta(days=30)
