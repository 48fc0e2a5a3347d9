"""Intake with LINE switched on, the stand-in for LINE's servers, and somebody who talks with us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.intake.line.carrier import LineCarrier, line_client
from services.intake.line.client import LineClient
from services.intake.line.signature import signature_of
from services.intake.line.work import Worker
from services.intake.serials import Serials
from services.kit.database import Database
from services.kit.service import Context
from services.kit.settings import Settings
from tests.intake.conftest import NOW, SECRET, Clock
from tests.intake.line.stand_in import ACCESS_TOKEN, Call, StandIn

CHANNEL_SECRET = "a channel secret of the tests"
_numbers = count(1)


@pytest.fixture
async def line(clock: Clock) -> AsyncIterator[StandIn]:
    """LINE's servers."""
    server = StandIn(clock)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def runtime(
    database: Database, bundle: PolicyBundle, clock: Clock, tmp_path: Path, line: StandIn
) -> AsyncIterator[Runtime]:
    """Intake alone, with the policy in force and LINE on."""
    options = {
        "REDRESS_LINE_CHANNEL_SECRET": CHANNEL_SECRET,
        "REDRESS_LINE_ACCESS_TOKEN": ACCESS_TOKEN,
        "REDRESS_LINE_API_URL": line.url,
        "REDRESS_LINE_DATA_URL": line.url,
        "REDRESS_PUBLIC_URL": "https://redress.test",
    }
    built = build(Settings(data=tmp_path, secret=SECRET, options=options), database, ("intake",), clock)
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        bundle.version,
        NOW.replace(year=2025),
        orjson.dumps(bundle.model_dump(mode="json")).decode(),
    )
    await built.prepare()
    yield built
    client = line_client(built.contexts["intake"])
    assert client is not None
    await client.close()


@pytest.fixture
def context(runtime: Runtime) -> Context:
    """Intake's context."""
    return runtime.contexts["intake"]


@pytest.fixture
def line_calls(context: Context) -> LineClient:
    """The client of the Messaging API."""
    client = line_client(context)
    assert client is not None
    return client


@pytest.fixture
def carrier(context: Context, line_calls: LineClient) -> LineCarrier:
    """The carrier of the channel."""
    return LineCarrier(context, line_calls)


@pytest.fixture
async def http(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever calls our pages and the webhook."""
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as opened:
        yield opened


class Person:
    """Somebody on LINE: what they send arrives as LINE would send it, and what they are answered can be read."""

    def __init__(self, http: httpx.AsyncClient, line: StandIn, context: Context, client: LineClient, user: str) -> None:
        self.http, self.line, self.client, self.user = http, line, client, user
        self.context = context
        self.worker = Worker(context, Serials())

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A webhook event of theirs."""
        event = {
            "type": kind,
            "mode": "active",
            "timestamp": int(self.context.now().timestamp() * 1000),
            "source": {"type": "user", "userId": self.user},
            "webhookEventId": f"EVENT{next(_numbers):08}",
            "deliveryContext": {"isRedelivery": False},
            **fields,
        }
        if kind not in ("unsend", "unfollow"):
            event.setdefault("replyToken", self.line.token_for(self.user))
        return event

    def message(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A message event of theirs."""
        fields.setdefault("id", f"{next(_numbers)}")
        return self.event("message", message={"type": kind, **fields})

    async def deliver(self, *events: dict[str, Any]) -> httpx.Response:
        """What LINE does with events: a signed request."""
        return await deliver(self.http, {"destination": "U0", "events": list(events)})

    async def send(self, *events: dict[str, Any]) -> Call | None:
        """Deliver and have them worked out; the last answer."""
        before = len(self.line.calls)
        assert (await self.deliver(*events)).status_code == 200
        await self.worker.settle(self.client)
        assert self.line.wrong == []
        return self.line.calls[-1] if len(self.line.calls) > before else None

    async def say(self, text: str) -> Call:
        """Write something."""
        answer = await self.send(self.message("text", text=text))
        assert answer is not None, await self.context.database.read(
            "select state, problem, tried from intake.line_event"
        )
        return answer

    async def show(self, kind: str, content: bytes | None, **fields: Any) -> Call:
        """Send a picture, film, sound or file."""
        event = self.message(kind, contentProvider={"type": "line"}, **fields)
        if content is not None:
            self.line.contents[event["message"]["id"]] = content
        answer = await self.send(event)
        assert answer is not None
        return answer

    async def press(self, data: str) -> Call | None:
        """Press a button."""
        return await self.send(self.event("postback", postback={"data": data}))

    async def tell(self, text: str, category: str = "broken", identity: str = "confidential") -> None:
        """A whole talk up to the button that sends it."""
        await self.say(text)
        for data in (f"cat:{category}", "done", f"id:{identity}"):
            await self.press(data)

    async def file(self, text: str) -> str:
        """A whole talk; the tracking number it ends in."""
        await self.tell(text)
        await self.press("send")
        rows = await self.context.database.read(
            "select tracking_number from intake.complaint order by recorded_at desc, id desc limit 1"
        )
        return str(rows[0]["tracking_number"])


async def deliver(http: httpx.AsyncClient, document: Any, secret: str = CHANNEL_SECRET) -> httpx.Response:
    """A signed webhook."""
    body = document if isinstance(document, bytes) else orjson.dumps(document)
    headers = {"x-line-signature": signature_of(secret, body), "content-type": "application/json"}
    return await http.post("/channels/line/webhook", content=body, headers=headers)


@pytest.fixture
def grandmother(http: httpx.AsyncClient, line: StandIn, context: Context, line_calls: LineClient) -> Person:
    """Somebody who has never written to us."""
    person = Person(http, line, context, line_calls, "U" + "a" * 32)
    line.names[person.user] = "ยายสมศรี"
    return person
