"""An office whose complaints lead to recovery records: reporting over real journals, its people, its clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.cases import CaseMoved
from schemas.clocks import DeadlineMissed, MissWithdrawn
from schemas.envelope import REGISTRY, Payload
from schemas.governance import POLICY_STREAM, PolicyAdopted, StaffChanged, StaffMember, staff_stream
from services.kit.copies import Copies
from services.kit.database import Database, new_id
from services.kit.feeds import JournalFeed
from services.kit.reader import Reader
from services.kit.service import Context, utc_now
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, issue_session
from services.kit.web import Web
from services.reporting.recovery.lapse_offers import lapse_offers
from services.reporting.recovery.open_recovery import open_recovery
from services.reporting.recovery.record import Record
from services.reporting.recovery.store import load_record
from services.reporting.recovery.take_step import take_step
from services.reporting.service import build
from tests.reporting.happenings import Complaint, Happening, at, office, person

PEOPLE = (
    ("somchai", "lodging", ("officer",)),
    ("second", "lodging", ("officer",)),
    ("head", "lodging", ("unit_head",)),
    ("malee", "sales", ("officer",)),
    ("approve", "services", ("approver",)),
    ("chief", "quick", ("executive",)),
    ("verify", "services", ("verifier",)),
    ("both", "lodging", ("officer", "verifier", "approver")),
    ("super", "lodging", ("supervisor",)),
    ("centre", "centre", ("centre",)),
    ("auditor", "audit", ("auditor",)),
    ("guard", "integrity", ("integrity", "officer")),
    ("above", "audit", ("approver",)),
    ("admin", "support", ("administrator",)),
    ("keeper", "legal", ("privacy",)),
)


def member(name: str) -> StaffMember:
    """One of the people of the office."""
    _, unit, roles = next(one for one in PEOPLE if one[0] == name)
    return StaffMember(staff_id=person(name), username=name, display_name=f"คุณ {name}", unit=unit, roles=roles)


class Office:
    """The reporting service and its clock; the other services are their journals."""

    def __init__(self, database: Database) -> None:
        self.database = database.beside("reporting")
        self.now = at("2026-03-16 09:00")
        self.copies = Copies("reporting", fresh_seconds=0)
        settings = Settings(secret="s" * 40)
        self.context = Context(self.database, self.copies, settings, Web(settings), lambda: self.now)
        self.service = build(self.context)
        self.feed = JournalFeed(Reader(self.database, self.service.subscriptions))

    async def open(self) -> Office:
        """The policy is in force and the people are at work."""
        await self.feed.reader.prepare()
        bundle, start = office(), at("2026-01-01")
        async with self.database.beside("governance").transaction() as tx:
            adopted = PolicyAdopted(
                policy_version=bundle.version,
                effective_from=start,
                adopted_at=start,
                bundle=bundle.model_dump(mode="json"),
            )
            tx.announce(adopted, case_id=POLICY_STREAM, at=start)
            for name, _, _ in PEOPLE:
                tx.announce(StaffChanged(member=member(name)), case_id=staff_stream(person(name)), at=start)
        await self.read()
        return self

    async def read(self) -> None:
        """Reporting reads everything there is."""
        await self.feed.drain()

    async def happen(self, happenings: Sequence[Happening]) -> None:
        """Announce events one by one, each in its own journal."""
        for item in happenings:
            async with self.database.beside(item.fact.SOURCE).transaction() as tx:
                tx.announce(item.fact, case_id=item.case_id, at=item.at, historical=item.historical)

    async def tell(self, *complaints: Complaint) -> Office:
        """Announce all that happened to complaints, and read it."""
        for complaint in complaints:
            await self.happen(complaint.happened)
            complaint.happened.clear()
        await self.read()
        return self

    async def records(self) -> list[Record]:
        """Every record, oldest first."""
        rows = await self.database.read("select id from reporting.recovery order by number")
        async with self.database.transaction() as tx:
            return [await load_record(tx, row["id"]) for row in rows]

    async def record(self) -> Record:
        """The only record there is."""
        found = await self.records()
        assert len(found) == 1, [one.reason for one in found]
        return found[0]

    async def opens(self, by: str = "somchai", once: str | None = None, **given: Any) -> Record:
        """Somebody opens a record."""
        given = {"what_failed": "น้ำไม่ไหลทั้งคืน", "unit": "lodging", **given}
        async with self.database.transaction() as tx:
            record, _ = await open_recovery(tx, self.copies, given, viewer=member(by), now=self.now, once=once)
        return record

    async def step(self, record: Record, to: str, by: str = "somchai", **fields: Any) -> Record:
        """Somebody takes a step with a record, with whatever the step needs unless told otherwise."""
        async with self.database.transaction() as tx:
            return await take_step(
                tx,
                self.copies,
                record.id,
                to=to,
                fields=fields if "reason" in fields else {**NEEDED.get(to, {}), **fields},
                viewer=member(by),
                expected_version=None,
                now=self.now,
            )

    async def walk(self, record: Record, *path: str) -> Record:
        """The steps one after another, each by whoever may take it."""
        for to in path:
            record = await self.step(record, to, BY.get(to, "somchai"))
        return record

    async def lapse(self) -> int:
        """The lapsing job runs."""
        return await lapse_offers(self.database, self.copies, self.now)

    async def announced(self) -> list[Payload]:
        """What reporting announced, in the order of each case."""
        rows = await self.database.read(
            "select type, version, body, texts from reporting.journal order by case_id, position"
        )
        return [REGISTRY[row["type"], row["version"]].from_wire(row["body"], row["texts"]) for row in rows]

    def bearer(self, name: str) -> dict[str, str]:
        """The header with which a person calls the API."""
        token = issue_session(self.context.settings.secret, SessionClaims(person(name), new_id()), utc_now())
        return {"authorization": f"Bearer {token}"}

    def cookies(self, name: str) -> dict[str, str]:
        """The cookies of a person's browser."""
        token = issue_session(self.context.settings.secret, SessionClaims(person(name), new_id()), utc_now())
        return {"session": token, "browser": "b" * 32}


NEEDED: dict[str, dict[str, Any]] = {
    "contained": {"containment": "ย้ายห้องให้ทันที", "apology": "หัวหน้าโทรขอโทษ"},
    "planned": {
        "remedy": "refund",
        "baht": "400",
        "plan": "คืนค่าที่พักหนึ่งคืน",
        "authority": "ข้อ 7",
        "cost_centre": "บช. 12",
    },
    "offered": {"offer": "คืนเงินหนึ่งคืน", "offer_medium": "phone"},
    "declined": {"answer": "ไม่เอา"},
    "completed": {"evidence": "ใบโอนเงิน"},
    "verified": {"verification": "โทรถามแล้ว ได้รับเงินจริง"},
    "closed": {"cause": "equipment"},
}
"""What each step needs at least."""

BY = {"approved": "approve", "verified": "verify"}
TO_DELIVERY = ("contained", "planned", "offered", "accepted", "in_delivery")


def decision(complaint: Complaint, when: str, **fields: Any) -> Complaint:
    """Routing tells that the decision was communicated, with what it grants."""
    before, complaint.state = complaint.state, "decision_communicated"
    fact = CaseMoved(
        case=complaint.snapshot(),
        at=at(when),
        came_from=before,
        to="decision_communicated",
        fields=fields,
        by=person("x"),
    )
    return complaint.say(fact, at(when))


def owed(complaint: Complaint, due: str, *, cycle: int = 1, entitlement: str | None = "late_resolution") -> Complaint:
    """The resolution clock is missed, and the policy owes something for it."""
    complaint.starts("resolve", due, cycle=cycle)
    clock = complaint.clock("resolve", due, "missed", cycle=cycle)
    fact = DeadlineMissed(
        clock=clock, version=complaint._next("resolve", cycle), entitlement=entitlement,
        historical_case=complaint.history is not None,
    )  # fmt: skip
    return complaint.say(fact, at(due))


def disproved(complaint: Complaint, due: str, when: str) -> Complaint:
    """The breach is disproved by something that came to light late."""
    clock = complaint.clock("resolve", due, "met", met="2026-03-03 09:00")
    return complaint.say(MissWithdrawn(clock=clock, version=complaint._next("resolve", 1), why="test"), at(when))


def heard(name: str = "a", **more: Any) -> Complaint:
    """A complaint that routing has spoken of."""
    return Complaint(name, "2026-03-02 09:00", **more).moves("received", "2026-03-02 09:00")


__all__ = [
    "BY", "NEEDED", "TO_DELIVERY", "Complaint", "Happening", "Office", "at", "decision", "disproved", "heard", "member",
    "office", "owed", "person",
]  # fmt: skip
