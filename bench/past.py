"""A small past to be multiplied: some hundred complaints that came in over ninety days and were handled as they should,
by the use cases that pages and API call, under a clock of its own. Whoever came in last is still being worked on.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from bench.narratives import SENTENCES
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, opened
from services.cli.up import first_start
from services.intake.act_on_complaint import Asked, act_on_complaint
from services.intake.file_complaint import file_complaint
from services.intake.filing import read_filing
from services.intake.filing_checks import check
from services.intake.serials import Serials
from services.kit.copies import Staff
from services.kit.data_folder import DataFolder
from services.kit.database import Transaction
from services.kit.scope import scope_of
from services.kit.settings import Settings
from services.kit.working_days import compile_calendar
from services.kit.working_time import add_working_seconds, working_seconds_between
from services.routing.allowed import why_not
from services.routing.case import Case
from services.routing.guards import Ask
from services.routing.lifecycle import steps_from
from services.routing.record_contact import record_contact
from services.routing.store import find_case
from services.routing.transition_case import transition

DAYS = 90
BEAT = timedelta(seconds=1)
KINDS = ("complaint",) * 4 + ("enquiry",) * 3 + ("suggestion",) * 2 + ("compliment",)
TOPICS = (
    ("lodging_not_ready", "ban_wat_chan"), ("facilities", "thong_pha_phum"), ("booking", None),
    ("visit", "thung_kwian"), ("wood_quality", "bang_pho"), ("wood_delivery", None), ("documents", "online_shop"),
    ("seedlings", "somdet"), ("seedlings", "khao_krayang"), ("nuisance", "mae_mo"), ("trucks", "huai_nam_khao"),
    ("elephants", "elephant_centre"), ("land", None), ("manners", "office_central"), ("other", "head_office"),
)  # fmt: skip
"""Category and service point, so that every department has its share."""

PROPOSAL = {
    "findings": "ตรวจสอบแล้วพบว่าเกิดจากการบำรุงรักษาไม่ทั่วถึง",
    "cause": "maintenance",
    "correction": "แก้ไขแล้วเสร็จ",
}
DECISION = {
    "reasons": "พบข้อบกพร่องและได้แก้ไขแล้ว ขออภัยในความไม่สะดวก",
    "recourse": "หากไม่เห็นด้วย ขอทบทวนได้ภายใน 30 วัน",
    "medium": "web",
}
ANSWERED = 0.95
"""The share of complainants who accept the decision; the others stay silent until their case is closed."""

DUE = """
    select least((select min(next_at) from sla.clock where next_at is not null),
                 (select min(not_before) from sla.alert where sent_at is null and dropped is null),
                 (select min(silence_at) from routing.case where silence_at is not null)) as at
"""
"""When a periodic job has something to do next."""

Act = Callable[[], Awaitable[None]]


async def live_past(folder: DataFolder, url: str, cases: int, end: datetime) -> None:
    """Let `cases` complaints come in over the ninety days before `end` and be handled, in an empty migrated database.

    Everybody has read everything in the end.
    """
    past = Past(end)
    settings = Settings(data=folder.path, secret=folder.secret_key())
    async with opened(settings, url, now=lambda: past.now) as runtime:
        await first_start(runtime, folder, None)
        await past.settle_in(runtime)
        for number in range(cases):
            dice = Random(f"past/{number}")
            past.at(past.first + timedelta(days=DAYS) * ((number + dice.random()) / cases), Handled(past, dice).file)
        await past.live()


class Past:
    """The days that pass: what is to happen when, and a clock that only moves when something does."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self.first = end - timedelta(days=DAYS)
        self.now = self.first
        self.serials = Serials()
        self.runtime: Runtime
        self.bundle: PolicyBundle
        self.staff: Staff
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()

    async def settle_in(self, runtime: Runtime) -> None:
        """Learn which policy is in force and who there is."""
        intake = runtime.contexts["intake"]
        self.runtime = runtime
        self.bundle = await intake.copies.in_force(intake.database, self.now)
        self.staff = await intake.copies.staff(intake.database)

    def at(self, moment: datetime, act: Act) -> None:
        """Put something on the agenda; what lies behind the end does not happen any more."""
        if moment < self.end:
            heapq.heappush(self._agenda, (moment, next(self._order), act))

    def after(self, hours: float, act: Act) -> None:
        """Put something on the agenda so many working hours from now."""
        self.at(add_working_seconds(self.now, hours * 3600, compile_calendar(self.bundle.calendar_for())), act)

    async def live(self) -> None:
        """Let everything happen in its time, the periodic jobs included."""
        while self._agenda:
            moment, _, act = heapq.heappop(self._agenda)
            await self._pass(moment)
            await act()
            await self.read("routing", "sla")
        await self._pass(self.end)
        await self.runtime.drain()

    async def read(self, *services: str) -> None:
        """Let these services read what there is; the others can wait for the end."""
        for service in services:
            await self.runtime.journal_feed(service).drain()

    async def _pass(self, until: datetime) -> None:
        while True:
            due = (await self.runtime.contexts["sla"].database.read(DUE))[0]["at"]
            if due is None or due + BEAT >= until:
                break
            self.now = max(self.now, due + BEAT)
            for service in ("sla", "routing"):
                for job in self.runtime.services[service].jobs:
                    await job.run(self.now)
            await self.read("routing", "sla")
        self.now = max(self.now, until)

    def transaction(self, service: str) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of a service."""
        return self.runtime.contexts[service].database.transaction()


class Handled:
    """One complaint and whoever handles it."""

    def __init__(self, past: Past, dice: Random) -> None:
        self.past = past
        self.dice = dice
        self.case_id = UUID(int=0)

    async def file(self) -> None:
        """The complaint comes in through the public form; what follows is put on the agenda."""
        past, dice = self.past, self.dice
        context = past.runtime.contexts["intake"]
        category, point = dice.choice(TOPICS)
        body: dict[str, Any] = {
            "narrative": f"{dice.choice(SENTENCES)} ({dice.randrange(10_000)})",
            "kind": dice.choice(KINDS),
            "category": category,
            "identity": "named",
            "complainant": {"name": "สมหญิง ใจเย็น", "phone": f"09{dice.randrange(10**8):08d}"},
            "language": "th",
        }
        receipt = await file_complaint(
            context.database,
            check(read_filing(body | ({"service_point": point} if point else {})), past.bundle, past.staff, past.now),
            bundle=past.bundle,
            serials=past.serials,
            settings=context.settings,
            now=past.now,
        )
        self.case_id = receipt.complaint_id
        hours = 40.0
        if receipt.promised.resolve is not None:
            calendar = compile_calendar(past.bundle.calendar_for())
            hours = working_seconds_between(receipt.received_at, receipt.promised.resolve, calendar) / 3600
        past.after(dice.uniform(0.5, 3), partial(self._begin, hours * dice.uniform(0.15, 0.65)))

    async def _case(self) -> Case:
        async with self.past.transaction("routing") as tx:
            return await find_case(tx, self.case_id)

    def _who_may(self, case: Case, to: str, fields: dict[str, Any]) -> StaffMember:
        """The owner where they may take the step, else somebody who may."""
        past = self.past
        rows = [row for row in steps_from(case.state) if row.to == to and row.by_staff]
        fitting = [
            member
            for member in sorted(past.staff.by_id.values(), key=lambda member: member.username)
            if scope_of(past.bundle, member).sees(
                unit=case.unit, owner=case.owner, approving_unit=case.approving_unit, restricted=case.restricted
            )
            and any(why_not(row, Ask(case, member, past.bundle, past.now, fields)) is None for row in rows)
        ]
        return next((member for member in fitting if member.staff_id == case.owner), None) or self.dice.choice(fitting)

    async def _step(self, to: str, **fields: Any) -> None:
        case, past = await self._case(), self.past
        async with past.transaction("routing") as tx:
            await transition(
                tx, past.runtime.contexts["routing"].copies, case.id, to=to, fields=fields,
                viewer=self._who_may(case, to, fields), expected_version=case.version, now=past.now,
            )  # fmt: skip

    async def _begin(self, hours: float) -> None:
        past = self.past
        if (await self._case()).state == "assessed":
            # It lies on the triage desk: the centre says whose it is.
            await self._step("assigned", unit=self.dice.choice(("central", "marketing", "legal")))
            past.after(0.5, partial(self._begin, hours))
            return
        await self._step("investigating", no_conflict=True)
        case = await self._case()
        worker = past.staff.get(case.owner)
        assert worker is not None
        if case.kind in ("complaint", "enquiry"):
            await self._contact(case, worker)
        past.after(hours, self._propose)

    async def _contact(self, case: Case, worker: StaffMember) -> None:
        past = self.past
        async with past.transaction("routing") as tx:
            await record_contact(
                tx, past.runtime.contexts["routing"].copies, case.id, medium="phone", text="กำลังตรวจสอบ จะแจ้งผลให้ทราบ",
                viewer=worker, now=past.now,
            )  # fmt: skip

    async def _propose(self) -> None:
        await self._step("response_proposed", **PROPOSAL)
        self.past.after(self.dice.uniform(1, 6), self._decide)

    async def _decide(self) -> None:
        recourse = () if (await self._case()).is_complaint else ("recourse",)
        await self._step("decision_communicated", **{k: v for k, v in DECISION.items() if k not in recourse})
        if self.dice.random() < ANSWERED:
            self.past.after(self.dice.uniform(2, 30), self._accept)

    async def _accept(self) -> None:
        past = self.past
        await past.read("intake")
        async with past.transaction("intake") as tx:
            asked = Asked(action="accept", text=None, rating=None, confidence=None)
            await act_on_complaint(tx, self.case_id, asked, past.bundle, past.now)
        past.after(self.dice.uniform(1, 12), self._close)

    async def _close(self) -> None:
        await self._step("closed", proof="ตรวจสอบหน้างานแล้ว ดำเนินการครบถ้วน")
