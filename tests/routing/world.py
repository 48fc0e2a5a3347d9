"""The routing service in a database of its own, a sample organisation with its people, and complaints to file."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml

from schemas.complaints import ComplainantActed, ComplaintFiled
from schemas.envelope import Event, FreeText, Payload, bucket_of
from schemas.governance import NAMESPACE, StaffMember
from schemas.policy import PolicyBundle
from services.governance.add_staff import sample_members
from services.kit.copies import Copies
from services.kit.database import Database, new_id
from services.kit.feeds import JournalFeed
from services.kit.journal import event_of
from services.kit.reader import Reader
from services.kit.scope import scope_of
from services.kit.service import Context
from services.kit.settings import Settings
from services.kit.web import Web
from services.routing.case import Case
from services.routing.read_case import CaseFile, read_case
from services.routing.subscriptions import subscriptions
from services.routing.transition_case import Moved, transition

POLICIES = Path(__file__).resolve().parents[2] / "deploy/policies"
MONDAY = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
"""Ten in the morning in Bangkok."""


@cache
def document(name: str) -> dict[str, Any]:
    """The policy file of that name, as it is written."""
    found: dict[str, Any] = yaml.safe_load((POLICIES / f"{name}.yaml").read_text("utf-8"))
    return found


@cache
def sample_policy(name: str = "quick") -> PolicyBundle:
    """A sample policy."""
    return PolicyBundle.model_validate(document(name))


def policy(**changes: Any) -> PolicyBundle:
    """The quick policy with whole parts replaced."""
    return PolicyBundle.model_validate({**document("quick"), **changes})


def staff_id(username: str) -> UUID:
    """The id of one of the people."""
    return uuid5(NAMESPACE, username)


def person(username: str, unit: str, *roles: str, **more: Any) -> StaffMember:
    """A member of staff."""
    return StaffMember(
        staff_id=staff_id(username), username=username, display_name=f"ชื่อ {username}", unit=unit, roles=roles, **more
    )


def people_of(bundle: PolicyBundle) -> dict[str, StaffMember]:
    """The sample people as the log-ins of a new installation have them, by user name."""
    made = (person(new.username, new.unit, *new.roles) for new in sample_members(bundle, lambda: "not used here"))
    return {member.username: member for member in made}


def a_case(**values: Any) -> Case:
    """A case of the quick organisation, being investigated by `owner` of the lodging department."""
    usual: dict[str, Any] = {
        "id": new_id(),
        "tracking_number": "QCK-69-00001-A",
        "state": "investigating",
        "version": 4,
        "unit": "lodging",
        "approving_unit": "services",
        "channel": "web",
        "policy_version": "quick-1",
        "received_at": MONDAY,
        "changed_at": MONDAY,
        "owner": staff_id("officer1.lodging"),
        "priority": "normal",
        "category": "lodging",
    }
    return Case(**{**usual, **values})


STEP_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "assessed": {"severity": 2, "safety": 1, "complexity": 2, "impact": 2, "urgency": 2},
    "investigating": {"no_conflict": True},
    "response_proposed": {"findings": "น้ำไม่ไหลเพราะปั๊มเสีย", "cause": "equipment", "correction": "เปลี่ยนปั๊มแล้ว"},
    "decision_communicated": {"reasons": "ตรวจพบว่าเป็นความบกพร่องของเรา", "medium": "web"},
    "closed": {"proof": "ผู้ร้องยืนยันว่าใช้การได้"},
}
"""What the ordinary steps record."""


@dataclass
class World:
    """Routing over a database, with a clock that the test sets, fed from journals that the test writes."""

    database: Database
    bundle: PolicyBundle = field(default_factory=sample_policy)
    now: datetime = MONDAY
    people: dict[str, StaffMember] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        settings = Settings(secret="s" * 40)
        copies = Copies("routing", fresh_seconds=0.0)
        self.context = Context(self.database, copies, settings, Web(settings), lambda: self.now)
        self.reader = Reader(self.database, subscriptions(self.context))
        self.feed = JournalFeed(self.reader)
        self.people = self.people or people_of(self.bundle)

    @property
    def copies(self) -> Copies:
        """What routing learned of policy and staff."""
        return self.context.copies

    async def prepare(self) -> None:
        """Let the policy be in force and the people be known."""
        await self.reader.prepare()
        async with self.database.transaction() as tx:
            await tx.execute(
                "insert into routing.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
                self.bundle.version,
                MONDAY - timedelta(days=400),
                self.bundle.model_dump_json(),
            )
        await self.employ(*self.people.values())

    async def employ(self, *members: StaffMember) -> None:
        """Make members of staff known, or change them."""
        async with self.database.transaction() as tx:
            await tx.executemany(
                "insert into routing.staff_copy (staff_id, version, body) values ($1, $2, $3)"
                " on conflict (staff_id) do update set body = excluded.body",
                [(member.staff_id, member.version, member.model_dump(mode="json")) for member in members],
            )
        self.people |= {member.username: member for member in members}
        self.copies.forget()

    def complaint(self, narrative: str = "น้ำไม่ไหลทั้งคืน", **values: Any) -> ComplaintFiled:
        """A complaint as intake would announce it."""
        usual: dict[str, Any] = {
            "tracking_number": f"QCK-69-{next(self.numbers):05}-A",
            "channel": "web",
            "narrative": FreeText.of(narrative),
            "category": "lodging",
            "service_point": None,
            "received_at": self.now,
            "recorded_at": self.now,
            "policy_version": self.bundle.version,
        }
        return ComplaintFiled(**{**usual, **values})

    async def announce(
        self, service: str, fact: Payload, case_id: UUID | None = None, *, historical: bool = False
    ) -> UUID:
        """Let another service write a fact into its journal; nothing is read yet."""
        case_id = case_id or new_id()
        async with self.database.beside(service).transaction() as tx:
            tx.announce(fact, case_id=case_id, at=self.now, historical=historical)
        return case_id

    async def drain(self) -> None:
        """Let routing read what there is."""
        await self.feed.drain()

    async def filed(self, narrative: str = "น้ำไม่ไหลทั้งคืน", **values: Any) -> UUID:
        """A complaint that was filed and has become a case."""
        case_id = await self.announce("intake", self.complaint(narrative, **values))
        await self.drain()
        return case_id

    async def acts(self, case_id: UUID, action: Any, text: str | None = None, at: datetime | None = None) -> None:
        """The complainant does something, and routing reads it."""
        words = FreeText.of(text) if text else None
        await self.announce("intake", ComplainantActed(action=action, at=at or self.now, text=words), case_id)
        await self.drain()

    async def case(self, case_id: UUID) -> Case:
        """The case as it stands."""
        rows = await self.database.read("select * from routing.case where id = $1", case_id)
        return Case.of(dict(rows[0]))

    async def file(self, case_id: UUID | str, username: str) -> CaseFile:
        """The case with everything, as a member of staff sees it."""
        return await read_case(self.database, scope_of(self.bundle, self.people[username]), case_id)

    async def step(self, case_id: UUID | str, to: str, username: str, **given: Any) -> Moved:
        """A member of staff takes a step, recording what it usually records unless told otherwise."""
        return await self.bare_step(case_id, to, username, **{**STEP_FIELDS.get(to, {}), **given})

    async def bare_step(
        self,
        case_id: UUID | str,
        to: str,
        username: str,
        *,
        expected: int | None = None,
        reason: str | None = None,
        **fields: Any,
    ) -> Moved:
        """A member of staff takes a step, recording just what is given."""
        async with self.database.transaction() as tx:
            return await transition(
                tx,
                self.copies,
                case_id,
                to=to,
                fields=fields,
                reason=reason,
                viewer=self.people[username],
                expected_version=expected,
                now=self.now,
            )

    def username(self, staff: UUID | None) -> str | None:
        """Who that is."""
        return next((member.username for member in self.people.values() if member.staff_id == staff), None)

    async def announced(self, case_id: UUID) -> list[Event]:
        """What routing announced about a case, in order."""
        rows = await self.database.read(
            "select * from routing.journal where case_id = $1 and bucket = $2 order by position",
            case_id,
            bucket_of(case_id),
        )
        return [event_of("routing", row) for row in rows]


def later(**span: float) -> datetime:
    """A moment after Monday morning."""
    return MONDAY + timedelta(**span)
