"""Try every way by which mail comes in: does the listener answer, does the mailbox let us in?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import aioimaplib

from services.intake.email.imap import closed, opened
from services.intake.email.lmtp import address_of
from services.intake.email.mailboxes import mailboxes_of
from services.kit.errors import RedressError
from services.kit.settings import Settings
from services.kit.trouble import told

LISTENERS = (("lmtp", "REDRESS_LMTP_LISTEN"), ("smtp", "REDRESS_SMTP_LISTEN"))
SECONDS = 10


class Tried(NamedTuple):
    """What came of trying one way."""

    part: str
    ok: bool
    says: str
    do: str = ""


async def check_mail(settings: Settings) -> AsyncIterator[Tried]:
    """Try each listener and mailbox; what has no setting is off and says so."""
    for way, setting in LISTENERS:
        yield await _listener(way, setting, settings.option(setting))
    try:
        mailboxes = mailboxes_of(settings)
    except RedressError as problem:
        yield Tried("mail imap", False, str(problem), problem.remedy % problem.params if problem.params else "")
        return
    if not mailboxes:
        yield Tried("mail imap", True, "off (REDRESS_IMAP_URLS is not set)")
    for mailbox in mailboxes:
        part = f"mail {mailbox.title}"
        try:
            async with asyncio.timeout(SECONDS):
                await closed(await opened(mailbox))
        except RedressError as problem:
            yield Tried(part, False, str(problem), problem.remedy)
        except (OSError, aioimaplib.AioImapException) as problem:
            yield Tried(part, False, f"no answer ({told(problem)})", "Check host and port, and that the server runs.")
        else:
            yield Tried(part, True, "lets us in")


async def _listener(way: str, setting: str, value: str) -> Tried:
    part = f"mail {way}"
    if not value:
        return Tried(part, True, f"off ({setting} is not set)")
    try:
        host, port = address_of(setting, value)
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, port)
            greeting = await reader.readline()
            writer.close()
    except RedressError as problem:
        return Tried(part, False, str(problem), problem.remedy)
    except OSError as problem:
        return Tried(part, False, f"{value} does not answer ({told(problem)})", "Start Redress, or free the port.")
    ours = greeting.startswith(b"220") and b"Redress" in greeting
    return Tried(part, ours, f"listens on {value}" if ours else f"another program listens on {value}",
                 "" if ours else "Choose another port, or stop that program.")  # fmt: skip
