"""What everybody around one case of the demo shares: the story, the sides they work from, and their appointments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from services.cli.demo.intake_desk import IntakeDesk
from services.cli.demo.plan import Story
from services.cli.demo.staff_work import StaffWork
from services.cli.demo.world import World
from services.kit.working_time import working_seconds_between
from services.routing.case import Case


class CaseLife:
    """One complaint of the demo. `hours` are the working hours that the stages of its handling take."""

    def __init__(self, world: World, story: Story) -> None:
        self.world = world
        self.story = story
        self.desk = IntakeDesk(world)
        self.staff = StaffWork(world)
        self.dice: Random = story.rng(world.seed)
        self.case_id: UUID | None = None
        self.received_at: datetime = story.filed_at
        self.due: datetime | None = None
        self.hours = {"begin": 2.0, "first": 8.0, "rest": 8.0, "decide": 3.0}
        self.done: set[str] = set()

    @property
    def id(self) -> UUID:
        if self.case_id is None:
            raise RuntimeError("the complaint is not filed yet")
        return self.case_id

    async def case(self) -> Case:
        """The case as it stands."""
        return await self.staff.case(self.id)

    def medium(self) -> str:
        """How this complainant is reached: a channel of the policy."""
        wanted = str(self.story.filing.get("contact_preference") or self.story.filing.get("channel") or "web")
        return wanted if self.world.bundle.has("channels", wanted) else "web"

    def after(self, case: Case, hours: float) -> datetime:
        """The moment after so many working hours of whoever has the case."""
        start = max(self.world.clock.at, self.received_at)
        minutes = self.dice.uniform(0, 25)
        return self.world.working(start, hours, case.unit, case.service_point) + timedelta(minutes=minutes)

    def while_open(self, moment: datetime, deed: Callable[[Case], Awaitable[None]]) -> None:
        """Do something beside the steps then, if the case is still being worked on."""

        async def if_open() -> None:
            case = await self.case()
            if case.open and case.decided_at is None:
                await deed(case)

        self.world.at(moment, if_open)

    def hours_between(self, case: Case, start: datetime, end: datetime) -> float:
        """Working hours between two moments for whoever has the case."""
        return working_seconds_between(start, end, self.world.calendar(case.unit, case.service_point)) / 3600

    def awake(self, moment: datetime) -> datetime:
        """The moment, or the morning after or evening before, for somebody who sleeps at night."""
        local = moment.astimezone(ZoneInfo(self.world.bundle.zone))
        if local.hour < 7:
            return local.replace(hour=7) + timedelta(minutes=self.dice.uniform(0, 150))
        return local.replace(hour=20) if local.hour >= 22 else local
