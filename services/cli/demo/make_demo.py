"""Make the demo: lay out ninety days, then let them pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from services.cli.demo.casework import Casework
from services.cli.demo.managers import Managers
from services.cli.demo.plan import DAYS, Story, plan_stories, start_of
from services.cli.demo.recoveries import INCIDENTS, Recoveries
from services.cli.demo.world import Deed, SimulatedClock, World
from services.cli.runtime import Runtime
from services.routing.case import Case

NOON, EVENING = time(12, 10), time(17, 5)
"""When sla, and when everybody, has read what happened: always before the first warning of a new complaint is due."""

Progress = Callable[[datetime, int], None]
"""Told the moment that was reached and how many complaints were filed by then."""


@dataclass(frozen=True, slots=True)
class Made:
    """What the demo came to."""

    cases: int
    open: int
    late: int
    recoveries: int
    alerts: int
    stuck: tuple[str, ...]
    """Steps that nobody of the sample staff could take; empty unless policy and staff do not fit."""


async def make_demo(
    runtime: Runtime, clock: SimulatedClock, *, cases: int, seed: str, end: datetime, progress: Progress
) -> Made:
    """Let the days before `end` pass with so many complaints, by the use cases that the pages and the API call.

    The runtime holds the sample policy and its staff, no complaints, and tells the time by `clock`, which stands at
    the first day.
    """
    intake = runtime.contexts["intake"]
    bundle = await intake.copies.in_force(intake.database, end)
    staff = await intake.copies.staff(intake.database)
    world = World(runtime, clock, bundle, staff, end, seed)
    stories = plan_stories(seed, cases, end, bundle)
    town = _Town(world)
    for story in stories:
        world.at(story.filed_at, town.filing(story))
    town.keep_rounds()
    await runtime.drain()
    await world.live(lambda moment: progress(moment, town.filed))
    return await _counted(world)


class _Town:
    """Everybody together."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.recoveries = Recoveries(world)
        self.managers = Managers(world)
        self.filed = 0
        self._numbers: dict[str, list[str]] = defaultdict(list)

    def filing(self, story: Story) -> Deed:
        """The deed of filing a complaint."""
        work = Casework(self.world, story, self._like)

        async def file() -> None:
            await work.file()
            self.filed += 1
            case = await work.case()
            if story.ends == "decided" and case.category and not case.restricted:
                self._numbers[case.category].append(case.tracking_number)

        return file

    def _like(self, case: Case) -> str | None:
        """The number of an earlier case on the same subject, for one that is merged."""
        earlier = [number for number in self._numbers[case.category or ""] if number != case.tracking_number]
        return earlier[-1] if earlier else None

    def keep_rounds(self) -> None:
        """Put the rounds of every day, and the incidents, on the agenda."""
        zone = ZoneInfo(self.world.bundle.zone)
        first = start_of(self.world.end, self.world.bundle.zone).date()
        for day in range(DAYS + 1):
            today = first + timedelta(days=day)
            self.world.at(datetime.combine(today, NOON, zone), self.world.read_for_sla)
            self.world.at(datetime.combine(today, EVENING, zone), self._round)
        for incident in INCIDENTS:
            noon = datetime.combine(first + timedelta(days=incident.day), time(10, 20), zone)
            self.world.at(noon, partial(self.recoveries.notice, incident))

    async def _round(self) -> None:
        await self.world.settle()
        await self.recoveries.look()
        await self.managers.look()


async def _counted(world: World) -> Made:
    rows = await world.database("routing").read(
        "select count(*) cases, count(*) filter (where is_open) open,"
        " count(*) filter (where is_open and due_at < $1) late from routing.case",
        world.end,
    )
    alerts = await world.database("sla").read("select count(*) n from sla.alert where sent_at is not null")
    records = await world.database("reporting").read("select count(*) n from reporting.recovery")
    row = rows[0]
    return Made(row["cases"], row["open"], row["late"], records[0]["n"], alerts[0]["n"], tuple(world.stuck))
