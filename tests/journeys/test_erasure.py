"""Erasing what is kept of a person: not a word of theirs is left in any table of any service, and no KPI changes."""

from __future__ import annotations

from typing import Any

import asyncpg

from schemas.envelope import BUCKETS
from services.kit.journal import Break, verify
from services.kit.settings import SERVICES
from tests.intake.conftest import from_browser
from tests.journeys.whole import Whole

WHO = {"name": "สมหญิง รักษ์ป่า", "phone": "0812345678", "email": "somying@example.com"}
SAID = ("รั้วบ้านพักล้มทับรถเก๋งสีแดง", "ซ่อมรถให้ฉัน", "หน้าบ้านเลขที่ 77", "ไม่เป็นไรแล้ว")
LEVELS = ("organisation", "line", "department")


async def everything(whole: Whole) -> str:
    """Every row of every table, as text."""
    found = []
    tables = await whole.database.read(
        "select schemaname as s, tablename as t from pg_tables where schemaname = any($1::text[])", list(SERVICES)
    )
    for table in tables:
        rows = await whole.database.read(f'select x::text as row from {table["s"]}."{table["t"]}" x')
        found += [f"{table['s']}.{table['t']}: {row['row']}" for row in rows]
    return "\n".join(found)


async def kpis(whole: Whole) -> list[Any]:
    found = []
    async with whole.client("auditor") as staff:
        for level in LEVELS:
            answer = await staff.get("/api/v1/kpis", params={"level": level})
            assert answer.status_code == 200, answer.text
            found.append(answer.json()["items"])
    return found


async def test_after_an_erasure_no_word_is_left_anywhere_and_every_kpi_is_as_before(
    whole: Whole, database_url: str
) -> None:
    filing = {
        "identity": "named", "complainant": WHO, "narrative": SAID[0], "remedy_sought": SAID[1], "location": SAID[2],
        "category": "lodging",
    }  # fmt: skip
    receipts = [await whole.file(**filing), await whole.file(**filing)]
    for receipt in receipts:
        async with whole.client(**{"x-tracking-secret": receipt["tracking_secret"]}) as public:
            path = f"/api/v1/complaints/{receipt['tracking_number']}/actions"
            answer = await public.post(path, json={"action": "withdraw", "text": SAID[3]})
        assert answer.status_code < 300, answer.text
        await whole.runtime.drain()
    before = await everything(whole)
    for words in SAID:
        assert words in before, "else the test would see nothing"
    figures = await kpis(whole)
    async with whole.client("privacy", **from_browser()) as staff:
        body = {"kind": "erase", "contact": WHO["phone"], "verified": "ดูบัตรประจำตัว"}
        asked = await staff.post("/admin/data-requests/new", data=body)
        assert asked.status_code == 303, asked.text
        page = asked.headers["location"].partition("?")[0]
        rows = await whole.database.read("select case_id from intake.subject_request_case")
        erased = {"case": [str(row["case_id"]) for row in rows], "how": "erase", "ground": "PDPA มาตรา 33"}
        assert (await staff.post(f"{page}/erase", data=erased)).status_code == 303
        done = {"state": "done", "outcome": "ลบตามที่ขอแล้ว"}
        assert (await staff.post(f"{page}/settle", data=done)).status_code == 303
    await whole.runtime.drain()
    after = await everything(whole)
    for words in (*SAID, *WHO.values()):
        left = [line[:80] for line in after.splitlines() if words in line]
        assert not left, (words, left)
    assert await kpis(whole) == figures
    raw = await asyncpg.connect(database_url)
    for service in ("intake", "routing", "sla", "reporting"):
        broken = [one async for one in verify(raw, service, range(BUCKETS)) if isinstance(one, Break)]
        assert not broken, service
    await raw.close()
