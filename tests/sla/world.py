"""A small organisation, its policy in office hours, its people, and a case as the other services tell of it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson
import yaml

from schemas.cases import (
    CaseMoved,
    CasePrioritised,
    CaseRaised,
    CaseReassigned,
    CaseReclassified,
    CaseSnapshot,
    ComplainantAdded,
    ContactRecorded,
    RoutingFact,
)
from schemas.complaints import ComplaintAcknowledged, ComplaintFiled, History, ReceiptCorrected, Subject, WordsErased
from schemas.envelope import Event, FreeText, Payload, bucket_of
from schemas.governance import NAMESPACE, StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Database, new_id
from services.kit.listening import Received, Subscriptions
from services.kit.service import Context, utc_now
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, issue_session
from services.kit.web import Web
from services.sla.editions import Editions
from services.sla.subscriptions import subscriptions
from services.sla.sweep import Swept, sweep

BANGKOK = ZoneInfo("Asia/Bangkok")
QUICK = Path(__file__).resolve().parents[2] / "deploy/policies/quick.yaml"
WEEK = ["08:30-12:00", "13:00-16:30"]


def at(text: str) -> datetime:
    """`2026-11-02 09:00` in Bangkok, as UTC. The first is a Sunday, so the second is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=BANGKOK).astimezone(UTC)


@cache
def _quick() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(QUICK.read_text("utf-8"))
    return found


def policy(version: str = "p1", **changes: Any) -> PolicyBundle:
    """The quick policy's organisation with office hours and targets in working days; `changes` replace whole parts."""
    made = copy.deepcopy(_quick())
    made |= {
        "version": version,
        "calendars": [
            {
                "code": "office",
                "label": {"th": "เวลาราชการ"},
                "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), WEEK),
                "closed": [{"date": "2026-12-07", "name": {"th": "วันหยุดชดเชย"}}],
            }
        ],
        "default_calendar": "office",
        "targets": [
            {"code": "ack", "target": "acknowledge", "within": "P1WD"},
            {"code": "contact", "target": "first_contact", "within": "P2WD"},
            {"code": "progress", "target": "progress", "within": "P5WD", "every": "P3WD"},
            {"code": "urgent", "target": "resolve", "priority": "urgent", "within": "P3WD"},
            {"code": "normal", "target": "resolve", "priority": "normal", "within": "P10WD"},
            {"code": "enquiry", "target": "resolve", "kinds": ["enquiry"], "within": "P5WD"},
        ],
        "escalation": [
            {"level": "owner", "when": {"at": "missed"}},
            {"level": "unit_head", "when": {"at": "warn90"}},
            {"level": "unit_head", "when": {"at": "missed"}},
            {"level": "line_manager", "when": {"at": "missed", "after": "P1WD"}},
            {"level": "executive", "when": {"at": "missed", "after": "P2WD"}},
        ],
        "alerts": {"batch_minutes": 0},
    }
    made["lifecycle"] = {**made["lifecycle"], "pause_cap": "P5WD"}
    made |= changes
    return PolicyBundle.model_validate(made)


def staff_id(username: str) -> UUID:
    """The id of one of the people."""
    return uuid5(NAMESPACE, username)


def person(username: str, unit: str, *roles: str, **more: Any) -> StaffMember:
    """A member of staff."""
    return StaffMember(
        staff_id=staff_id(username), username=username, display_name=f"ชื่อ {username}", unit=unit, roles=roles, **more
    )


PEOPLE = (
    person("owner", "lodging", "officer"),
    person("second", "lodging", "officer"),
    person("head", "lodging", "unit_head"),
    person("seller", "sales", "officer"),
    person("line", "services", "line_manager"),
    person("chief", "quick", "executive"),
    person("guard", "integrity", "integrity", "officer"),
    person("auditing", "audit", "approver"),
)


@dataclass
class World:
    """The sla service over a database, with a clock that the test sets."""

    database: Database
    now: datetime = field(default_factory=lambda: at("2026-11-02 09:00"))

    def __post_init__(self) -> None:
        self.copies = Copies("sla", fresh_seconds=0)
        self.editions = Editions(self.copies)
        settings = Settings(secret="s" * 40)
        self.context = Context(self.database, self.copies, settings, Web(settings), lambda: self.now)
        self.subscriptions: Subscriptions = subscriptions(self.context, self.editions)

    def bearer(self, username: str) -> dict[str, str]:
        """The header with which a person calls the API."""
        token = issue_session(self.context.settings.secret, SessionClaims(staff_id(username), new_id()), utc_now())
        return {"authorization": f"Bearer {token}"}

    async def adopt(self, bundle: PolicyBundle, since: datetime | None = None) -> None:
        """A policy comes into force."""
        since = since or at("2020-01-01 00:00")
        await self.database.statement(
            "insert into sla.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
            bundle.version,
            since,
            orjson.dumps(bundle.model_dump(mode="json")).decode(),
        )

    async def employ(self, *people: StaffMember) -> None:
        """People are known, in place of how they were known before."""
        async with self.database.transaction() as tx:
            await tx.executemany(
                "insert into sla.staff_copy (staff_id, version, body) values ($1, 1, $2)"
                " on conflict (staff_id) do update set body = excluded.body",
                [(member.staff_id, member.model_dump(mode="json")) for member in people],
            )

    async def hear(self, *events: Event) -> None:
        """The events are read, each in a transaction of its own, in this order."""
        for event in events:
            async with self.database.transaction() as tx:
                for handler in self.subscriptions.handlers[event.source, event.type, event.version]:
                    await handler(tx, [Received(event, event.payload())])

    async def sweep(self, when: str | datetime | None = None) -> Swept:
        """The sweep runs at a moment."""
        if when is not None:
            self.now = at(when) if isinstance(when, str) else when
        return await sweep(self.database, self.editions, self.now)

    async def clocks(self, case_id: UUID) -> dict[tuple[str, int], Any]:
        """The clocks of a case by target and cycle."""
        rows = await self.database.read("select * from sla.clock where case_id = $1", case_id)
        return {(row["target"], row["cycle"]): row for row in rows}

    async def clock(self, case_id: UUID, target: str = "resolve", cycle: int = 1) -> Any:
        """One clock."""
        return (await self.clocks(case_id))[target, cycle]

    async def alerts(self, case_id: UUID, target: str | None = None) -> list[Any]:
        """The alerts of a case in the order of their thresholds."""
        return await self.database.read(
            "select * from sla.alert where case_id = $1 and ($2::text is null or target = $2)"
            " order by threshold_at, level",
            case_id,
            target,
        )

    async def announced(self, kind: type[Payload], case_id: UUID | None = None) -> list[Any]:
        """The facts of a type that sla announced, oldest first."""
        rows = await self.database.read(
            "select body, texts from sla.journal where type = $1 and ($2::uuid is null or case_id = $2)"
            " order by recorded_at, bucket, position",
            kind.TYPE,
            case_id,
        )
        return [kind.from_wire(row["body"], row["texts"]) for row in rows]


@dataclass
class Story:
    """The events of one case, as intake and routing would tell them; each call gives the next event of its journal."""

    case_id: UUID = field(default_factory=lambda: uuid5(NAMESPACE, "case"))
    number: str = "QCK-1"
    version: int = 0
    state: str = "received"
    came_from: str | None = None
    kind: str = "complaint"
    priority: str | None = "normal"
    unit: str = "lodging"
    owner: str | None = None
    category: str | None = "lodging"
    policy_version: str = "p1"
    received_at: datetime = field(default_factory=lambda: at("2026-11-02 09:00"))
    safety: bool = False
    restricted: bool = False
    approving_unit: str | None = "services"
    subject_unit: str | None = None
    subject_person: str | None = None
    decided_at: datetime | None = None
    historical: bool = False
    positions: dict[str, int] = field(default_factory=dict)

    def event(self, fact: Payload, when: datetime) -> Event:
        """The event in which a journal carries a fact."""
        position = self.positions[fact.SOURCE] = self.positions.get(fact.SOURCE, 0) + 1
        body, texts = fact.to_wire()
        return Event(
            id=uuid5(self.case_id, f"{fact.SOURCE}/{position}"),
            source=fact.SOURCE,
            type=fact.TYPE,
            version=fact.VERSION,
            case_id=self.case_id,
            occurred_at=when,
            recorded_at=when,
            bucket=bucket_of(self.case_id),
            position=position,
            body=body,
            texts=texts,
            historical=self.historical,
        )

    def filed(self, *, acknowledged: datetime | None = None, history: History | None = None, **more: Any) -> Event:
        """The complaint."""
        subject = (
            Subject(unit=self.subject_unit, person=self.subject_person)
            if self.subject_unit or self.subject_person
            else None
        )
        values: dict[str, Any] = {
            "tracking_number": self.number,
            "kind": self.kind,
            "channel": "phone",
            "narrative": FreeText.of("น้ำไม่ไหลมาสองวัน"),
            "category": self.category,
            "subject": subject,
            "received_at": self.received_at,
            "recorded_at": self.received_at,
            "acknowledged_at": acknowledged,
            "policy_version": self.policy_version,
            "history": history,
        }
        return self.event(ComplaintFiled(**(values | more)), self.received_at)

    def acknowledged(self, when: str) -> Event:
        """The acknowledgement reached the complainant."""
        return self.event(ComplaintAcknowledged(acknowledged_at=at(when), medium="phone"), at(when))

    def corrected(self, received: str, when: str) -> Event:
        """The receipt was corrected."""
        fact = ReceiptCorrected(
            received_before=self.received_at, received_at=at(received), reason=FreeText.of("x"), by=staff_id("head")
        )
        return self.event(fact, at(when))

    def moved(self, to: str, when: str | datetime, *, until: str | None = None, **changes: Any) -> Event:
        """The case went to a state; `changes` are what else routing changed with it."""
        moment = at(when) if isinstance(when, str) else when
        before, self.state = self.state, to
        if to == "decision_communicated" and self.decided_at is None:
            self.decided_at = moment
        return self._routing(
            CaseMoved, moment, changes, came_from=before, to=to, pause_until=at(until) if until else None
        )

    def reassigned(self, when: str, **changes: Any) -> Event:
        """Unit or owner changed."""
        return self._routing(CaseReassigned, at(when), changes)

    def prioritised(self, when: str, priority: str) -> Event:
        """The priority changed."""
        return self._routing(CasePrioritised, at(when), {"priority": priority}, priority_before=self.priority)

    def reclassified(self, when: str, kind: str) -> Event:
        """The kind changed."""
        return self._routing(CaseReclassified, at(when), {"kind": kind}, kind_before=self.kind)

    def contacted(self, when: str, *, progress: bool = True) -> Event:
        """Somebody spoke to the complainant."""
        return self._routing(ContactRecorded, at(when), {}, medium="phone", contacted_at=at(when), progress=progress)

    def raised(self, when: str, level: str) -> Event:
        """A person raised the case to a level of the chain."""
        return self._routing(CaseRaised, at(when), {}, level=level, reason=FreeText.of("ผู้ร้องเดือดร้อนมาก"))

    def erased(self, when: str) -> Event:
        """The words of the case are to be blanked."""
        return self.event(WordsErased(at=at(when), legal_ground="pdpa-33"), at(when))

    def added(self, when: str) -> Event:
        """The complainant wrote again."""
        return self._routing(ComplainantAdded, at(when), {}, text=FreeText.of("ถึงไหนแล้ว"))

    def _routing(self, kind: type[RoutingFact], when: datetime, changes: dict[str, Any], **more: Any) -> Event:
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1
        return self.event(kind(case=self.snapshot(), at=when, **more), when)

    def snapshot(self) -> CaseSnapshot:
        """What routing holds of the case."""
        return CaseSnapshot(
            tracking_number=self.number,
            state=self.state,
            kind=self.kind,
            version=self.version,
            unit=self.unit,
            owner=staff_id(self.owner) if self.owner else None,
            approving_unit=self.approving_unit,
            priority=self.priority,
            category=self.category,
            safety=self.safety,
            restricted=self.restricted,
            subject_unit=self.subject_unit,
            subject_person=self.subject_person,
            policy_version=self.policy_version,
            received_at=self.received_at,
            decided_at=self.decided_at,
        )

    def begun(self, owner: str | None = "owner") -> Sequence[Event]:
        """Filed, assessed by the rules and assigned within a minute."""
        soon = self.received_at + timedelta(seconds=20)
        return (
            self.filed(),
            self.moved("received", self.received_at),
            self.moved("assessed", soon),
            self.moved("assigned", soon + timedelta(seconds=1), owner=owner),
        )
