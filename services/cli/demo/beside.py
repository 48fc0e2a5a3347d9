"""What happens beside the steps of a case: acknowledgement, contacts, notes, second thoughts, words added."""

from __future__ import annotations

from datetime import timedelta

from services.cli.demo import words
from services.cli.demo.case_life import CaseLife
from services.cli.demo.plan import FINISHED_BY_HAND
from services.intake.file_complaint import Receipt
from services.routing.case import Case


class Beside(CaseLife):
    """Whatever the people around a case do that does not move it, or takes it out early."""

    def around(self, case: Case, receipt: Receipt) -> None:
        """Put on the agenda what will happen while the case is worked on."""
        story, dice = self.story, self.dice
        if receipt.acknowledged_at is None:
            by_hand = story.filing["channel"] in FINISHED_BY_HAND
            soon = min(dice.uniform(0.4, 4), story.contact_hours * 0.8)
            hours = soon if dice.random() < 0.96 else dice.uniform(14, 20)
            at = self.world.clock.at + timedelta(minutes=2) if by_hand else self.after(case, hours)
            self.world.at(at, lambda: self.desk.acknowledge(story, receipt))
        self.while_open(self.after(case, story.contact_hours), self._contact)
        if story.person is not None and dice.random() < 0.5:
            self.while_open(self.after(case, max(story.contact_hours - 0.15, 0.05)), self._look)
        total = sum(self.hours.values())
        for chance in (0.4, 0.2):
            if dice.random() < chance:
                self.while_open(self.after(case, total * dice.uniform(0.15, 0.8)), self._note)
        told = dice.uniform(40, 95)
        while told < total and dice.random() < 0.9:
            self.while_open(self.after(case, told), self._update)
            told += dice.uniform(50, 95)
        self._second_thoughts(case, total)

    def _second_thoughts(self, case: Case, total: float) -> None:
        story, dice = self.story, self.dice
        for wanted, deed in (
            (story.raised, self._raise),
            (story.handed_over, self._hand_over),
            (story.adds, self._add),
        ):
            if wanted:
                self.while_open(self.after(case, total * dice.uniform(0.2, 0.7)), deed)
        if story.reprioritised:
            # Soon, as a head looks through what came in: later, warnings would lie in the past.
            self.while_open(self.after(case, dice.uniform(0.4, 4)), self._reprioritise)
        if story.ends == "withdrawn":
            self.while_open(self.after(case, total * dice.uniform(0.1, 0.7)), self._withdraw)
        if story.ends == "spam":
            self.while_open(self.after(case, dice.uniform(1, 6)), self._spam)

    async def _contact(self, case: Case) -> None:
        await self.staff.contact(case, self.medium(), self.dice.choice(words.CONTACTS))

    async def _update(self, case: Case) -> None:
        await self.staff.contact(case, self.medium(), self.dice.choice(words.UPDATES))

    async def _note(self, case: Case) -> None:
        await self.staff.note(case, self.dice.choice(words.NOTES))

    async def _look(self, case: Case) -> None:
        worker = self.staff.worker(case)
        if worker is not None:
            await self.desk.look(case.id, worker, self.dice.choice(words.LOOKED))

    async def _raise(self, case: Case) -> None:
        await self.staff.raise_to_managers(case, self.dice.choice(("unit_head", "line_manager")), words.RAISED[0])

    async def _reprioritise(self, case: Case) -> None:
        other = {"urgent": "normal", "complex": "normal"}.get(
            case.priority or "", self.dice.choice(("urgent", "complex"))
        )
        await self.staff.reprioritise(case, other, self.dice.choice(words.REPRIORITISED))

    async def _hand_over(self, case: Case) -> None:
        if case.state not in ("received", "assessed"):
            await self.staff.hand_over(case, self.dice.choice(words.MOVED_ON))

    async def _spam(self, case: Case) -> None:
        await self.staff.reclassify(case, words.SPAM, kind="spam")

    async def _withdraw(self, _case: Case) -> None:
        await self.desk.act(self.id, "withdraw", self.dice.choice(words.WITHDRAWN))

    async def _add(self, case: Case) -> None:
        if case.state != "awaiting_complainant":
            await self.desk.act(self.id, "add", self.dice.choice(words.ADDED))
