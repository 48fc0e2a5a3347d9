"""What the desk asks of another service comes back: a part of a case becomes a case, a dossier holds everything."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from services.intake.dossier.make_dossier import make_dossiers
from tests.cli.conftest import owner_of
from tests.journeys.whole import Whole

WHOLE = "น้ำไม่ไหลทั้งคืน และพนักงานคิดเงินค่าห้องซ้ำสองครั้ง"
PART = "พนักงานคิดเงินค่าห้องซ้ำสองครั้ง"


async def investigated(whole: Whole, **filing: Any) -> tuple[str, str]:
    """A case whose owner has begun: its number, and who owns it."""
    number = (await whole.file(category="lodging", narrative=WHOLE, **filing))["tracking_number"]
    owner = await owner_of(whole, number)
    async with whole.client(owner) as officer:
        body = {"to": "investigating", "fields": {"no_conflict": True}}
        version = (await whole.case(number, owner))["version"]
        answer = await officer.post(
            f"/api/v1/cases/{number}/transitions", json=body, headers={"if-match": str(version)}
        )
    assert answer.status_code == 200, answer.text
    await whole.runtime.drain()
    return number, owner


async def test_a_part_of_a_case_becomes_a_case_of_its_own_received_when_the_whole_was(whole: Whole) -> None:
    number, owner = await investigated(whole)
    whole.clock.move(seconds=30)
    async with whole.client(owner) as officer:
        answer = await officer.post(
            f"/api/v1/cases/{number}/split",
            json={"narrative": PART, "category": "product", "reason": "คนละเรื่อง คนละหน่วยงาน"},
        )
    assert answer.status_code == 202, answer.text
    await whole.runtime.drain()
    async with whole.client("centre") as centre:
        items = (await centre.get("/api/v1/cases")).json()["items"]
    parts = [item for item in items if item["tracking_number"] != number]
    assert len(parts) == 1, "read again and again, what was announced makes one case"
    whole_case, part = await whole.case(number), await whole.case(parts[0]["tracking_number"])
    first = next(clock for clock in whole_case["clocks"] if clock["target"] == "resolve")
    of_part = next(clock for clock in part["clocks"] if clock["target"] == "resolve")
    assert of_part["started_at"] == first["started_at"]
    assert part["unit"] == "sales", "it goes where its own words belong"


async def test_a_dossier_holds_the_case_and_every_digest_in_it_is_right(whole: Whole) -> None:
    number, owner = await investigated(whole)
    async with whole.client(owner) as officer:
        asked = await officer.post(f"/api/v1/cases/{number}/dossier", json={"reason": "ส่งผู้ตรวจการแผ่นดิน"})
        assert asked.status_code == 202, asked.text
        await whole.runtime.drain()
        assert await make_dossiers(whole.runtime.contexts["intake"], whole.clock.now) == 1
        assert await make_dossiers(whole.runtime.contexts["intake"], whole.clock.now) == 0
        case_id = (await whole.case(number, owner))["id"]
        files = (await officer.get(f"/api/v1/cases/{case_id}/files")).json()["files"]
        given = await officer.get(f"/files/{files[-1]['id']}")
    assert given.status_code == 200, given.text
    assert given.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(given.content)) as opened:
        lines = [line.split("  ", 1) for line in opened.read("SHA256SUMS").decode().splitlines()]
        listed = {name: digest for digest, name in lines}
        assert {"case.html", "messages.html", "index.html"} <= set(listed)
        for name, digest in listed.items():
            assert hashlib.sha256(opened.read(name)).hexdigest() == digest
        assert PART in opened.read("case.html").decode()
