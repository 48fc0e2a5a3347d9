"""Tell open desks what changed, by server-sent events: one look at the journal for all desks of a process.

The look is woken by the doorbell and reads what was appended since; what a change means to each desk is worked out in
memory. So the cost follows what changed, not how many look. Only numbers are counted anew in the database, for the
members whose scope a change touched, and never for more than a twentieth of the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog

from schemas.envelope import BUCKETS
from schemas.governance import StaffMember
from services.kit.server_events import BEGIN, LASTS_SECONDS, LOOK_SECONDS, STILL_HERE, line_of
from services.kit.service import Context
from services.kit.trouble import told
from services.routing.queue.arrivals import FACTS, Change, Desk, Facts, before_of
from services.routing.queue.views import midnight_after

log = structlog.get_logger()

PASSING_SECONDS = 60.0
"""Cases fall due without any event, so numbers are counted anew at least this often."""

COUNT_SECONDS = 1.0
COUNT_SHARE = 20
"""After a round of counting nobody counts for a second, or for so many times as long as the round took."""

AT_ONCE = 1_000
"""Events read by one look; a desk that was away for more of them is told to load again."""

CHANGED = f"""
    select j.case_id, j.type, j.body, j.bucket, j.position
      from unnest($1::smallint[], $2::bigint[]) seen(bucket, position)
      join routing.bucket b on b.bucket = seen.bucket and b.position > seen.position
      join routing.journal j on j.bucket = seen.bucket and j.position > seen.position
     order by j.bucket, j.position limit {AT_ONCE}
"""

Count = Callable[[StaffMember], Awaitable[Mapping[str, str]]]


@dataclass(eq=False)
class Screen:
    """An open desk and what it has still to be told."""

    member: StaffMember
    desk: Desk
    pending: list[tuple[str, str]] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: str, data: str) -> None:
        """Something for its stream."""
        self.pending.append((event, data))
        self.woken.set()

    def hear(self, change: Change, now: datetime, zone: str) -> bool:
        """A change. Returns whether it touches what this desk may know."""
        self.desk = replace(self.desk, looking=replace(self.desk.looking, now=now, midnight=midnight_after(now, zone)))
        if not self.desk.touched(change):
            return False
        self.tell("arrived" if self.desk.arrived(change) else "case", str(change.now.id))
        return True


class LiveDesks:
    """The open desks of this process."""

    def __init__(self, context: Context, count: Count) -> None:
        self._context, self._count = context, count
        self._screens: set[Screen] = set()
        self._seen: dict[int, int] = {}
        self._touched: set[Screen] = set()
        self._count_now = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def mark(self) -> str:
        """How far the journal is, for a page that is about to be read: its stream tells what came after, whichever
        process serves it."""
        seen = dict(self._seen) if self._screens else await self._positions()
        return ".".join(str(seen.get(bucket, 0)) for bucket in range(BUCKETS))

    async def events(self, member: StaffMember, desk: Desk, mark: str) -> AsyncGenerator[str, None]:
        """The stream of a desk whose page bore `mark`."""
        screen, doorbell = Screen(member, desk), self._context.database.doorbell
        self._screens.add(screen)
        try:
            await self._start()
            await self._catch_up(screen, mark)
            self._want_count(screen)
            until = time.monotonic() + LASTS_SECONDS
            yield BEGIN
            while time.monotonic() < until and not doorbell.closing:
                told_now, screen.pending = screen.pending, []
                screen.woken.clear()
                for event, data in told_now:
                    yield line_of(event, data)
                try:
                    await asyncio.wait_for(screen.woken.wait(), LOOK_SECONDS)
                except TimeoutError:
                    yield STILL_HERE
        finally:
            self._screens.discard(screen)
            self._touched.discard(screen)

    async def close(self) -> None:
        """End the looking."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    # ---- looking

    async def _positions(self) -> dict[int, int]:
        rows = await self._context.database.read("select bucket, position from routing.bucket")
        return {row["bucket"]: row["position"] for row in rows}

    async def _catch_up(self, screen: Screen, mark: str) -> None:
        """What happened between the page and its stream."""
        parts = mark.split(".")
        if len(parts) != BUCKETS or not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
            return
        changes, more = await self._changes(dict(enumerate(map(int, parts))))
        now, zone = await self._moment()
        for change in changes:
            screen.hear(change, now, zone)
        if more:
            screen.tell("behind", "")

    async def _start(self) -> None:
        if not self._seen or all(task.done() for task in self._tasks.values()):
            self._seen = await self._positions()
        for name, work in (("look", self._look), ("count", self._recount)):
            if name not in self._tasks or self._tasks[name].done():
                self._tasks[name] = asyncio.get_running_loop().create_task(work())

    def _wanted(self) -> bool:
        return bool(self._screens) and not self._context.database.doorbell.closing

    async def _moment(self) -> tuple[datetime, str]:
        now = self._context.now()
        return now, (await self._context.copies.in_force(self._context.database, now)).zone

    async def _look(self) -> None:
        doorbell = self._context.database.doorbell
        bell = doorbell.listen(("routing",))
        counted = time.monotonic()
        try:
            while self._wanted():
                bell.take()
                try:
                    while await self._once():
                        pass
                except Exception as problem:
                    await log.awarning("open desks could not be told", error=told(problem))
                if time.monotonic() - counted > PASSING_SECONDS:
                    counted = time.monotonic()
                    self._want_count(*self._screens)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), LOOK_SECONDS)
        finally:
            doorbell.forget(bell)
            for screen in self._screens:
                screen.woken.set()
            self._count_now.set()

    async def _once(self) -> bool:
        """Read what was appended and tell it. Returns whether there may be more."""
        changes, more = await self._changes(self._seen)
        now, zone = await self._moment()
        for change in changes:
            self._want_count(*[screen for screen in self._screens if screen.hear(change, now, zone)])
        return more

    async def _changes(self, seen: dict[int, int]) -> tuple[list[Change], bool]:
        """The cases with events after some positions, which are moved on, and whether there are more."""
        database = self._context.database
        rows = await database.read(CHANGED, list(seen), list(seen.values()))
        if not rows:
            return [], False
        events: dict[UUID, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
        for row in rows:
            events[row["case_id"]].append((row["type"], orjson.loads(row["body"])))
        found = await database.read(f"select {FACTS} from routing.case where id = any($1::uuid[])", list(events))
        facts = [Facts(**record) for record in found]
        seen.update((row["bucket"], row["position"]) for row in rows)
        return [Change(one, before_of(one, events[one.id])) for one in facts], len(rows) == AT_ONCE

    # ---- counting

    def _want_count(self, *screens: Screen) -> None:
        if screens:
            self._touched.update(screens)
            self._count_now.set()

    async def _recount(self) -> None:
        while self._wanted():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._count_now.wait(), LOOK_SECONDS)
            self._count_now.clear()
            touched, self._touched = self._touched, set()
            if not touched:
                continue
            begun = time.monotonic()
            for staff_id in {screen.member.staff_id for screen in touched}:
                theirs = [screen for screen in touched if screen.member.staff_id == staff_id]
                try:
                    counts = orjson.dumps(await self._count(theirs[0].member)).decode()
                except Exception as problem:
                    await log.awarning("numbers of an open desk could not be counted", error=told(problem))
                    continue
                for screen in theirs:
                    screen.tell("counts", counts)
            await asyncio.sleep(max(COUNT_SECONDS, COUNT_SHARE * (time.monotonic() - begun)))
