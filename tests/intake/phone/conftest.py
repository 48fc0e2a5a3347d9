"""Intake with a switchboard, an agent at the desk, and a gateway for SMS that stands on this machine."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.intake.messages.send_messages import send_messages
from services.intake.phone.signature import signature_of
from services.kit.database import Database
from services.kit.service import Context
from services.kit.settings import Settings
from services.kit.tokens import form_token
from tests.intake.conftest import NOW, SECRET, Clock, add_staff
from tests.intake.phone.gateway import Gateway

PHONE_SECRET = "a secret that the switchboard shares with us"
OFFICE = {
    "code": "office",
    "label": {"th": "เวลาราชการ", "en": "Office hours"},
    "week": {day: ["08:30-12:00", "13:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")},
}


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A gateway for SMS."""
    server = Gateway()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def policy(bundle: PolicyBundle) -> dict[str, Any]:
    """The quick policy with office hours at the telephone, and questions about broken lodging."""
    document = bundle.model_dump(mode="json")
    document["calendars"] = [*document["calendars"], OFFICE]
    document["call_back"] = {"within": "PT2H", "calendar": "office", "warn_at": [75], "tries": 2}
    for category in document["categories"]:
        if category["code"] == "broken":
            category["questions"] = [{"th": "บ้านหลังที่เท่าไร", "en": "Which cabin?"}, {"th": "เสียตั้งแต่เมื่อไร"}]
    return document


@pytest.fixture
async def runtime(
    database: Database, policy: dict[str, Any], clock: Clock, tmp_path: Path, gateway: Gateway
) -> Runtime:
    """Intake alone, with the policy in force, the telephone and SMS on."""
    options = {
        "REDRESS_PHONE_SECRET": PHONE_SECRET,
        "REDRESS_SMS_URL": gateway.url,
        "REDRESS_SMS_TOKEN": gateway.token,
        "REDRESS_PUBLIC_URL": "https://redress.test",
    }
    built = build(Settings(data=tmp_path, secret=SECRET, options=options), database, ("intake",), clock)
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        policy["version"],
        NOW - timedelta(days=400),
        orjson.dumps(policy).decode(),
    )
    await built.prepare()
    return built


@pytest.fixture
def context(runtime: Runtime) -> Context:
    """Intake's context."""
    return runtime.contexts["intake"]


@pytest.fixture
async def http(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A program without a session: the switchboard."""
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as opened:
        yield opened


@dataclass
class Agent:
    """A member of staff at the telephone."""

    staff_id: UUID
    client: httpx.AsyncClient

    async def types(self, screen: str = "/desk/phone", files: Any = None, **fields: str) -> httpx.Response:
        """Send the form of a screen, as far as it is filled in."""
        blank = {"once": "a form of the test", "kind": "complaint", "language": "th", "identity": "named"}
        return await self.client.post(screen, data={**blank, **fields}, files=files)

    async def does(self, path: str, **fields: str) -> httpx.Response:
        """Press a button."""
        return await self.client.post(path, data=fields)


Hire = Callable[..., Awaitable[Agent]]


@pytest.fixture
async def hire(runtime: Runtime) -> AsyncIterator[Hire]:
    """Adds members of staff, each with a browser of theirs."""
    opened: list[httpx.AsyncClient] = []

    async def hired(username: str, unit: str = "centre", *roles: str) -> Agent:
        staff_id, token = await add_staff(runtime, username, unit, *(roles or ("centre",)))
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=make_app(runtime, start=False)), base_url="http://redress.test"
        )
        client.cookies.set("browser", "a browser")
        client.headers["authorization"] = f"Bearer {token}"
        client.headers["x-csrf-token"] = form_token(SECRET, "a browser")
        opened.append(client)
        return Agent(staff_id, client)

    yield hired
    for client in opened:
        await client.aclose()


@pytest.fixture
async def agent(hire: Hire) -> Agent:
    """Somebody of the complaint centre."""
    return await hire("nok")


async def tell(
    http: httpx.AsyncClient, event: str, *, at: datetime = NOW, sent_at: datetime | None = None,
    caller: str = "+66 81 234 5678", secret: str = PHONE_SECRET,
    **fields: Any,
) -> httpx.Response:  # fmt: skip
    """The switchboard tells of an event, signed."""
    body = json.dumps({"event": event, "call": "1.1", "from": caller, "at": at.isoformat(), **fields})
    stamp = str(int((sent_at or NOW).timestamp()))
    headers = {
        "x-redress-timestamp": stamp,
        "x-redress-signature": signature_of(secret, stamp, body.encode()),
        "content-type": "application/json",
    }
    return await http.post("/channels/phone/calls", content=body.encode(), headers=headers)


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """Everything in a table of intake."""
    return [dict(row) for row in await database.read(f"select * from intake.{table}")]


async def arrivals(database: Database) -> dict[str, tuple[str, str | None]]:
    """What arrived by telephone: how it stands, and why."""
    found = await database.read("select source_id, state, reason from intake.arrival where channel = 'phone'")
    return {row["source_id"]: (row["state"], row["reason"]) for row in found}


async def send(runtime: Runtime) -> int:
    """Read what was announced and send what is due."""
    context = runtime.contexts["intake"]
    await runtime.drain()
    return await send_messages(context, context.now())
