"""A whole system in the process of the tests, and one that has lived through a little."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.kit.database import Database
from services.kit.embedded import EmbeddedPostgres
from tests.journeys.whole import Whole, whole_system


@pytest.fixture(scope="module")
async def lived(
    postgres: EmbeddedPostgres, migrated: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Whole]:
    """Five services in which complaints were filed, worked on, paused, decided, missed and alerted about."""
    name = "lived_" + request.module.__name__.rsplit(".", 1)[-1]
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute(f"create database {name} template {migrated} strategy file_copy")
    database = Database(postgres.url_of(name), "governance")
    try:
        async with whole_system(database, tmp_path_factory.mktemp("lived")) as system:
            await live(system)
            yield system
    finally:
        await database.close()
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


async def live(system: Whole) -> None:
    """A few cases in different stages, with deadlines kept and missed."""
    numbers = [
        (await system.file(category="lodging", narrative=f"ห้องพักไม่สะอาด {count}"))["tracking_number"]
        for count in range(4)
    ]
    for number in numbers[:3]:
        owner = await owner_of(system, number)
        await step(system, owner, number, "investigating", no_conflict=True)
    await step(system, await owner_of(system, numbers[1]), numbers[1], "awaiting_complainant", **question(system))
    system.clock.move(seconds=3)
    owner = await owner_of(system, numbers[0])
    await step(system, owner, numbers[0], "response_proposed", **PROPOSAL)
    approver = f"approver.{(await system.case(numbers[0]))['approving_unit']}"
    await step(system, approver, numbers[0], "decision_communicated", **DECISION)
    system.clock.move(minutes=20)
    await sweep(system)


PROPOSAL = {
    "findings": "ปั๊มน้ำเสีย",
    "evidence": "ภาพถ่าย",
    "cause": "equipment",
    "correction": "ซ่อมปั๊ม",
    "prevention": "ตรวจปั๊มทุกเดือน",
    "remedy": "apology",
}
DECISION = {"reasons": "พบว่าเป็นความบกพร่องของเรา", "recourse": "ขอทบทวนได้ใน 30 วัน", "medium": "web"}


def question(system: Whole) -> dict[str, str]:
    """What is asked of the complainant, until when."""
    return {"what": "เลขที่ห้องพัก", "until": (system.clock.now + timedelta(hours=1)).isoformat()}


async def owner_of(system: Whole, number: str) -> str:
    """The user name of who owns the case."""
    owner = (await system.case(number))["owner"]
    return str(owner["username"] if isinstance(owner, dict) else owner)


async def step(system: Whole, who: str, number: str, to: str, **fields: Any) -> None:
    """Move a case as somebody, with the version they saw."""
    case = await system.case(number, who)
    async with system.client(who) as staff:
        answer = await staff.post(
            f"/api/v1/cases/{case['id']}/transitions",
            json={"to": to, "fields": fields},
            headers={"if-match": str(case["version"])},
        )
    assert answer.status_code == 200, answer.text
    await system.runtime.drain()


async def sweep(system: Whole) -> None:
    """Run every job of sla once, then let everybody read."""
    for job in system.runtime.services["sla"].jobs:
        await job.run(system.clock.now)
    await system.runtime.drain()
