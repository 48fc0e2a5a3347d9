"""One case of the demo and the people around it: each wakes when it is their turn, sees where it stands, and acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from services.cli.demo import forms, words
from services.cli.demo.beside import Beside
from services.cli.demo.plan import Story
from services.cli.demo.world import World
from services.routing.case import Case

USUAL_HOURS = 56.0
"""Working hours for a kind to which the policy promises no date."""

HELD_BACK = ((timedelta(days=-4), 0.0), (timedelta(0), 0.3), (timedelta(days=4), 0.8))
"""How many of the cases due so near to the end of the demo are held back, so that some are overdue and due today."""


class Casework(Beside):
    """The steps of one case, each by whoever may take it."""

    def __init__(self, world: World, story: Story, merge_into: Callable[[Case], str | None]) -> None:
        super().__init__(world, story)
        self._merge_into = merge_into
        self._turn = 0

    # ---- coming in

    async def file(self) -> None:
        """The complaint comes in; what will happen around it is put on the agenda."""
        receipt = await self.desk.file(self.story)
        self.case_id, self.received_at, self.due = receipt.complaint_id, receipt.received_at, receipt.promised.resolve
        case = await self.case()
        if case.safety:
            await self.world.read_for_sla()
        self._lay_out(case)
        self.around(case, receipt)
        self._next(case, self.hours["begin"])

    def _lay_out(self, case: Case) -> None:
        """Divide the time that handling will take into its stages."""
        total = USUAL_HOURS
        if self.due is not None:
            total = max(self.hours_between(case, self.received_at, self.due), 4.0)
        share = self.story.share
        left = self.due - self.world.end if self.due else None
        if left is not None and self.dice.random() < next((held for until, held in HELD_BACK if left <= until), 0.0):
            share = max(share, self.dice.uniform(1.1, 1.6))
        spent = total * share
        begin = min(spent * self.dice.uniform(0.05, 0.18), 20.0)
        decide = min(spent * self.dice.uniform(0.06, 0.2), 12.0)
        finding = max(spent - begin - decide, 0.5)
        first = finding * (0.35 if self.story.asks or self.story.third_party else 1.0)
        self.hours = {"begin": begin, "first": first, "rest": finding - first, "decide": decide}

    # ---- the steps

    async def work(self, turn: int) -> None:
        """Take the next step, if it is still this turn's to take."""
        if turn != self._turn:
            return
        case = await self.case()
        handlers: dict[str, Callable[[Case], Awaitable[None]]] = {
            "assessed": self._assign,
            "assigned": self._begin,
            "investigating": self._find,
            "awaiting_complainant": self._give_up_waiting,
            "awaiting_third_party": self._go_on,
            "response_proposed": self._decide,
            "implementing": self._finish,
            "internal_review": self._review,
            "external_dispute": self._settle_dispute,
            "reopened": self._take_up_again,
        }
        if case.state in handlers:
            await handlers[case.state](case)

    async def _assign(self, case: Case) -> None:
        excluded = self.story.ends
        if excluded in ("not_accepted", "referred", "merged"):
            into = self._merge_into(case) if excluded == "merged" else None
            if excluded != "merged" or into is not None:
                fields = forms.exclusion(self.story, self.dice, excluded, self.medium(), into)
                await self.staff.step(case, excluded, self.dice, **fields)
                return
        if case.category is None:
            await self.staff.reclassify(case, words.RECLASSIFIED, category=self.story.topic.category)
            case = await self.case()
        await self.staff.step(case, "assigned", self.dice, unit=self._unit_for(case))
        self._next(case, self.dice.uniform(0.5, 5))

    def _unit_for(self, case: Case) -> str:
        bundle, topic = self.world.bundle, self.story.topic
        if case.restricted:
            return case.unit
        point = case.service_point or (self.dice.choice(topic.points) if topic.points else None)
        by_category = bundle.unit_for_category(topic.category) or bundle.triage_unit
        unit = bundle.unit_for_service_point(point) if point and topic.category != "conduct" else by_category
        about = case.subject_unit
        return bundle.triage_unit if about and unit in bundle.subtree(about) else unit

    async def _begin(self, case: Case) -> None:
        away = self.story.misrouted or self.story.ends in ("not_accepted", "referred", "merged")
        if away and "returned" not in self.done and not case.restricted:
            self.done.add("returned")
            await self.staff.step(case, "assessed", self.dice, reason=self.dice.choice(words.RETURNED))
            self._next(case, self.dice.uniform(1, 6))
            return
        await self.staff.step(case, "investigating", self.dice, no_conflict=True)
        self._next(case, self.hours["first"])

    async def _find(self, case: Case) -> None:
        now = self.world.clock.at
        if self.story.asks and "asked" not in self.done and not self.done & {"reopened"}:
            self.done.add("asked")
            fields = forms.waiting_for_complainant(self.story, now)
            await self.staff.step(case, "awaiting_complainant", self.dice, **fields)
            if self.story.answers_question:
                self.world.at(self.awake(now + timedelta(hours=self.dice.uniform(3, 110))), self._answer)
            self._next_at(datetime.fromisoformat(fields["until"]) + timedelta(minutes=self.dice.uniform(5, 120)))
            return
        if self.story.third_party and "waited" not in self.done:
            self.done.add("waited")
            await self.staff.step(case, "awaiting_third_party", self.dice, **forms.waiting_for_others(self.dice, now))
            self._next(case, self.dice.uniform(10, 45))
            return
        await self.staff.step(case, "response_proposed", self.dice, **forms.proposal(case, self.story, self.dice))
        self._next(case, self.hours["decide"])

    async def _give_up_waiting(self, case: Case) -> None:
        await self.staff.step(case, "investigating", self.dice, reason=words.UNANSWERED)
        self._next(case, self.hours["rest"])

    async def _go_on(self, case: Case) -> None:
        await self.staff.step(case, "investigating", self.dice, reason=words.RESUMED[1])
        self._next(case, self.hours["rest"])

    async def _decide(self, case: Case) -> None:
        if self.story.sent_back and "sent_back" not in self.done:
            self.done.add("sent_back")
            await self.staff.step(case, "investigating", self.dice, reason=self.dice.choice(words.SENT_BACK))
            self._next(case, self.dice.uniform(2, 9))
            return
        fields = forms.decision(case, self.story, self.dice, self.medium())
        await self.staff.step(case, "decision_communicated", self.dice, **fields)
        reaction = self.story.reaction if "contested" not in self.done else "accepts"
        if "reopened" in self.done:
            reaction = "accepts"
        self._await_reaction(case, reaction)

    def _await_reaction(self, case: Case, reaction: str) -> None:
        """What was granted is delivered whether or not they answer; they answer, contest or keep silent."""
        late = self.dice.random() < 0.1
        hours = self.dice.uniform(52, 75) if late else self.dice.uniform(3, 40)
        self.world.at(self.after(case, hours), self._deliver)
        days = min(self.dice.lognormvariate(0.7, 0.8), 25)
        at = self.awake(self.world.clock.at + timedelta(days=days))
        if reaction == "accepts":
            self.world.at(at, self._accept)
        elif reaction == "contests":
            self.world.at(at, self._contest)
        elif self.story.rates and self.dice.random() < 0.3:
            self.world.at(at, self._rate)

    async def _finish(self, case: Case) -> None:
        if case.open_remedies:
            self._next(case, 4)
            return
        paid = bool((case.decision or {}).get("baht"))
        proof = self.dice.choice(words.PROOFS_OF_PAYMENT if paid else words.PROOFS)
        await self.staff.step(case, "closed", self.dice, proof=proof)
        now = self.world.clock.at
        if self.story.rates:
            self.world.at(self.awake(now + timedelta(hours=self.dice.uniform(2, 70))), self._rate)
        if self.story.reopens and "reopened" not in self.done:
            self.world.at(self.awake(now + timedelta(days=self.dice.uniform(1, 12))), self._reopen)

    async def _deliver(self) -> None:
        case = await self.case()
        if case.open and case.open_remedies:
            await self.staff.deliver_remedies(case)

    async def _review(self, case: Case) -> None:
        if "disputed" not in self.done and self.dice.random() < 0.15:
            self.done.add("disputed")
            body = self.world.bundle.publication.recourse[0].name.th
            await self.staff.step(case, "external_dispute", self.dice, body=body, reason=words.DISPUTED)
            self._next(case, self.dice.uniform(60, 120))
            return
        fields = forms.review(case, self.story, self.dice, self.medium())
        await self.staff.step(case, "decision_communicated", self.dice, **fields)
        self._await_reaction(case, "accepts")

    async def _settle_dispute(self, case: Case) -> None:
        await self.staff.step(case, "implementing", self.dice, reason=words.SETTLED)
        self._next(case, self.dice.uniform(8, 30))

    async def _take_up_again(self, case: Case) -> None:
        await self.staff.step(case, "investigating", self.dice, no_conflict=True)
        self._next(case, self.dice.uniform(6, 30))

    def _next(self, case: Case, hours: float) -> None:
        self._next_at(self.after(case, hours))

    def _next_at(self, moment: datetime) -> None:
        """It is somebody's turn then; an earlier appointment no longer counts."""
        self._turn += 1
        turn = self._turn
        self.world.at(moment, lambda: self.work(turn))

    # ---- the complainant

    async def _answer(self) -> None:
        if await self.desk.act(self.id, "add", self.dice.choice(self.story.topic.answers)):
            self._next(await self.case(), self.hours["rest"])

    async def _accept(self) -> None:
        if await self.desk.act(self.id, "accept", self.dice.choice(words.ACCEPTED)):
            case = await self.case()
            self._next(case, self.dice.uniform(3, 30))

    async def _contest(self) -> None:
        self.done.add("contested")
        if await self.desk.act(self.id, "contest", self.dice.choice(words.CONTESTED)):
            self._next(await self.case(), self.dice.uniform(14, 50))

    async def _reopen(self) -> None:
        if await self.desk.act(self.id, "reopen", self.dice.choice(words.REOPENED)):
            self.done.add("reopened")
            self._next(await self.case(), self.dice.uniform(8, 60))

    async def _rate(self) -> None:
        late = self.due is not None and self.story.pace == "late"
        await self.desk.rate(self.id, self.story, late=late, contested="contested" in self.done)
