"""Fetch mail from a mailbox by IMAP: told at once by IDLE where the server knows it, by looking again where not.

A mail is marked seen and moved to the folder of what is done only when what became of it is committed; until then it
stays where it is, and is fetched again. One process at a time tends a mailbox.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aioimaplib
import asyncpg
import structlog

from services.intake.email.incoming import Incoming
from services.intake.email.mailboxes import Mailbox, MailboxUnusable, token_of
from services.intake.email.parts import SIZE_LIMIT
from services.intake.email.receive_mail import BATCH, MailDesk
from services.kit.i18n import N_
from services.kit.trouble import told

log = structlog.get_logger()

TIMEOUT_SECONDS = 60.0
IDLE_SECONDS = 9 * 60.0
"""A firewall forgets a silent connection after ten minutes or more; a server ends IDLE after thirty."""

AGAIN_SECONDS = (2.0, 300.0)
"""How long after trouble it is tried again: at first, and at most."""

BATCH_BYTES = 8 * 1024 * 1024

_UID = re.compile(rb"UID (\d+)", re.IGNORECASE)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)", re.IGNORECASE)
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"', re.IGNORECASE)


async def watch_mailbox(desk: MailDesk, mailbox: Mailbox) -> None:
    """Tend a mailbox until cancelled; after trouble begin anew, after a while that grows."""
    pause = AGAIN_SECONDS[0]
    while True:
        try:
            if await _as_the_only_one(desk, mailbox):
                pause = AGAIN_SECONDS[0]
        except (aioimaplib.AioImapException, MailboxUnusable, OSError, ValueError, asyncpg.PostgresError) as problem:
            await log.awarning("mailbox in trouble", mailbox=mailbox.title, error=told(problem), again_in=pause)
            pause = min(pause * 2, AGAIN_SECONDS[1])
        await asyncio.sleep(pause)


async def _as_the_only_one(desk: MailDesk, mailbox: Mailbox) -> bool:
    """Tend it while this process holds its lock; False when another one does."""
    # A connection of its own: the lock lives as long as it does, and it must not be one of the few that others share.
    lock = await asyncpg.connect(desk.context.database.url)
    try:
        if not await lock.fetchval("select pg_try_advisory_lock($1, $2)", *lock_of(mailbox)):
            return False
        await tend(desk, mailbox)
    finally:
        await lock.close(timeout=5)
    return True


def lock_of(mailbox: Mailbox) -> tuple[int, int]:
    """The advisory lock by which one process at a time tends a mailbox."""
    return 7432, zlib.crc32(f"imap:{mailbox.user}@{mailbox.title}".encode()) - 2**31


async def tend(desk: MailDesk, mailbox: Mailbox) -> None:
    """Fetch what is there, then whatever comes, until the connection ends."""
    client = await opened(mailbox)
    try:
        while True:
            while await fetch_new(desk, client, mailbox):
                pass
            await _wait(client, mailbox)
    finally:
        await closed(client)


async def opened(mailbox: Mailbox) -> Any:
    """A connection with the mailbox open.

    Raises:
        MailboxUnusable: the server does not answer, or does not let us in, or has no such folder.
    """
    token = await token_of(mailbox) if mailbox.oauth else ""
    if mailbox.tls:
        client: Any = aioimaplib.IMAP4_SSL(
            mailbox.host, mailbox.port, timeout=TIMEOUT_SECONDS, ssl_context=mailbox.ssl_context()
        )
    else:
        client = aioimaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT_SECONDS)
    client.protocol = _Protocol(asyncio.get_running_loop())  # before the connection is made, which asks for it
    try:
        await client.wait_hello_from_server()
        answer = await (
            client.xoauth2(mailbox.user, token) if token else client.login(quoted(mailbox.user), mailbox.password)
        )
        if answer.result != "OK":
            raise _refused(
                mailbox, N_("The mailbox %(mailbox)s does not let us in."), N_("Check its user and password or token.")
            )
        await client.protocol.capability()
        if (await client.select(quoted(mailbox.folder))).result != "OK":
            raise _refused(
                mailbox, N_("The folder of the mailbox %(mailbox)s is not there."), N_("Check the path of its address.")
            )
    except BaseException:
        await closed(client)
        raise
    return client


class _Protocol(aioimaplib.IMAP4ClientProtocol):  # type: ignore[misc]  # the library has no types
    """Answers the challenge with which a server refuses a token: it says why, and waits for an empty line (SASL)."""

    def _continuation(self, line: bytes) -> None:
        super()._continuation(line)
        if self.pending_sync_command is not None and self.pending_sync_command.name == "AUTHENTICATE":
            self.transport.write(b"\r\n")


def quoted(folder: str) -> str:
    """A folder's name as the protocol wants it."""
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _refused(mailbox: Mailbox, what: str, remedy: str) -> MailboxUnusable:
    return MailboxUnusable(what, remedy, params={"mailbox": mailbox.title})


async def closed(client: Any) -> None:
    """Say good-bye, as far as anybody listens."""
    with suppress(Exception):
        async with asyncio.timeout(5):
            await client.logout()
    transport = getattr(client.protocol, "transport", None)
    if transport is not None:
        transport.close()


async def fetch_new(desk: MailDesk, client: Any, mailbox: Mailbox) -> bool:
    """Take in one batch of what is in the folder; whether there was any."""
    wanted = ("NOT", "DELETED") if mailbox.done else ("UNSEEN", "NOT", "DELETED")
    answer = _sound(await client.uid_search(*wanted, charset=None))
    uids = [uid.decode() for uid in b" ".join(answer.lines[:1]).split() if uid.isdigit()]
    known_large = desk.left_in_mailboxes
    uids = [uid for uid in uids if (mailbox.title, uid) not in known_large]
    batch = await _of_bearable_size(desk, client, mailbox, uids[:BATCH])
    if not batch:
        return len(uids) > BATCH
    answer = _sound(await client.uid("fetch", ",".join(batch), "(UID INTERNALDATE BODY.PEEK[])"))
    incoming = _messages(answer.lines, desk)
    if not incoming:
        raise ValueError("the server sent none of the messages asked for")
    await desk.receive_many([one for _, one in incoming])
    await _mark_done(client, mailbox, ",".join(uid for uid, _ in incoming))
    return True


async def _of_bearable_size(desk: MailDesk, client: Any, mailbox: Mailbox, uids: list[str]) -> list[str]:
    """The first of them that together fit into memory; one over the limit is noted and stays where it is."""
    if not uids:
        return []
    answer = _sound(await client.uid("fetch", ",".join(uids), "(UID RFC822.SIZE)"))
    chosen: list[str] = []
    total = 0
    for line in answer.lines:
        uid, size = _UID.search(bytes(line)), _SIZE.search(bytes(line))
        if uid is None or size is None:
            continue
        if int(size[1]) > SIZE_LIMIT:
            await desk.note_left_in_mailbox(mailbox.title, uid[1].decode())
        elif not chosen or total + int(size[1]) <= BATCH_BYTES:
            chosen.append(uid[1].decode())
            total += int(size[1])
    return chosen


def _messages(lines: list[Any], desk: MailDesk) -> list[tuple[str, Incoming]]:
    """The messages in an answer to FETCH, each with its UID."""
    found = []
    for head, content, tail in zip(lines, lines[1:], [*lines[2:], b""], strict=False):
        if not isinstance(content, bytearray):
            continue
        uid = _UID.search(bytes(head)) or _UID.search(bytes(tail))
        if uid is not None:
            at = _when(bytes(head)) or _when(bytes(tail)) or desk.context.now()
            found.append((uid[1].decode(), Incoming(bytes(content), "imap", min(at, desk.context.now()))))
    return found


def _when(line: bytes) -> datetime | None:
    """When the mailbox got the mail."""
    found = _DATE.search(line)
    try:
        return datetime.strptime(found[1].decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC) if found else None
    except ValueError:
        return None


async def _mark_done(client: Any, mailbox: Mailbox, uids: str) -> None:
    _sound(await client.uid("store", uids, "+FLAGS.SILENT", r"(\Seen)"))
    if not mailbox.done:
        return
    folder = quoted(mailbox.done)
    moves = client.has_capability("MOVE")
    answer = await client.uid("move" if moves else "copy", uids, folder)
    if answer.result != "OK":
        await client.create(folder)
        _sound(await client.uid("move" if moves else "copy", uids, folder))
    if not moves:
        _sound(await client.uid("store", uids, "+FLAGS.SILENT", r"(\Deleted)"))
        _sound(await client.expunge())


async def _wait(client: Any, mailbox: Mailbox) -> None:
    """Until something may have come."""
    if not client.has_capability("IDLE"):
        await asyncio.sleep(mailbox.poll)
        _sound(await client.noop())
        return
    idle = await client.idle_start(timeout=IDLE_SECONDS)
    try:
        await client.wait_server_push(timeout=IDLE_SECONDS + 10)
    finally:
        client.idle_done()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await idle


def _sound(answer: Any) -> Any:
    """An answer that is well. Raises OSError else, so that the connection is opened anew."""
    if answer.result != "OK":
        raise OSError(f"the mail server answers {answer.result}")
    return answer
