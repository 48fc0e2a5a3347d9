"""The service-recovery records of the demo: those that opened by themselves, and a few that staff open unasked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from services.cli.demo import words
from services.cli.demo.world import NobodyMay, World
from services.reporting.recovery.allowed import why_not
from services.reporting.recovery.guards import Ask
from services.reporting.recovery.life import steps_from
from services.reporting.recovery.open_recovery import open_recovery
from services.reporting.recovery.record import Record
from services.reporting.recovery.record_notice import record_notice
from services.reporting.recovery.store import load_record
from services.reporting.recovery.take_step import take_step


@dataclass(frozen=True, slots=True)
class Incident:
    """A failure that staff notice before anybody complains; `day` counts from the first day of the demo."""

    day: int
    opener: str
    fields: Mapping[str, Any]


INCIDENTS = (
    Incident(
        12,
        "officer1.north-upper",
        {
            "what_failed": "ปั๊มน้ำลานกางเต็นท์เสียทั้งคืนก่อนวันหยุดยาว พบโดยเวรกลางคืน",
            "trigger": "in_service", "unit": "north_upper", "service_point": "doi_bo_luang",
            "touch_point": "ที่พัก", "standard": "น้ำใช้ตลอด 24 ชั่วโมง", "customers_affected": 18, "remedy": "goodwill",
        },
    ),
    Incident(
        37,
        "officer1.marketing",
        {
            "what_failed": "ระบบชำระเงินร้านค้าออนไลน์ตัดเงินซ้ำระหว่าง 09.00–11.00 น.",
            "trigger": "monitor", "unit": "marketing", "service_point": "online_shop",
            "touch_point": "ชำระเงิน", "standard": "ตัดเงินถูกต้องทุกรายการ", "customers_affected": 27, "remedy": "refund",
        },
    ),
    Incident(
        58,
        "officer1.central",
        {
            "what_failed": "น้ำป่าหลากปิดเส้นทางเข้าสวนป่า ผู้เข้าพักติดค้างหนึ่งคืน",
            "trigger": "bcm", "mode": "abnormal", "unit": "central", "service_point": "thong_pha_phum",
            "touch_point": "การเดินทางเข้าออก", "customers_affected": 46, "remedy": "substitute",
            "bcm_number": "BCM-69-002", "vulnerable": "ผู้สูงอายุ 4 คนและเด็กเล็ก 3 คน จัดที่พักใกล้หน่วยแพทย์",
        },
    ),
    Incident(
        81,
        "officer1.elephant",
        {
            "what_failed": "งดการแสดงรอบบ่ายเพราะควาญขาดงาน ผู้ถือบัตรล่วงหน้าได้รับผลกระทบ",
            "trigger": "in_service", "unit": "elephant", "service_point": "elephant_centre",
            "touch_point": "การแสดง", "standard": "จัดแสดงตามตารางที่ประกาศ", "customers_affected": 31, "remedy": "refund",
        },
    ),
)  # fmt: skip


class Recoveries:
    """Finds the records that opened since the last look, and lets those concerned work them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._known: set[UUID] = set()

    async def look(self) -> None:
        """Take up every record that is new."""
        rows = await self.world.database("reporting").read(
            "select id, tracking_number, reason, what_failed from reporting.recovery"
            " order by opened_at, tracking_number"
        )
        for row in rows:
            if row["id"] not in self._known:
                self._known.add(row["id"])
                named = f"{row['tracking_number'] or row['what_failed']}/{row['reason'].split(':')[0]}"
                worker = RecoveryWork(self.world, row["id"], self.world.dice(f"recovery/{named}"))
                self.world.at(self.world.working(self.world.clock.at, worker.dice.uniform(0.5, 9)), worker.work)

    async def notice(self, incident: Incident) -> None:
        """Staff open a record of their own for something that went wrong."""
        opener = self.world.staff.by_username.get(incident.opener)
        if opener is None:
            return
        now = self.world.clock.at
        fields = dict(incident.fields)
        if fields.get("mode") == "abnormal":
            fields["declared_at"] = (now - timedelta(hours=2)).isoformat()
        async with self.world.transaction("reporting") as tx:
            await open_recovery(tx, self.world.copies("reporting"), fields, viewer=opener, now=now)


class RecoveryWork:
    """The life of one record."""

    def __init__(self, world: World, record_id: UUID, dice: Random) -> None:
        self.world = world
        self.record_id = record_id
        self.dice = dice
        self._silent = False

    async def work(self) -> None:
        """Take the next step from where the record stands."""
        async with self.world.database("reporting").transaction() as tx:
            record = await load_record(tx, self.record_id)
        steps: dict[str, Callable[[Record], Awaitable[float | None]]] = {
            "detected": self._contain,
            "contained": self._plan,
            "planned": self._approve_or_offer,
            "approved": self._offer,
            "offered": self._answer,
            "declined": self._give_up,
            "lapsed": self._give_up,
            "accepted": self._deliver,
            "in_delivery": self._complete,
            "completed": self._verify,
            "verified": self._close,
        }
        if record.state not in steps:
            return
        hours = await steps[record.state](record)
        if hours is not None:
            self.world.at(self.world.working(self.world.clock.at, hours, record.unit, record.service_point), self.work)

    async def _contain(self, record: Record) -> float:
        await self._step(
            record, "contained",
            containment=self.dice.choice(words.CONTAINMENT), apology=self.dice.choice(words.APOLOGIES),
        )  # fmt: skip
        if record.abnormal:
            await self._tell_those_affected(record)
        return self.dice.uniform(1, 12)

    async def _tell_those_affected(self, record: Record) -> None:
        """In an abnormal situation those affected are told in batches."""
        owner = self.world.staff.get(record.owner)
        if owner is None:
            return
        told = record.customers_affected or 2
        async with self.world.transaction("reporting") as tx:
            for what, customers in zip(words.NOTICES, (told // 2, told - told // 2), strict=True):
                await record_notice(
                    tx,
                    self.world.copies("reporting"),
                    record.id,
                    {"words": what, "customers": customers, "medium": "phone"},
                    viewer=owner,
                    expected_version=None,
                    now=self.world.clock.at,
                )

    async def _plan(self, record: Record) -> float:
        fields: dict[str, Any] = {"plan": self.dice.choice(words.PLANS.get(record.remedy or "goodwill", words.MENDING))}
        if record.remedy is None:
            fields["remedy"] = "goodwill"
        if not record.complaint_id and record.remedy != "apology":
            per_head = self.dice.choice((150, 200, 300))
            fields |= {
                "baht": str(per_head * (record.customers_affected or 1)),
                "authority": self.dice.choice(words.AUTHORITIES),
            }
        if record.worth or fields.get("baht"):
            fields["cost_centre"] = f"ศูนย์ต้นทุน {record.unit.upper()}"
        await self._step(record, "planned", **fields)
        return self.dice.uniform(0.5, 8)

    async def _approve_or_offer(self, record: Record) -> float | None:
        if self._those_who_may(record, "approved"):
            await self._step(record, "approved")
            return self.dice.uniform(0.5, 5)
        return await self._offer(record)

    async def _offer(self, record: Record) -> float | None:
        await self._step(record, "offered", offer=self.dice.choice(words.OFFERS))
        # Some never answer: then the offer lapses by itself, and somebody sees that it did.
        self._silent = self.dice.random() < 0.06
        return self.dice.uniform(107, 130) if self._silent else self.dice.uniform(2, 35)

    async def _answer(self, record: Record) -> float | None:
        if self._silent:
            return 7.0
        if record.complaint_id is not None and self.dice.random() < 0.08:
            await self._step(record, "declined", answer=self.dice.choice(words.DECLINED))
            return self.dice.uniform(4, 20)
        await self._step(record, "accepted", answer=self.dice.choice(words.ANSWERED))
        return self.dice.uniform(1, 8)

    async def _give_up(self, record: Record) -> None:
        await self._step(
            record, "closed", outcome=words.GIVEN_UP, cause=record.cause or "process", **self._after(record)
        )

    async def _deliver(self, record: Record) -> float:
        await self._step(record, "in_delivery")
        late = self.dice.random() < 0.12
        return self.dice.uniform(52, 75) if late else self.dice.uniform(3, 36)

    async def _complete(self, record: Record) -> float:
        paid = words.PLANS.get(record.remedy or "") is words.PAYING
        await self._step(record, "completed", evidence=self.dice.choice(words.PAID if paid else words.DELIVERED))
        return self.dice.uniform(1, 12)

    async def _verify(self, record: Record) -> float:
        fields: dict[str, Any] = {"verification": self.dice.choice(words.VERIFIED)}
        if self.dice.random() < 0.6:
            fields["satisfaction"] = self.dice.choices(range(1, 6), (2, 5, 18, 45, 30))[0]
        await self._step(record, "verified", **fields)
        return self.dice.uniform(0.5, 9)

    async def _close(self, record: Record) -> None:
        lesson = self.dice.choice(words.LESSONS)
        fields = {"cause": record.cause or "process", **({"lesson": lesson} if lesson else {})}
        await self._step(record, "closed", **fields, **self._after(record))

    def _after(self, record: Record) -> dict[str, Any]:
        return {"stood_down_at": (record.opened_at + timedelta(days=2)).isoformat()} if record.abnormal else {}

    def _those_who_may(self, record: Record, to: str) -> list[StaffMember]:
        rows = [row for row in steps_from(record.state) if row.to == to and row.by_staff]
        world = self.world
        return [
            member
            for member in world.people()
            if world.scope(member).sees_case(record)
            and any(why_not(row, Ask(record, member, world.bundle, world.clock.at)) is None for row in rows)
        ]  # fmt: skip

    async def _step(self, record: Record, to: str, **fields: Any) -> None:
        fitting = self._those_who_may(record, to)
        if not fitting:
            raise NobodyMay(f"{record.number}: nobody may take it from {record.state} to {to}")
        owner = next((member for member in fitting if member.staff_id == record.owner), None)
        async with self.world.transaction("reporting") as tx:
            await take_step(
                tx, self.world.copies("reporting"), record.id, to=to, fields=fields,
                viewer=owner or self.dice.choice(fitting), expected_version=None, now=self.world.clock.at,
            )  # fmt: skip
