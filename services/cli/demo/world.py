"""The world of the demo: the runtime under a clock of its own, in which readers read and jobs run as time passes.

Between two moments nothing is skipped: the sweep runs when a warning, a breach or a held alert falls due, notices of
silence and lapsing offers when theirs do, so that the demo's alerts come as late as real ones and no later.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.intake.serials import Serials
from services.kit.copies import Copies, Staff
from services.kit.database import Database, Transaction
from services.kit.feeds import PER_BUCKET
from services.kit.retry_parked import retry
from services.kit.scope import Scope, scope_of
from services.kit.working_days import WorkingCalendar, compile_calendar
from services.kit.working_time import add_working_seconds

BEAT = timedelta(seconds=1)
"""How long after a moment the running system would have noticed it."""

DUE = {
    "sla": "select least((select min(next_at) from sla.clock where next_at is not null),"
    " (select min(not_before) from sla.alert where sent_at is null and dropped is null)) as at",
    "routing": "select min(silence_at) as at from routing.case where silence_at is not null",
    "reporting": "select min(offer_expires_at) as at from reporting.recovery where state = 'offered'",
}
"""When the jobs of a service have something to do next."""


NIGHTLY = "learn"
"""The job that learns from past cases: it runs once, when all of them are there, and not whenever something is due."""


class SimulatedClock:
    """The clock every service uses while the demo is made. It never goes back."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The time it is."""
        return self.at

    def forward(self, to: datetime) -> datetime:
        """Let time pass until `to`, if that lies ahead; the time it is then."""
        self.at = max(self.at, to)
        return self.at


class NobodyMay(Exception):
    """No member of the sample staff may take a step that the demo wanted: what it is about stays where it stands."""


Deed = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class World:
    """Everything a person of the demo needs to act: the services, the clock, who there is, and an agenda."""

    runtime: Runtime
    clock: SimulatedClock
    bundle: PolicyBundle
    staff: Staff
    end: datetime
    seed: str
    serials: Serials = field(default_factory=Serials)
    stuck: list[str] = field(default_factory=list)
    """Steps that nobody could take."""
    _agenda: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)
    _next: dict[str, datetime | None] = field(default_factory=lambda: dict.fromkeys(DUE))
    _scopes: dict[UUID, Scope] = field(default_factory=dict)
    _calendars: dict[tuple[str | None, str | None], WorkingCalendar] = field(default_factory=dict)

    # ---- the agenda

    def at(self, moment: datetime, deed: Deed) -> None:
        """Put something on the agenda; what would happen after the end does not happen."""
        moment = max(moment, self.clock.at + BEAT)
        if moment < self.end:
            heapq.heappush(self._agenda, (moment, next(self._order), deed))

    async def live(self, passed: Callable[[datetime], None]) -> None:
        """Let everything on the agenda happen in its time, until the end."""
        while self._agenda:
            moment, _, deed = heapq.heappop(self._agenda)
            await self.pass_time(moment)
            try:
                await deed()
            except NobodyMay as problem:
                self.stuck.append(str(problem))
            passed(moment)
        await self.pass_time(self.end)
        await self.runtime.drain()
        for job in self.runtime.services["routing"].jobs:
            if job.name == NIGHTLY:
                await job.run(self.end)

    async def pass_time(self, until: datetime) -> None:
        """Let time pass, running each job when it has something to do."""
        while True:
            due = min((at for at in self._next.values() if at is not None), default=None)
            if due is None or due + BEAT >= until:
                break
            self.clock.forward(due + BEAT)
            await self._run_jobs(next(name for name, at in self._next.items() if at == due))
        self.clock.forward(until)

    async def _run_jobs(self, service: str) -> None:
        due = self._next[service]
        if service == "sla" and await self.read("sla"):
            await self._look("sla")
            if self._next["sla"] != due:
                return
        for job in self.runtime.services[service].jobs:
            if job.name != NIGHTLY:
                await job.run(self.clock.at)
        await self._look(service)
        if self._next[service] == due:
            # What cannot be dealt with now is looked at again when everybody has read everything.
            self._next[service] = None

    async def _look(self, service: str) -> None:
        rows = await self.database(service).read(DUE[service])
        self._next[service] = rows[0]["at"]

    # ---- reading

    async def read(self, *services: str) -> bool:
        """Let these services read what their bell rang for; whether any of it was new."""
        moved = 0
        for name in services:
            feed = self.runtime.journal_feed(name)
            while rung := feed.bell.take():
                for source in sorted(rung):
                    while taken := await feed.take(source):
                        moved += taken
                        if taken < PER_BUCKET:
                            break
        return moved > 0

    async def read_for_sla(self) -> None:
        """Let routing and sla read what there is, and see what is due next."""
        await self.read("routing", "sla")
        await self._look("sla")

    async def settle(self) -> None:
        """Let everybody read everything, and see what is due next."""
        again = True
        while again:
            while await self.read(*self.runtime.feeds):
                pass
            again = any([await retry(feed.reader) for feed in self.runtime.feeds.values()])
        for service in DUE:
            await self._look(service)

    # ---- people and time

    def database(self, service: str) -> Database:
        """The database of a service."""
        return self.runtime.contexts[service].database

    def copies(self, service: str) -> Copies:
        """The copies of a service."""
        return self.runtime.contexts[service].copies

    def transaction(self, service: str) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of a service."""
        return self.database(service).transaction()

    def scope(self, member: StaffMember) -> Scope:
        """What somebody may see."""
        if member.staff_id not in self._scopes:
            self._scopes[member.staff_id] = scope_of(self.bundle, member)
        return self._scopes[member.staff_id]

    def people(self) -> list[StaffMember]:
        """Everybody who is active, by user name."""
        return sorted((m for m in self.staff.by_id.values() if m.active), key=lambda m: m.username)

    def working(self, start: datetime, hours: float, unit: str | None = None, point: str | None = None) -> datetime:
        """The moment after so many working hours of a unit."""
        return add_working_seconds(start, hours * 3600, self.calendar(unit, point))

    def calendar(self, unit: str | None = None, point: str | None = None) -> WorkingCalendar:
        """When a unit, or a service point of it, is at work."""
        known = unit if unit and self.bundle.has_unit(unit) else None
        place = point if point and self.bundle.has("service_points", point) else None
        key = (known, place)
        if key not in self._calendars:
            self._calendars[key] = compile_calendar(self.bundle.calendar_for(known, place))
        return self._calendars[key]

    def dice(self, name: str) -> Random:
        """Dice of their own for whatever has that name, so that nothing else disturbs them."""
        return Random(f"{self.seed}/{name}")  # noqa: S311 - nothing here is secret
