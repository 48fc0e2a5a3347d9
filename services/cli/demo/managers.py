"""What managers of the demo do about their alerts: most are seen within the day, some are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from schemas.governance import StaffMember
from services.cli.demo.world import World
from services.kit.access import Viewer
from services.kit.errors import NotFound
from services.sla.see_alert import see_alert

SEEN = 0.68
"""The share of alerts that whoever is told says to have seen."""


@dataclass(slots=True)
class Managers:
    """Those who are alerted."""

    world: World
    _since: datetime | None = field(default=None)

    async def look(self) -> None:
        """Take note of the alerts sent since the last look; each is seen later by whoever it went to, or never."""
        world = self.world
        since, self._since = self._since or world.clock.at.replace(year=2000), world.clock.at
        rows = await world.database("sla").read(
            "select a.id, a.recipient, a.target, a.cycle, a.level, a.sent_at, c.tracking_number from sla.alert a"
            " join sla.case_copy c using (case_id) where a.sent_at > $1 and a.seen_at is null"
            " order by a.sent_at, c.tracking_number, a.target, a.level",
            since,
        )
        for row in rows:
            dice = world.dice(f"alert/{row['tracking_number']}/{row['target']}/{row['cycle']}/{row['level']}")
            told = world.staff.get(row["recipient"])
            if told is not None and dice.random() < SEEN:
                world.at(world.working(row["sent_at"], dice.uniform(0.1, 9), told.unit), self._seeing(row["id"], told))

    def _seeing(self, alert_id: UUID, member: StaffMember) -> Callable[[], Awaitable[None]]:
        async def see() -> None:
            world = self.world
            async with world.transaction("sla") as tx:
                try:
                    await see_alert(tx, world.bundle, Viewer(member, uuid4()), alert_id, world.clock.at)
                except NotFound:
                    return  # the case has passed to somebody else meanwhile

        return see
