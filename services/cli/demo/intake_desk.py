"""How a complaint of the demo comes in and what its complainant does later, by intake's use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from schemas.complaints import ComplainantAction
from schemas.governance import StaffMember
from services.cli.demo import words
from services.cli.demo.plan import FINISHED_BY_HAND, Story
from services.cli.demo.world import BEAT, World
from services.intake.acknowledge import MEDIA, acknowledge
from services.intake.act_on_complaint import Asked, act_on_complaint
from services.intake.actions import allowed_actions
from services.intake.contacts.keeping import contacts_of
from services.intake.file_complaint import Receipt, file_complaint
from services.intake.filing import read_filing
from services.intake.filing_checks import check
from services.intake.look_at_identity import case_in_view, look_at_identity, may_look
from services.intake.track_complaint import track_complaint
from services.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class IntakeDesk:
    """The side of intake: filing, acknowledging, looking at an identity, and the complainant's own actions."""

    world: World

    async def file(self, story: Story) -> Receipt:
        """File the complaint as the form, the API or the complaint centre does."""
        world = self.world
        context = world.runtime.contexts["intake"]
        filing = read_filing(story.filing)
        now = world.clock.at
        receipt = await file_complaint(
            context.database,
            check(filing, world.bundle, world.staff, now),
            bundle=world.bundle,
            serials=world.serials,
            settings=context.settings,
            now=now,
            filed_by=self.clerk(story).staff_id if filing.by_staff else None,
        )
        world.clock.forward(now + BEAT)
        await world.read("routing")
        return receipt

    def clerk(self, story: Story) -> StaffMember:
        """Who writes down what comes in by telephone, letter or in person."""
        clerks = self.world.staff.holding("centre")
        return clerks[story.number % len(clerks)]

    async def acknowledge(self, story: Story, receipt: Receipt) -> None:
        """Record that the complainant of a call, letter or visit was told that it is received."""
        channel = str(story.filing["channel"])
        now = self.world.clock.at
        at = receipt.received_at + timedelta(minutes=1) if channel in FINISHED_BY_HAND else now
        async with self.world.transaction("intake") as tx:
            await acknowledge(
                tx,
                receipt.complaint_id,
                medium=channel if channel in MEDIA else "other",
                acknowledged_at=min(at, now),
                now=now,
                by=self.clerk(story).staff_id,
                template=None if channel in FINISHED_BY_HAND else "acknowledgement",
            )

    async def look(self, case_id: UUID, member: StaffMember, reason: str) -> None:
        """Somebody who may opens the identity behind a case, with a reason."""
        world = self.world
        await world.read("intake")
        async with world.transaction("intake") as tx:
            try:
                seen = await case_in_view(tx, case_id, member, world.bundle)
            except NotFound:
                return
            if seen.identity != "anonymous" and may_look(seen, member):
                await look_at_identity(tx, seen, member, reason, world.clock.at, contacts_of(world.runtime.settings))

    async def act(self, case_id: UUID, action: ComplainantAction, text: str = "", rating: int | None = None) -> bool:
        """The complainant does something where they follow their case, if it is offered there; whether it was."""
        world = self.world
        await world.read("intake")
        async with world.transaction("intake") as tx:
            tracked = await track_complaint(tx, case_id)
            if action not in allowed_actions(tracked.standing, world.bundle, world.clock.at):
                return False
            asked = Asked(action=action, text=text or None, rating=rating, confidence=None)
            await act_on_complaint(tx, case_id, asked, world.bundle, world.clock.at)
        world.clock.forward(world.clock.at + BEAT)
        await world.read("routing")
        return True

    async def rate(self, case_id: UUID, story: Story, *, late: bool, contested: bool) -> None:
        """Rate the handling: worse when it was late or had to be contested."""
        weights = (14, 18, 26, 27, 15) if late or contested else (2, 4, 12, 42, 40)
        dice = self.world.dice(f"rating/{story.number}")
        rating = dice.choices(range(1, 6), weights)[0]
        comment = dice.choice(words.RATED[rating]) if dice.random() < 0.5 else ""
        await self.act(case_id, "rate", comment, rating)
