"""What happens to complaints, announced by their true services into their journals: the raw matter of every figure.

A `World` is an office with the policy `quick` and office hours of 7 working hours (08:30–12:00, 13:00–16:30), Monday to
Friday, no holidays. A `Happening` is one event, so that a test can choose the order between journals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import yaml

from schemas.cases import CaseMoved, CaseRaised, CaseReclassified, CaseSnapshot, State, TaskChanged
from schemas.clocks import (
    AlertRaised,
    Clock,
    ClockCancelled,
    ClockMet,
    ClockStarted,
    ClockState,
    DeadlineMissed,
    TargetCode,
)
from schemas.complaints import ComplainantActed, ComplaintFiled, History, Identity, Kind, SurveyInvited
from schemas.envelope import FreeText, Payload
from schemas.governance import NAMESPACE, POLICY_STREAM, PolicyAdopted, StaffChanged, StaffMember, staff_stream
from schemas.policy import PolicyBundle
from schemas.recovery import RecoveryMoved, RecoveryOpened, RecoveryState
from services.kit.copies import Copies
from services.kit.database import Database
from services.kit.feeds import JournalFeed
from services.kit.listening import Subscriptions
from services.kit.paths import deploy_dir
from services.kit.reader import Reader
from services.kit.working_days import compile_calendar
from services.kit.working_time import working_seconds_between
from services.reporting.compute_kpis import Figure, compute_kpis
from services.reporting.period import Period
from services.reporting.project_facts import Projector
from services.reporting.question import Question
from services.reporting.subscriptions import subscribe

BANGKOK = ZoneInfo("Asia/Bangkok")
OFFICE = {day: ["08:30-12:00", "13:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}


@cache
def office() -> PolicyBundle:
    """The policy of these tests: `quick`, with office hours for everybody and a minimum of two for persons.

    Decisions are due after 5 working days, everything else after one.
    """
    document: dict[str, Any] = yaml.safe_load((deploy_dir() / "policies" / "quick.yaml").read_text("utf-8"))
    document["version"] = "office-1"
    document["calendars"].append({"code": "office", "week": OFFICE, "label": {"th": "เวลาราชการ"}})
    document["default_calendar"] = "office"
    document["lifecycle"]["minimum_n"] = 2
    for target in document["targets"]:
        target["within"] = {"acknowledge": "P1WD", "first_contact": "P1WD"}.get(target["target"], "P5WD")
        target.pop("every", None)
    return PolicyBundle.model_validate(document)


def at(text: str) -> datetime:
    """Bangkok time `2026-03-02 09:00` as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BANGKOK).astimezone(UTC)


def person(name: str) -> UUID:
    """The staff id of somebody."""
    return uuid5(NAMESPACE, name)


def march(end: str = "2026-04-01") -> Period:
    """March 2026, or until an earlier day."""
    return Period(datetime(2026, 3, 1).date(), datetime.fromisoformat(end).date())  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Happening:
    """One event to announce; its fact names the journal."""

    case_id: UUID
    fact: Payload
    at: datetime
    historical: bool = False


@dataclass
class Complaint:
    """A case as its services know it, and what happened to it so far."""

    name: str
    received: str
    kind: Kind = "complaint"
    channel: str = "web"
    unit: str | None = "lodging"
    owner: str | None = "somchai"
    category: str | None = "lodging"
    service_point: str | None = "cabin"
    identity: Identity = "named"
    complainant: str | None = None
    reference: str | None = None
    restricted: bool = False
    cause: str | None = None
    state: State = "received"
    transfers: int = 0
    version: int = 0
    reopened: int = 0
    history: History | None = None
    happened: list[Happening] = field(default_factory=list)
    _clock_versions: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    _missed: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.case_id = uuid5(NAMESPACE, f"case/{self.name}")
        received = at(self.received)
        filed = ComplaintFiled(
            tracking_number=f"QCK-{self.name}",
            kind=self.kind,
            channel=self.channel,
            narrative=FreeText(digest="0" * 64),
            category=self.category,
            service_point=self.service_point,
            reference=self.reference,
            identity=self.identity,
            complainant_ref=person(self.complainant) if self.complainant else None,
            received_at=received,
            recorded_at=received,
            policy_version=office().version,
            history=self.history,
        )
        self.say(filed, received)

    def say(self, fact: Payload, when: datetime) -> Complaint:
        """Announce a fact of any service."""
        self.happened.append(Happening(self.case_id, fact, when, self.history is not None))
        return self

    def snapshot(self) -> CaseSnapshot:
        """What routing holds after its next event."""
        self.version += 1
        return CaseSnapshot(
            tracking_number=f"QCK-{self.name}",
            state=self.state,
            kind=self.kind,
            version=self.version,
            unit=self.unit,
            owner=person(self.owner) if self.owner else None,
            category=self.category,
            service_point=self.service_point,
            channel=self.channel,
            restricted=self.restricted,
            cause=self.cause,
            policy_version=office().version,
            received_at=at(self.received),
            transfers=self.transfers,
            reopened_count=self.reopened,
        )

    def moves(self, to: State, when: str) -> Complaint:
        """Routing moves it to a state."""
        before: State | None = self.state if self.version else None
        self.state = to
        return self.say(CaseMoved(case=self.snapshot(), at=at(when), came_from=before, to=to), at(when))

    def becomes(self, kind: Kind, when: str) -> Complaint:
        """Staff change its kind."""
        before, self.kind = self.kind, kind
        return self.say(CaseReclassified(case=self.snapshot(), at=at(when), kind_before=before), at(when))

    def raised(self, when: str) -> Complaint:
        """A person raises it."""
        return self.say(
            CaseRaised(case=self.snapshot(), at=at(when), level="executive", reason=FreeText(digest="0" * 64)), at(when)
        )

    def reopens(self, when: str) -> Complaint:
        """The complainant reopens it."""
        self.reopened += 1
        return self.moves("reopened", when)

    def remedy(
        self, due: str, done: str | None = None, status: Literal["open", "done", "dropped"] = "open"
    ) -> Complaint:
        """A promised remedy, delivered or not."""
        fact = TaskChanged(
            case=self.snapshot(),
            at=at(done or due),
            task_id=uuid5(self.case_id, due),
            what=FreeText(digest="0" * 64),
            due_at=at(due),
            remedy=True,
            status=status,
            done_at=at(done) if done else None,
        )
        return self.say(fact, at(done or due))

    def clock(
        self,
        target: TargetCode,
        due: str | None,
        state: ClockState = "running",
        *,
        met: str | None = None,
        cycle: int = 1,
        started: str | None = None,
        pauses: Sequence[tuple[str, str]] = (),
    ) -> Clock:
        """A clock of this case as sla holds it."""
        if met and due and at(met) > at(due):
            self._missed.add((target, cycle))
        return Clock(
            target=target,
            cycle=cycle,
            state=state,
            started_at=at(started or self.received),
            due_at=at(due) if due else None,
            met_at=at(met) if met else None,
            missed=(target, cycle) in self._missed,
            policy_version=office().version,
            calendar="office",
            pauses=[(at(begun), at(ended)) for begun, ended in pauses],
            unit=self.unit,
            owner=person(self.owner) if self.owner else None,
        )

    def _next(self, target: str, cycle: int) -> int:
        self._clock_versions[target, cycle] += 1
        return self._clock_versions[target, cycle]

    def starts(self, target: TargetCode, due: str, *, cycle: int = 1, started: str | None = None) -> Complaint:
        """A clock starts."""
        clock = self.clock(target, due, cycle=cycle, started=started)
        return self.say(ClockStarted(clock=clock, version=self._next(target, cycle)), clock.started_at)

    def met(
        self,
        target: TargetCode,
        due: str,
        when: str,
        *,
        cycle: int = 1,
        started: str | None = None,
        pauses: Sequence[tuple[str, str]] = (),
    ) -> Complaint:
        """A clock starts and is met, in time or late; its seconds are those of the office calendar."""
        self.starts(target, due, cycle=cycle, started=started)
        late = at(when) > at(due)
        clock = self.clock(
            target, due, "met_late" if late else "met", met=when, cycle=cycle, started=started, pauses=pauses
        )
        calendar = compile_calendar(office().calendar("office"))
        gross = working_seconds_between(clock.started_at, at(when), calendar)
        net = working_seconds_between(clock.started_at, at(when), calendar, clock.pauses)
        fact = ClockMet(clock=clock, version=self._next(target, cycle), working_seconds=gross, net_seconds=net)
        return self.say(fact, at(when))

    def misses(self, target: TargetCode, due: str, *, cycle: int = 1) -> Complaint:
        """A clock starts and its deadline passes."""
        self.starts(target, due, cycle=cycle)
        self._missed.add((target, cycle))
        clock = self.clock(target, due, "missed", cycle=cycle)
        return self.say(DeadlineMissed(clock=clock, version=self._next(target, cycle)), at(due))

    def cancels(self, target: TargetCode, due: str, when: str, *, cycle: int = 1) -> Complaint:
        """A clock no longer counts."""
        clock = self.clock(target, due, "cancelled", cycle=cycle)
        return self.say(ClockCancelled(clock=clock, version=self._next(target, cycle), why="test"), at(when))

    def alert(self, level: str, threshold: str, seconds: float, known: str | None = None) -> Complaint:
        """Somebody is warned, some seconds after the threshold was crossed, or after it could be known."""
        crossed = at(threshold)
        due = at(known) if known else crossed
        fact = AlertRaised(
            clock=self.clock("resolve", threshold),
            version=self._clock_versions["resolve", 1],
            alert_id=uuid5(self.case_id, level),
            level=level,
            threshold_at=crossed,
            known_at=due if known else None,
            sent_at=datetime.fromtimestamp(due.timestamp() + seconds, UTC),
        )
        return self.say(fact, fact.sent_at)

    def rates(self, rating: int, when: str, confidence: int | None = None) -> Complaint:
        """The complainant rates the handling."""
        fact = ComplainantActed(action="rate", at=at(when), rating=rating, confidence=confidence)
        return self.say(fact, at(when))

    def invited(self, closure: int, when: str) -> Complaint:
        """An invitation to the survey reaches the complainant."""
        return self.say(SurveyInvited(closure=closure, medium="email", at=at(when)), at(when))

    def recovery(self, *steps: tuple[RecoveryState, str], baht: int = 0, promised: str | None = None) -> Complaint:
        """A recovery record takes its steps."""
        before: RecoveryState = "detected"
        for version, (state, when) in enumerate(steps, 1):
            common: dict[str, Any] = {
                "recovery_id": uuid5(self.case_id, "recovery"),
                "number": f"R-{self.name}",
                "version": version,
                "state": state,
                "complaint_id": self.case_id,
                "unit": self.unit,
                "baht": Decimal(baht),
                "at": at(when),
            }
            if version == 1:
                self.say(RecoveryOpened(**common, why="test"), at(when))
            else:
                promise = at(promised) if promised else None
                self.say(RecoveryMoved(**common, came_from=before, promised_by=promise), at(when))
            before = state
        return self


class World:
    """The journals of all services in one database, and reporting reading them."""

    def __init__(self, database: Database) -> None:
        self.database = database.beside("reporting")
        self.copies = Copies("reporting", fresh_seconds=0)
        subscribed = Subscriptions("reporting")
        self.copies.subscribe(subscribed)
        subscribe(subscribed, Projector(self.copies))
        self.feed = JournalFeed(Reader(self.database, subscribed))

    async def open(self, *people: tuple[str, ...]) -> World:
        """Adopt the policy and take on people: name, unit, roles (an officer unless told otherwise)."""
        await self.feed.reader.prepare()
        bundle = office()
        start = at("2026-01-01")
        governance = self.database.beside("governance")
        async with governance.transaction() as tx:
            adopted = PolicyAdopted(
                policy_version=bundle.version,
                effective_from=start,
                adopted_at=start,
                bundle=bundle.model_dump(mode="json"),
            )
            tx.announce(adopted, case_id=POLICY_STREAM, at=start)
            for name, unit, *roles in people or (("somchai", "lodging"), ("malee", "sales"), ("prasit", "integrity")):
                member = StaffMember(
                    staff_id=person(name),
                    username=name,
                    display_name=name,
                    unit=unit,
                    roles=tuple(roles or ["officer"]),
                )
                tx.announce(StaffChanged(member=member), case_id=staff_stream(member.staff_id), at=start)
        return self

    async def happen(self, happenings: Iterable[Happening]) -> None:
        """Announce events, each in its own journal, in this order."""
        by_source: dict[str, list[Happening]] = defaultdict(list)
        for happening in happenings:
            by_source[happening.fact.SOURCE].append(happening)
        for source, found in by_source.items():
            async with self.database.beside(source).transaction() as tx:
                for item in found:
                    tx.announce(item.fact, case_id=item.case_id, at=item.at, historical=item.historical)

    async def read(self) -> None:
        """Let reporting read everything."""
        await self.feed.drain()

    async def tell(self, *complaints: Complaint) -> World:
        """Announce all that happened to some complaints, and read it."""
        await self.happen(happening for complaint in complaints for happening in complaint.happened)
        await self.read()
        return self

    async def figures(
        self,
        level: Literal["organisation", "line", "department", "person"] = "organisation",
        *,
        period: Period | None = None,
        as_of: str = "2026-06-01",
        kpis: Sequence[int] | None = None,
        **more: Any,
    ) -> list[Figure]:
        """The figures at a level; of March 2026 unless told otherwise."""
        question = Question(period or march(), at(as_of), **more)
        return await compute_kpis(self.database, self.copies, office(), question, level, kpis=kpis)

    async def figure(
        self, kpi: int, measure: str | None = None, key: str | None = None, level: Any = "organisation", **more: Any
    ) -> Figure:
        """One figure; of the organisation, by its primary measure, unless told otherwise."""
        found = await self.figures(level, kpis=[kpi], **more)
        return next(
            f for f in found if (f.measure == measure if measure else f.primary) and (key is None or f.key == key)
        )
