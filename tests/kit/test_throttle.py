"""Over-load: what cannot be worked on is refused at once, with a time to come again, and nothing half done."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.kit.guard import Guard
from services.kit.room import Room
from services.kit.settings import Settings
from services.kit.throttle import LONGEST, Overloaded, Throttle
from services.kit.web import Web


def test_no_more_than_the_places_are_taken_and_a_place_comes_back() -> None:
    throttle = Throttle(2)
    with ExitStack() as taken:
        taken.enter_context(throttle.place())
        taken.enter_context(throttle.place())
        with pytest.raises(Overloaded), throttle.place():
            pass
    with throttle.place():
        assert throttle.under_way == 1


def test_the_more_are_refused_the_later_they_are_asked_to_come() -> None:
    throttle = Throttle(1, now=lambda: 100.0)
    asked = []
    with throttle.place():
        for _ in range(400):
            with pytest.raises(Overloaded) as refused, throttle.place():
                pass
            asked.append(refused.value.retry_after)
    assert max(asked[:3]) <= 3
    assert max(asked) > 10
    assert all(1 <= seconds <= LONGEST for seconds in asked)
    assert len(set(asked[-30:])) > 5, "they must not all come at the same moment again"


async def test_a_filing_beyond_the_places_gets_503_with_a_time_before_its_body_is_read(tmp_path: Path) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        entered.set()
        await leave.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    settings = Settings(data=tmp_path, secret="x" * 40, filings_at_once=1)
    guard = Guard(slow, Web(settings), Room(None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://test") as public:
        first = asyncio.ensure_future(public.post("/api/v1/complaints"))
        await entered.wait()
        second = await public.post("/api/v1/complaints")
        leave.set()
        assert (await first).status_code == 201
    assert second.status_code == 503
    assert int(second.headers["retry-after"]) >= 1
    assert second.json()["type"] == "urn:redress:problem:overloaded"
