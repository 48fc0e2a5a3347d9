"""Answers to LINE's webhook at 100 requests a second, talks worked out beside them.

    python -m bench webhook

The floor is an endpoint that reads the body, checks its HMAC and answers 200, in a process of its own in the same run.
LINE itself is a server of this process that takes every answer.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import uvicorn
import uvloop
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from bench.figures import Figure
from bench.system import ROOT, System, free_port
from services.intake.line.signature import signature_fits, signature_of

SECRET = "the channel secret of a measurement"
RATE = 100
SECONDS = 10
TALKERS = 50
GOAL_MS = 200.0


def main() -> list[Figure]:
    """The 99th percentile of both."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        return asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Figure]:
    async with _line() as line:
        os.environ |= {
            "REDRESS_LINE_CHANNEL_SECRET": SECRET,
            "REDRESS_LINE_ACCESS_TOKEN": "a token",
            "REDRESS_LINE_API_URL": line,
            "REDRESS_LINE_DATA_URL": line,
        }
        port = free_port()
        floor = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.webhook", str(port), cwd=ROOT)
        system = System(folder / "data", policy="quick")
        try:
            await asyncio.to_thread(system.start)
            await _ready(port)
            bare = await _p99(port)
            ours = await _p99(system.port)
        finally:
            floor.terminate()
            await floor.wait()
            await asyncio.to_thread(system.stop)
    return [
        Figure(
            f"webhook of LINE answered, p99 at {RATE}/s", ours, "ms", bare, "HMAC checked, 200", at_most=GOAL_MS,
            note=f"{RATE * SECONDS} events of {TALKERS} talkers",
        )
    ]  # fmt: skip


async def _p99(port: int) -> float:
    """Requests leave at their time, whether or not those before are answered; milliseconds."""
    taken: list[float] = []
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30) as client:

        async def send(number: int) -> None:
            body = _body(number)
            headers = {"x-line-signature": signature_of(SECRET, body), "content-type": "application/json"}
            begun = time.perf_counter()
            answer = await client.post("/channels/line/webhook", content=body, headers=headers)
            if not answer.is_success:
                raise RuntimeError(f"the webhook answers {answer.status_code}: {answer.text[:300]}")
            taken.append((time.perf_counter() - begun) * 1000)

        for number in range(10):
            await send(-1 - number)  # connections and statements are made
        taken.clear()
        loop = asyncio.get_running_loop()
        start = loop.time()
        tasks = []
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, start + number / RATE - loop.time()))
            tasks.append(loop.create_task(send(number)))
        await asyncio.gather(*tasks)
    return sorted(taken)[int(len(taken) * 0.99)]


def _body(number: int) -> bytes:
    event = {
        "type": "message", "mode": "active", "timestamp": int(time.time() * 1000), "replyToken": f"token-{number}",
        "source": {"type": "user", "userId": f"U{number % TALKERS:032x}"}, "webhookEventId": f"bench-{number}",
        "deliveryContext": {"isRedelivery": False},
        "message": {"id": str(number), "type": "text", "text": "น้ำที่บ้านพักไม่ไหลทั้งคืน เด็กเล็กอาบน้ำไม่ได้"},
    }  # fmt: skip
    return orjson.dumps({"destination": "U0", "events": [event]})


@asynccontextmanager
async def _line() -> AsyncIterator[str]:
    """LINE, as far as a measurement needs it: every message is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = b'{"sentMessages":[{"id":"1","quoteToken":"q"}]}'
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(sent)
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                lines = asked.lower().split(b"\r\n")
                length = next((int(one.split(b":")[1]) for one in lines if one.startswith(b"content-length")), 0)
                await reader.readexactly(length)
                writer.write(head + sent)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _ready(port: int) -> None:
    limit = time.monotonic() + 60
    async with httpx.AsyncClient() as client:
        while time.monotonic() < limit:
            try:
                await client.get(f"http://127.0.0.1:{port}/health/ready")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise TimeoutError("the floor does not answer")


def floor_app() -> FastAPI:
    """The floor: the signature, and 200."""
    app = FastAPI(openapi_url=None)

    @app.get("/health/ready")
    async def ready() -> Response:
        return Response()

    @app.post("/channels/line/webhook")
    async def webhook(request: Request) -> Response:
        fits = signature_fits(SECRET, await request.body(), request.headers.get("x-line-signature"))
        return JSONResponse({}, 200 if fits else 401)

    return app


if __name__ == "__main__":
    config = uvicorn.Config(
        floor_app(), port=int(sys.argv[1]), log_level="warning", access_log=False, http="httptools", server_header=False
    )
    uvloop.run(uvicorn.Server(config).serve())
