"""The far ends of the channels for a system that runs as a process: a mail server and LINE's stand-in, in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from aiosmtpd.controller import Controller

from tests.intake.line.conftest import CHANNEL_SECRET
from tests.intake.line.stand_in import ACCESS_TOKEN, StandIn
from tests.intake.messages.conftest import SENDER, MailServer
from tests.journeys.system import free_port


@dataclass
class FarEnds:
    """Where messages end up, and how the system is told to reach them."""

    mail: MailServer
    line: StandIn
    lmtp: int

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a system that uses them."""
        return {
            "REDRESS_SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "REDRESS_MAIL_FROM": SENDER,
            "REDRESS_LMTP_LISTEN": f"127.0.0.1:{self.lmtp}",
            "REDRESS_LINE_CHANNEL_SECRET": CHANNEL_SECRET,
            "REDRESS_LINE_ACCESS_TOKEN": ACCESS_TOKEN,
            "REDRESS_LINE_API_URL": self.line.url,
            "REDRESS_LINE_DATA_URL": self.line.url,
        }


@contextmanager
def far_ends() -> Iterator[FarEnds]:
    """Both, as long as the block lasts."""
    with mail_server() as mail, _line() as line:
        yield FarEnds(mail, line, free_port())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server that keeps what it takes."""
    mail = MailServer(port=free_port())
    controller = Controller(mail, hostname="127.0.0.1", port=mail.port)
    controller.start()
    try:
        yield mail
    finally:
        controller.stop()


@contextmanager
def _line() -> Iterator[StandIn]:
    line = StandIn(lambda: datetime.now(UTC))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(line.start(), loop).result(20)
    try:
        yield line
    finally:
        asyncio.run_coroutine_threadsafe(line.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
