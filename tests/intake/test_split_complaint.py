"""A part of a complaint becomes one of its own: the same person and receipt, another number, registered once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx

from schemas.cases import CaseSplit
from schemas.complaints import ComplaintFiled
from schemas.envelope import REGISTRY, FreeText
from services.cli.runtime import Runtime
from services.kit.database import Database
from tests.intake.conftest import NOW, Clock, filing, identity_of
from tests.intake.progress import announced, snapshot

WHO = {"identity": "confidential", "complainant": {"name": "สมหญิง", "phone": "0812345678"}}


async def complaints(database: Database) -> list[Any]:
    return await database.read("select * from intake.complaint order by recorded_at, tracking_number")


def split(case_id: UUID) -> CaseSplit:
    return CaseSplit(
        case=snapshot("investigating", 4, NOW),
        at=NOW,
        by=uuid4(),
        request=UUID(int=9),
        narrative=FreeText.of("พนักงานพูดจาไม่สุภาพ"),
        category="product",
        reason=FreeText.of("เป็นคนละเรื่องกับน้ำไม่ไหล"),
    )


async def test_a_part_is_registered_once_with_the_person_and_receipt_of_the_whole(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, clock: Clock
) -> None:
    await runtime.prepare()
    await client.post("/api/v1/complaints", json=filing(**WHO))
    (first,) = await complaints(database)
    clock.move(days=3)
    fact = split(first["id"])
    await announced(runtime, database, first["id"], [fact], clock.now)
    await announced(runtime, database, first["id"], [fact], clock.now)
    whole, part = await complaints(database)
    assert part["tracking_number"] != whole["tracking_number"]
    assert part["narrative"] == "พนักงานพูดจาไม่สุภาพ"
    for same in ("complainant_ref", "received_at", "identity", "channel", "language"):
        assert part[same] == whole[same], same
    assert part["recorded_at"] > whole["recorded_at"]
    assert (await identity_of(database, part["id"]))["phone"] == "0812345678"
    rows = await database.read("select type, version, body, texts from intake.journal where case_id = $1", part["id"])
    filed = [REGISTRY[row["type"], row["version"]].from_wire(row["body"], row["texts"]) for row in rows]
    assert [one.split_from for one in filed if isinstance(one, ComplaintFiled)] == [first["id"]]


async def test_nothing_is_registered_for_a_complaint_that_is_not_there(runtime: Runtime, database: Database) -> None:
    await runtime.prepare()
    await announced(runtime, database, uuid4(), [split(uuid4())], NOW)
    assert await complaints(database) == []
