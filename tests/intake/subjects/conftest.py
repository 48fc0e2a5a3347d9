"""A person with cases, and those who answer requests about data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.cases import CaseMoved
from services.cli.runtime import Runtime
from services.kit.database import Database
from services.kit.service import Context
from tests.intake.conftest import NOW, add_staff, filing, from_browser
from tests.intake.progress import announced, life_until

WHO = {"name": "สมหญิง รักษ์ป่า", "phone": "0812345678", "email": "somying@example.com"}
STORY = "รั้วบ้านพักล้มทับรถของฉัน"


class Office:
    """Intake, with a data protection officer."""

    def __init__(self, client: httpx.AsyncClient, runtime: Runtime, database: Database) -> None:
        self.client, self.runtime, self.database = client, runtime, database
        self.tokens: dict[str, str] = {}

    @property
    def context(self) -> Context:
        """Intake's context."""
        return self.runtime.contexts["intake"]

    async def file(self, who: dict[str, Any] | None = None, identity: str = "named", **fields: Any) -> UUID:
        """A complaint of the person; the id of its case."""
        body = filing(identity=identity, complainant=who or WHO, **{"narrative": STORY, **fields})
        answer = await self.client.post("/api/v1/complaints", json=body)
        assert answer.status_code == 201, answer.text
        row = await self.database.read(
            "select id from intake.complaint where tracking_number = $1", answer.json()["tracking_number"]
        )
        return UUID(str(row[0]["id"]))

    async def end(self, case_id: UUID, **fields: Any) -> None:
        """The case is worked to its end."""
        steps: list[CaseMoved] = life_until("closed", NOW, texts={"reasons": "เหตุผล"}, **fields)
        await announced(self.runtime, self.database, case_id, steps, NOW)

    async def as_staff(self, role: str, unit: str = "centre") -> dict[str, str]:
        """Headers of a member of staff."""
        if role not in self.tokens:
            _, self.tokens[role] = await add_staff(self.runtime, role, unit, role)
        return {"Authorization": f"Bearer {self.tokens[role]}", **from_browser()}

    async def get(self, path: str, role: str = "privacy", unit: str = "centre") -> httpx.Response:
        """A page."""
        return await self.client.get(path, headers=await self.as_staff(role, unit))

    async def post(self, path: str, role: str = "privacy", unit: str = "centre", **form: Any) -> httpx.Response:
        """A form."""
        return await self.client.post(path, data=form, headers=await self.as_staff(role, unit))

    async def ask(self, kind: str = "access", contact: str = "081-234-5678", **form: Any) -> str:
        """Write down a request; the address of its page."""
        body = {"kind": kind, "contact": contact, "verified": "ดูบัตรประจำตัวประชาชน", **form}
        answer = await self.post("/admin/data-requests/new", **body)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].partition("?")[0]


@pytest.fixture
async def office(client: httpx.AsyncClient, runtime: Runtime, database: Database) -> Office:
    """The office."""
    await runtime.prepare()
    return Office(client, runtime, database)
