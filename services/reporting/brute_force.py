"""The material of the figures straight from the events, case by case, in plain Python: no facts, no sums, no SQL. Pure.

Deliberately another road than `fold.py`, `rules.py` and `populations.py`, so that one can be held against the other
(`redress kpi --recompute`). Slow, simple, and complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.cases import CaseRaised, TaskChanged
from schemas.clocks import Clock
from schemas.complaints import History
from schemas.policy import PolicyBundle
from schemas.recovery import RecoveryFact, RecoveryMoved, RecoveryOpened
from services.kit.working_time import working_seconds_between
from services.reporting.calendars import Calendars
from services.reporting.kpis.formulas import Share, Taken
from services.reporting.kpis.material import Material, age_class
from services.reporting.question import Question, covered
from services.reporting.stories import GONE, TOLD, Story


@dataclass(frozen=True, slots=True)
class Tied:
    """What has to be kept of a valid case to tell whether it repeats another, or another repeats it."""

    case_id: UUID
    begun: datetime
    links: list[tuple[str, Any]]
    restricted: bool
    cause: str | None
    category: str | None
    unit: str | None
    owner: UUID | None
    asked: bool
    """Whether the question counts it among those of the period."""


class Counting:
    """Counts stories as they come, a batch at a time; what ties cases together is counted at the end.

    Of a case that is counted nothing stays but its contribution and, where something could tie it to another, the few
    fields of `Tied`: a million cases fit.
    """

    def __init__(self, bundle: PolicyBundle, question: Question, calendars: Calendars) -> None:
        self.bundle = bundle
        self.question = question
        self.calendars = calendars
        self.since, self.until = question.period.since, question.period.until
        self.cut = question.period.cut_off(question.as_of)
        self.material = Material()
        self.tied: dict[tuple[str, Any], list[Tied]] = defaultdict(list)
        self.records: list[tuple[UUID, list[RecoveryFact]]] = []

    def take(self, stories: list[Story]) -> None:
        """Count a batch of cases; all that was announced of a case comes in one batch."""
        for story in stories:
            self.records += [(story.case_id, facts) for facts in story.records.values()]
            if story.begun() is None:
                continue
            self.tie(story)
            if self.counts(story):
                self.count_received(story)
                self.count_clocks(story)
                self.count_stretches(story)
                self.count_rest(story)
        self.material.condense()

    def complaints_of_records(self) -> list[UUID]:
        """The cases that recovery records are about: their stories are needed once more, for `finish`."""
        return sorted({facts[-1].complaint_id or case_id for case_id, facts in self.records})

    def finish(self, complaints: list[Story]) -> Material:
        """Count repeats and recoveries; returns the same material as `gather.gather`."""
        self.count_repeats()
        by_id = {story.case_id: story for story in complaints}
        for case_id, facts in self.records:
            self.count_recovery(by_id.get(facts[-1].complaint_id or case_id), facts)
        self.material.condense()
        return self.material

    def tie(self, story: Story) -> None:
        """Note a valid case under whatever could tie it to another."""
        links, begun = self.links(story), story.begun()
        if not links or begun is None or not story.is_valid():
            if begun is not None and self.counts(story) and story.is_valid() and self.within(begun):
                self.share("repeated", story.unit(), story.owner(), False)
            return
        asked = self.counts(story) and self.within(begun)
        tied = Tied(
            case_id=story.case_id,
            begun=begun,
            links=links,
            restricted=bool(story.last and story.last.restricted),
            cause=self.cause_of(story),
            category=story.feature("category"),
            unit=story.unit(),
            owner=story.owner(),
            asked=asked,
        )
        for link in links:
            self.tied[link].append(tied)

    def counts(self, story: Story) -> bool:
        """Whether the question looks at this case."""
        asked = self.question
        if story.last and story.last.restricted and story.unit() not in asked.restricted_units:
            return False
        if asked.category and story.feature("category") not in covered(self.bundle, asked.category):
            return False
        return asked.channel in (None, story.feature("channel")) and asked.service_point in (
            None,
            story.feature("service_point"),
        )

    def within(self, at: datetime | None) -> bool:
        """Whether a moment lies in the period."""
        return at is not None and self.since <= at < self.until

    def share(self, name: str, unit: str | None, owner: UUID | None, hit: bool, group: str = "") -> None:
        self.material.shares[name].append(Share(unit, owner, int(hit), 1, group))

    def count_received(self, story: Story) -> None:
        if not self.within(story.begun()):
            return
        unit, owner = story.unit(), story.owner()
        if story.feature("kind") == "complaint":
            anonymous = story.filed is not None and story.filed.identity == "anonymous"
            self.share("received", unit, owner, anonymous, story.feature("channel"))
            self.share("excluded", unit, owner, story.state() in GONE)
        if not story.is_valid():
            return
        heads = {"unit_head", "line_manager", "executive"}
        alerted = any(alert.level.split(":")[0] in heads for alert, _ in story.alerts.values())
        raised = any(isinstance(fact, CaseRaised) for fact in story.routed)
        self.share("escalated", unit, owner, alerted or raised)
        cause = story.last.cause if story.last else (story.history.cause if story.history else None)
        self.share("caused", unit, owner, cause is not None, cause or "")
        for target in ("acknowledge", "first_contact", "resolve"):
            if self.is_left_out(story, target):
                self.share(f"left:{target}", unit, owner, True)
        history = story.history
        if history and ((history.state == "closed" and history.closed_at is None) or history.reopened_count):
            self.share("left:closed", unit, owner, True)

    def is_left_out(self, story: Story, target: str) -> bool:
        """Whether its history does not say what the first clock of a target would be judged by."""
        history = story.history
        if history is None:
            return False
        times = {
            "acknowledge": history.acknowledged_at,
            "first_contact": history.first_contact_at,
            "resolve": history.decided_at,
        }
        clock = story.clocks.get((target, 1))
        if times[target] is not None or (clock and clock[0].met_at is not None):
            return False
        return clock is None or target != "resolve" or history.state in TOLD

    def clocks_of(self, story: Story) -> Iterator[tuple[tuple[str, int], Clock, str | None, UUID | None]]:
        for key, (clock, _) in story.clocks.items():
            owner = clock.owner or (story.owner() if clock.unit is None else None)
            yield key, clock, clock.unit or story.unit(), owner

    def count_clocks(self, story: Story) -> None:
        for key, clock, unit, owner in self.clocks_of(story):
            target, cycle = key
            out = cycle == 1 and target != "progress" and self.is_left_out(story, target)
            if (
                clock.due_at is not None
                and self.within(clock.due_at)
                and not out
                and target in ("acknowledge", "resolve")
            ):
                told = story.was_complaint(clock.due_at) if clock.missed else (
                    story.is_valid() and clock.state != "cancelled"
                )  # fmt: skip
                if told:
                    in_time = clock.met_at is not None and clock.met_at <= clock.due_at
                    self.share(f"due:{target}", unit, owner, in_time)
            if story.is_valid():
                self.count_duration(story, key, clock, unit, owner)
                if target == "resolve":
                    self.count_running(story, clock, unit, owner, cycle)

    def count_duration(
        self, story: Story, key: tuple[str, int], clock: Clock, unit: str | None, owner: UUID | None
    ) -> None:
        if clock.met_at is None or not self.within(clock.met_at) or key not in story.seconds:
            return
        gross, net = story.seconds[key]
        if key[0] in ("acknowledge", "first_contact"):
            self.material.taken[key[0]].append(Taken(unit, owner, [gross / 3600]))
        elif key[0] == "resolve":
            day = self.calendars.day_seconds(clock.policy_version, clock.calendar)
            self.material.taken["gross"].append(Taken(unit, owner, [gross / day]))
            self.material.taken["net"].append(Taken(unit, owner, [net / day]))
            whole = round(1000 * gross)
            self.material.shares["paused"].append(Share(unit, owner, whole - round(1000 * net), whole))

    def count_running(self, story: Story, clock: Clock, unit: str | None, owner: UUID | None, cycle: int) -> None:
        if clock.state == "cancelled" or clock.started_at >= self.cut:
            return
        if clock.met_at is not None and clock.met_at < self.cut:
            return
        history = story.history
        if clock.met_at is None and cycle == 1 and history and history.decided_at is None and history.state in TOLD:
            return
        calendar = self.calendars.of_clock(clock.policy_version, clock.calendar)
        day = self.calendars.day_seconds(clock.policy_version, clock.calendar)
        gross = working_seconds_between(clock.started_at, self.cut, calendar)
        net = working_seconds_between(clock.started_at, self.cut, calendar, clock.pauses)
        self.material.taken["gross:running"].append(Taken(unit, owner, [gross / day], ended=False))
        self.material.taken["net:running"].append(Taken(unit, owner, [net / day], ended=False))

    def count_stretches(self, story: Story) -> None:
        matured = timedelta(days=self.bundle.lifecycle.matured_days)
        reopened_once = bool(story.history and self._reopened_unseen(story.history))
        for number, it in enumerate(story.stretches(), 1):
            was_open = it.opened < self.cut and (it.state is None or (it.ended is not None and it.ended >= self.cut))
            if was_open and story.feature("kind") == "complaint" and story.in_scope():
                point, version = story.feature("service_point"), self.version_of(story)
                age = self.calendars.working_days(version, story.unit(), point, it.opened, self.cut)
                self.share("open", story.unit(), story.owner(), True, age_class(age))
            if it.state != "closed" or it.ended is None or not self.within(it.ended) or not story.is_valid():
                continue
            unit = it.unit or story.unit()
            owner = it.owner or (story.owner() if it.unit is None else None)
            again = it.reopened is not None or (number == 1 and reopened_once)
            self.share("first_point", unit, owner, it.transfers == 0 and not again)
            if it.ended + matured <= self.question.as_of:
                self.share("reopened", unit, owner, it.reopened is not None and it.reopened <= it.ended + matured)

    @staticmethod
    def _reopened_unseen(history: History) -> bool:
        return history.reopened_count > 0 or (history.state == "closed" and history.closed_at is None)

    @staticmethod
    def version_of(story: Story) -> str | None:
        """The policy version it is judged by."""
        if story.last:
            return story.last.policy_version
        return story.filed.policy_version if story.filed else None

    def count_rest(self, story: Story) -> None:
        for alert, historical in story.alerts.values():
            if self.within(alert.sent_at) and not historical:
                due = max(alert.threshold_at, alert.known_at or alert.threshold_at)
                lag = (alert.sent_at - due).total_seconds()
                self.material.taken["alert_lag"].append(Taken(story.unit(), story.owner(), [lag]))
        if story.is_valid():
            self.count_ratings(story)
            self.count_remedies(story)

    def count_ratings(self, story: Story) -> None:
        given = dict(story.ratings)
        if story.filed and story.filed.history and story.filed.history.rating:
            given[story.filed.history.closed_at or story.filed.received_at] = story.filed.history.rating
        stretches = story.stretches()
        last: dict[int, tuple[datetime, int]] = {}
        for at, rating in sorted(given.items()):
            number = max((n for n, it in enumerate(stretches) if it.opened <= at), default=0)
            last[number] = (at, rating)
        for number, (at, rating) in last.items():
            if self.within(at):
                it = stretches[number]
                owner = it.owner or (story.owner() if it.unit is None else None)
                self.share("rated", it.unit or story.unit(), owner, rating >= 4)
                self.share("disliked", it.unit or story.unit(), owner, rating <= 2)
                if (confidence := story.confidences.get(at)) is not None:
                    self.share("trusted", it.unit or story.unit(), owner, confidence >= 4)
        for at in story.invited.values():
            if self.within(at):
                number = max((n for n, it in enumerate(stretches) if it.opened <= at), default=0)
                it = stretches[number]
                until = stretches[number + 1].opened if number + 1 < len(stretches) else None
                owner = it.owner or (story.owner() if it.unit is None else None)
                answered = any(at <= rated and (until is None or rated < until) for rated in given)
                self.share("invited", it.unit or story.unit(), owner, answered)

    def count_remedies(self, story: Story) -> None:
        tasks = {fact.task_id: fact for fact in story.routed if isinstance(fact, TaskChanged) and fact.remedy}
        for task in tasks.values():
            if task.due_at is not None and self.within(task.due_at) and task.status != "dropped":
                done = task.status == "done" and task.done_at is not None and task.done_at <= task.due_at
                unit = task.case.unit or story.unit()
                owner = task.task_owner or task.case.owner or (story.owner() if task.case.unit is None else None)
                self.share("remedies", unit, owner, done)

    def count_repeats(self) -> None:
        """Whether each case of the period that is tied to another repeats one."""
        once = {tied.case_id: tied for group in self.tied.values() for tied in group if tied.asked}
        for tied in once.values():
            hit = any(self.repeats(tied, other) for link in tied.links for other in self.tied[link])
            self.share("repeated", tied.unit, tied.owner, hit)

    @staticmethod
    def links(story: Story) -> list[tuple[str, Any]]:
        """What ties it to other cases."""
        filed = story.filed
        if filed is None:
            return []
        found = [("complainant", filed.complainant_ref), ("reference", filed.reference)]
        return [link for link in found if link[1] is not None]

    def repeats(self, mine: Tied, other: Tied) -> bool:
        """Whether `other` came before, of the same cause, and may be known of."""
        if (other.begun, other.case_id) >= (mine.begun, mine.case_id):
            return False
        if mine.begun - other.begun > timedelta(days=self.bundle.lifecycle.repeat_days):
            return False
        if other.restricted and not mine.restricted:
            return False
        if mine.cause is not None and other.cause is not None:
            return mine.cause == other.cause
        return mine.category == other.category

    @staticmethod
    def cause_of(story: Story) -> str | None:
        """The root cause coded."""
        if story.last:
            return story.last.cause
        return story.history.cause if story.history else None

    def count_recovery(self, complaint: Story | None, facts: list[RecoveryFact]) -> None:
        last = facts[-1]
        if last.state == "cancelled":
            return
        if complaint is not None and complaint.begun() is not None:
            if not self.counts(complaint):
                return
        elif self.question.channel or self.question.category or self.question.service_point:
            return
        unit = last.unit or (complaint.unit() if complaint else None)
        owner = complaint.owner() if complaint else None
        opened = next((f.at for f in facts if isinstance(f, RecoveryOpened)), None)
        decision = next((f for f in reversed(facts) if f.state in ("accepted", "declined", "lapsed")), None)
        promised = next(
            (f.promised_by for f in reversed(facts) if isinstance(f, RecoveryMoved) and f.promised_by), None
        )
        moved = [f for f in facts if isinstance(f, RecoveryMoved)]
        returned = max(
            (n for n, f in enumerate(moved) if (f.came_from, f.state) == ("completed", "in_delivery")), default=0
        )
        finished = next(
            (
                f
                for f in moved[returned:]
                if f.state in ("completed", "verified", "closed") and f.came_from not in ("declined", "lapsed")
            ),
            None,
        )
        done = (finished.completed_at or finished.at) if finished else None
        if self.within(opened):
            self.share("offered", unit, owner, any(f.state == "offered" for f in facts))
        if decision and self.within(decision.at) and decision.state in ("accepted", "declined"):
            self.share("accepted", unit, owner, decision.state == "accepted")
        if promised and self.within(promised) and (decision is None or decision.state == "accepted"):
            self.share("recovered", unit, owner, done is not None and done <= promised)
        if self.within(done):
            self.material.shares["cost"].append(Share(unit, owner, last.baht or 0, 1))
