"""Have a file looked at by clamd (`REDRESS_CLAMD`, host:port), by its INSTREAM command.

While clamd is set and away, files are held, not lost: they are stored, shown to nobody, and scanned when it is back.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal, NamedTuple

from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.kit.settings import Settings

SECONDS = 60.0
PIECE = 64 * 1024


class Verdict(NamedTuple):
    """What clamd found: `clean`, `infected` with the name of what, or `away` when it gave no answer."""

    found: Literal["clean", "infected", "away"]
    what: str = ""


CLEAN = Verdict("clean")
AWAY = Verdict("away")


class Scanner:
    """The daemon at an address; without one every file passes."""

    def __init__(self, host: str = "", port: int = 0) -> None:
        self.host = host
        self.port = port

    @property
    def on(self) -> bool:
        """Whether files are scanned at all."""
        return bool(self.host)

    async def scan(self, content: Path) -> Verdict:
        """Look at a file. Never raises for what the daemon does: then it is away."""
        if not self.on:
            return CLEAN
        try:
            async with asyncio.timeout(SECONDS):
                return read_answer(await self._ask(content))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return AWAY

    async def _ask(self, content: Path) -> bytes:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"zINSTREAM\0")
            with content.open("rb") as source:
                while piece := await asyncio.to_thread(source.read, PIECE):
                    writer.write(len(piece).to_bytes(4, "big") + piece)
                    await writer.drain()
            writer.write(b"\0\0\0\0")
            await writer.drain()
            return await reader.readuntil(b"\0")
        finally:
            writer.close()

    async def check(self) -> str | None:
        """None when it answers, or is not set; else what is wrong and the remedy."""
        if not self.on:
            return None
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                try:
                    writer.write(b"zPING\0")
                    answered = await reader.readuntil(b"\0")
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            answered = b""
        if answered == b"PONG\0":
            return None
        return N_("clamd does not answer, and files are held; start it, or correct REDRESS_CLAMD.")


def read_answer(answer: bytes) -> Verdict:
    """What `stream: … FOUND` or `stream: OK` means; anything else is no verdict."""
    text = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if text.endswith(" OK"):
        return CLEAN
    if text.endswith(" FOUND"):
        return Verdict("infected", text.removeprefix("stream:").removesuffix("FOUND").strip()[:120])
    return AWAY


def scanner_of(settings: Settings) -> Scanner:
    """The scanner that is set.

    Raises:
        Unavailable: the setting is no host and port.
    """
    address = settings.option("REDRESS_CLAMD")
    if not address:
        return Scanner()
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise Unavailable(
            N_("REDRESS_CLAMD is no host and port."), N_("Write it as host:port, such as localhost:3310.")
        )
    return Scanner(host.strip("[]"), int(port))
