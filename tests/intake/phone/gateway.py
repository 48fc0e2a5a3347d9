"""A gateway for SMS: a real HTTP server on this machine that keeps what it takes and answers as it is told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Gateway:
    """Answers are given one a message, the last of all being 200; `hang` seconds it lets a caller wait."""

    token: str = "a token of the gateway"
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    hang: float = 0.0
    taken: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where messages are posted."""
        return f"http://127.0.0.1:{self.port}/send"

    async def start(self) -> None:
        """Listen on a port that the system chooses."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if self.hang:
                    await asyncio.sleep(self.hang)
                status, more = self._judge(first.split()[0], headers, body)
                said = json.dumps({"id": f"sms-{len(self.taken)}"}).encode() if status == 200 else b""
                extra = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {status} Told\r\ncontent-length: {len(said)}\r\n{extra}\r\n".encode() + said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _judge(self, method: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        if method != "POST":
            return 204, {}
        self.seen.append(headers)
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {}
        if self.answers:
            return self.answers.pop(0)
        message = json.loads(body)
        # The same message sent again is one: that is what its id is for.
        if message["id"] not in {known["id"] for known in self.taken}:
            self.taken.append(message)
        return 200, {}
