"""The front proxy: its table is that of the routers, and what passes through it is never gathered."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from services.cli import proxy_body
from services.cli.proxy import Proxy, is_own, paths_of, prefixes, routes_file, service_of
from services.cli.up import bind
from services.kit.settings import SERVICES


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    return prefixes()


def test_the_table_of_the_proxy_is_that_of_the_routers(table: dict[str, str]) -> None:
    assert json.loads(routes_file().read_text(encoding="utf-8")) == table, "write it anew with `redress routes`"


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_of_a_service_is_passed_to_it(service: str, table: dict[str, str]) -> None:
    for path in paths_of(service):
        if not is_own(path, service):
            continue
        filled = path.replace("{", "").replace("}", "")
        assert service_of(table, filled) == service, path


def test_a_path_nobody_has_is_passed_to_nobody(table: dict[str, str]) -> None:
    assert service_of(table, "/nowhere") is None
    assert service_of(table, "/casesX") is None
    assert service_of(table, "/") == "intake"
    assert service_of(table, "/desk/new/filed") == "intake"
    assert service_of(table, "/desk/") == "routing"


# ---- what passes through


LARGE = 40 * 2**20


class Upstream:
    """A service that counts what it is sent, piece by piece, and answers with as much as it is asked for."""

    def __init__(self) -> None:
        self.lengths: list[str | None] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.lengths.append(headers.get("content-length"))
        if scope["path"] == "/draft/refused/files":
            await self._answer(send, 413, b"too large")
            return
        size, digest = 0, hashlib.sha256()
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            digest.update(message.get("body", b""))
            if not message.get("more_body"):
                break
        if scope["method"] == "POST":
            await self._answer(send, 200, f"{size} {digest.hexdigest()}".encode())
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % LARGE)]})
        for _ in range(LARGE // 2**16):
            await send({"type": "http.response.body", "body": bytes(2**16), "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, send: Send, status: int, body: bytes) -> None:
        head = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """An application on a port of its own."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def through_the_proxy(upstream: Upstream, *more: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the proxy before a service that has every path."""
    async with serving(upstream) as behind:
        proxy = Proxy({"/draft": "intake", "/files": "intake"}, {"intake": [*more, behind]})
        async with serving(proxy.app()) as front, httpx.AsyncClient(base_url=front, timeout=60) as client:
            yield client


async def pieces(of: int = LARGE) -> AsyncIterator[bytes]:
    for number in range(of // 2**16):
        yield bytes([number % 251]) * 2**16


async def test_a_large_body_passes_piece_by_piece_in_the_memory_of_a_few() -> None:
    upstream = Upstream()
    digest = hashlib.sha256()
    async for piece in pieces():
        digest.update(piece)
    async with through_the_proxy(upstream) as client:
        tracemalloc.start()
        try:
            headers = {"content-length": str(LARGE)}
            answer = await client.post("/draft/1/files", content=pieces(), headers=headers)
            chunked = await client.post("/draft/1/files", content=pieces())
            size = 0
            async with client.stream("GET", "/files/1") as large:
                async for piece in large.aiter_raw():
                    size += len(piece)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert answer.text == chunked.text == f"{LARGE} {digest.hexdigest()}"
    assert upstream.lengths[:2] == [str(LARGE), None], "the length is passed on where it was said"
    assert size == LARGE
    assert most < 12 * 2**20, f"{most / 2**20:.0f} MB were held at a time"


async def test_a_refusal_of_the_service_comes_back_before_all_was_sent() -> None:
    async with through_the_proxy(Upstream()) as client:
        answer = await client.post("/draft/refused/files", content=b"x" * (300 * 1024))
    assert (answer.status_code, answer.text) == (413, "too large")


async def test_a_body_beyond_every_limit_is_refused_whether_it_says_so_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy_body, "LARGEST", 2**20)
    async with through_the_proxy(Upstream()) as client:
        said = await client.post("/draft/1/files", content=bytes(2**21))
        unsaid = await client.post("/draft/1/files", content=pieces(2**22))
    assert [said.status_code, unsaid.status_code] == [413, 413]


async def test_a_small_body_is_offered_to_the_next_process_where_one_is_away() -> None:
    upstream = Upstream()
    async with through_the_proxy(upstream, "http://127.0.0.1:9") as client:
        answers = [await client.post("/draft/1/files", content=b"abc") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
