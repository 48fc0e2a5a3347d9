"""What was announced about each case, told from the events alone: the ground the brute-force figures stand on. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from schemas.cases import CaseImported, CaseMoved, CaseReclassified, CaseSnapshot, RoutingFact
from schemas.clocks import AlertRaised, AlertSeen, Clock, ClockMet, SlaFact
from schemas.complaints import ComplainantActed, ComplaintFiled, History, ReceiptCorrected, SurveyInvited
from schemas.envelope import Event, Payload, UnknownEvent
from schemas.recovery import RecoveryFact

GONE = {"merged", "withdrawn", "referred", "not_accepted"}
ENDED = GONE | {"closed"}
TOLD = {"decision_communicated", "implementing", "internal_review", "external_dispute", "closed"}


@dataclass
class Stretch:
    """From opening to ending."""

    opened: datetime
    ended: datetime | None = None
    state: str | None = None
    unit: str | None = None
    owner: UUID | None = None
    transfers: int = 0
    reopened: datetime | None = None


@dataclass
class Story:
    """Everything announced about one case, by announcing service, in order."""

    case_id: UUID
    filed: ComplaintFiled | None = None
    received_at: datetime | None = None
    routed: list[RoutingFact] = field(default_factory=list)
    clocks: dict[tuple[str, int], tuple[Clock, int]] = field(default_factory=dict)
    seconds: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    alerts: dict[UUID, tuple[AlertRaised, bool]] = field(default_factory=dict)
    ratings: dict[datetime, int] = field(default_factory=dict)
    confidences: dict[datetime, int] = field(default_factory=dict)
    invited: dict[int, datetime] = field(default_factory=dict)
    records: dict[UUID, list[RecoveryFact]] = field(default_factory=lambda: defaultdict(list))

    def hear(self, event: Event, fact: Payload) -> None:
        """Take one event in."""
        if isinstance(fact, ComplaintFiled):
            self.filed = fact
            self.received_at = self.received_at or fact.received_at
        elif isinstance(fact, ReceiptCorrected):
            self.received_at = fact.received_at
        elif isinstance(fact, ComplainantActed):
            if fact.action == "rate" and fact.rating and 1 <= fact.rating <= 5:
                self.ratings[fact.at] = fact.rating
                if fact.confidence and 1 <= fact.confidence <= 5:
                    self.confidences[fact.at] = fact.confidence
        elif isinstance(fact, SurveyInvited):
            self.invited[fact.closure] = fact.at
        elif isinstance(fact, RoutingFact):
            self.routed.append(fact)
        elif isinstance(fact, AlertRaised):
            self.alerts[fact.alert_id] = (fact, event.historical)
        elif isinstance(fact, SlaFact) and not isinstance(fact, AlertSeen):
            key = (fact.clock.target, fact.clock.cycle)
            if key not in self.clocks or fact.version >= self.clocks[key][1]:
                self.clocks[key] = (fact.clock, fact.version)
                if isinstance(fact, ClockMet):
                    self.seconds[key] = (fact.working_seconds, fact.net_seconds)
        elif isinstance(fact, RecoveryFact):
            self.records[fact.recovery_id].append(fact)

    @property
    def last(self) -> CaseSnapshot | None:
        """What routing last said."""
        return self.routed[-1].case if self.routed else None

    @property
    def history(self) -> History | None:
        """What an import knew."""
        imported = next((fact.history for fact in self.routed if isinstance(fact, CaseImported)), None)
        return imported or (self.filed.history if self.filed else None)

    def begun(self) -> datetime | None:
        """When it was received."""
        return self.received_at or (self.last.received_at if self.last else None)

    def feature(self, name: str) -> Any:
        """Kind, channel, category, service point: as routing says, before that as filed."""
        return getattr(self.last or self.filed, name, None)

    def state(self) -> str:
        """Where it stands."""
        if self.last:
            return self.last.state
        return self.history.state if self.history else "received"

    def unit(self) -> str | None:
        """The present unit."""
        return self.last.unit if self.last else (self.history.unit if self.history else None)

    def owner(self) -> UUID | None:
        """The present owner."""
        return self.last.owner if self.last else None

    def in_scope(self) -> bool:
        """Not marked out of scope by its history."""
        return not (self.history and self.history.out_of_scope)

    def is_valid(self) -> bool:
        """A complaint that counts (domain §5)."""
        return self.feature("kind") == "complaint" and self.state() not in GONE and self.in_scope()

    def was_complaint(self, at: datetime) -> bool:
        """Whether it was one at `at`."""
        left = [
            fact.at
            for fact in self.routed
            if isinstance(fact, CaseReclassified) and fact.kind_before == "complaint" and fact.case.kind != "complaint"
        ]
        return self.in_scope() and (self.feature("kind") == "complaint" or bool(left and at < left[-1]))

    def stretches(self) -> list[Stretch]:
        """When it was open."""
        begun = self.begun()
        if begun is None:
            return []
        found = [Stretch(begun)]
        history = self.history
        if history and history.state in ENDED:
            found[0].ended, found[0].state, found[0].unit = history.closed_at, history.state, history.unit
        for fact in self.routed:
            if not isinstance(fact, CaseMoved):
                continue
            if fact.to in ENDED and found[-1].state is None:
                it = found[-1]
                it.ended, it.state, it.unit, it.owner = fact.at, fact.to, fact.case.unit, fact.case.owner
                it.transfers = fact.case.transfers
            elif fact.came_from in ENDED and fact.to not in ENDED and found[-1].state is not None:
                found[-1].reopened = fact.at
                found.append(Stretch(fact.at))
        return found


def stories_of(events: Iterable[Event]) -> list[Story]:
    """The story of every case; the events of one journal and case come in their order."""
    stories: dict[UUID, Story] = {}
    for event in events:
        try:
            fact = event.payload()
        except (UnknownEvent, ValidationError):
            continue
        stories.setdefault(event.case_id, Story(event.case_id)).hear(event, fact)
    return [story for story in stories.values() if story.begun() is not None or story.records]
