"""The listeners by which mail servers hand mail over: LMTP (RFC 2033) and SMTP (RFC 5321).

They answer 250 only when what became of the mail is committed, 451 when the database or the disk is in trouble, and 552
over the limit of size. They never pass mail on to anybody.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any, ClassVar

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.intake.email.headers import ADDRESS
from services.intake.email.incoming import Incoming
from services.intake.email.parts import SIZE_LIMIT
from services.intake.email.receive_mail import MailDesk
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings
from services.kit.trouble import told

log = structlog.get_logger()

CONNECTIONS = 64
LONGEST_LINE = 2 * 1024 * 1024
"""Bytes of a line: mails in the wild keep to no limit of lines, and refusing one would lose it."""

SMALL = 1024 * 1024
"""Bytes up to which a mail that announces its size is taken beside any number of others."""

LARGE_AT_ONCE = 4
"""Mails that are larger, or do not announce their size, that are read at the same moment."""

LATER = "451 4.3.0 Not kept just now, please try again later"


class ListenerUnusable(RedressError):
    """REDRESS_LMTP_LISTEN or REDRESS_SMTP_LISTEN is no host:port, or another program listens there."""

    status = 503
    code = "listener-unusable"


class Handler:
    """What the sessions of a listener share."""

    def __init__(self, desk: MailDesk, way: str) -> None:
        self.desk = desk
        self.way = way
        self.large = asyncio.Semaphore(LARGE_AT_ONCE)
        self.open = 0

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient that is ours."""
        if not is_ours(address, recipients_of(self.desk.context.settings)):
            return "550 5.1.1 No such mailbox here"
        if self.way == "lmtp" and envelope.rcpt_tos:
            # LMTP answers for each recipient; one a message keeps every answer in its place.
            return "452 4.5.3 One recipient a message, please"
        if len(envelope.rcpt_tos) >= 100:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take the mail in."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogateescape")
        desk = self.desk
        incoming = Incoming(
            raw,
            self.way,
            desk.context.now(),
            envelope.mail_from or "",
            envelope.rcpt_tos[0] if envelope.rcpt_tos else None,
        )
        try:
            outcome = await desk.receive(incoming)
        except Exception as problem:
            await log.awarning("mail put off", way=self.way, error=told(problem))
            return LATER
        return f"250 2.0.0 Kept: {outcome.state}"


def is_ours(address: str, ours: Sequence[str]) -> bool:
    """Whether mail to an address is taken: by address, with or without what follows a `+`, or by `@domain`."""
    if ADDRESS.fullmatch(address) is None and "@" in address:
        return False
    if not ours:
        return True
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" in ours or f"{local}@{domain}" in ours or f"@{domain}" in ours


def recipients_of(settings: Settings) -> tuple[str, ...]:
    """REDRESS_MAIL_TO: addresses and `@domains` that mail is taken for; empty for whatever is handed over."""
    return tuple(one for one in settings.option("REDRESS_MAIL_TO").casefold().replace(",", " ").split() if "@" in one)


class _Bounded:
    """What both kinds of session do alike: few connections, and few large mails in memory at a time."""

    line_length_limit: ClassVar[int] = LONGEST_LINE
    event_handler: Handler
    envelope: Envelope | None
    data_size_limit: int | None
    _counted = False

    def connection_made(self, transport: Any) -> None:
        """Take a connection, unless there are too many."""
        handler = self.event_handler
        if handler.open >= CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections, please try again later\r\n")
            transport.close()
            return
        handler.open += 1
        self._counted = True
        super().connection_made(transport)  # type: ignore[misc]

    def connection_lost(self, error: Exception | None) -> None:
        """Give its place back."""
        if self._counted:
            self._counted = False
            self.event_handler.open -= 1
            super().connection_lost(error)  # type: ignore[misc]

    async def smtp_DATA(self, arg: str) -> None:
        """Read a mail; one that is large, or does not say how large, waits for a place."""
        if 0 < announced_size(self.envelope) <= SMALL:
            self.data_size_limit = 2 * SMALL
            try:
                await super().smtp_DATA(arg)  # type: ignore[misc]
            finally:
                self.data_size_limit = SIZE_LIMIT
            return
        async with self.event_handler.large:
            await super().smtp_DATA(arg)  # type: ignore[misc]


class LmtpSession(_Bounded, LMTP):
    """A connection of LMTP."""


class SmtpSession(_Bounded, SMTP):
    """A connection of SMTP."""


def announced_size(envelope: Envelope | None) -> int:
    """The size in `MAIL FROM:<…> SIZE=…`; 0 where none is announced."""
    for option in envelope.mail_options if envelope is not None else []:
        name, _, value = option.partition("=")
        if name.upper() == "SIZE" and value.isdigit():
            return int(value)
    return 0


def address_of(setting: str, value: str) -> tuple[str, int]:
    """The host and port of a setting such as `127.0.0.1:2424` or `[::1]:2424`.

    Raises:
        ListenerUnusable: it is none.
    """
    host, colon, port = value.strip().rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) < 65536:
        raise ListenerUnusable(
            N_("%(name)s is not an address to listen on."),
            N_("Write it as host:port, such as 127.0.0.1:2424."),
            params={"name": setting},
        )
    return host.strip("[]") or "127.0.0.1", int(port)


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """TLS for STARTTLS on SMTP, where REDRESS_SMTP_TLS_CERT and REDRESS_SMTP_TLS_KEY name a certificate."""
    certificate = settings.option("REDRESS_SMTP_TLS_CERT")
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, settings.option("REDRESS_SMTP_TLS_KEY") or None)
    return context


async def start_listener(desk: MailDesk, way: str, host: str, port: int) -> asyncio.Server:
    """Listen; port 0 takes a free one.

    Raises:
        ListenerUnusable: another program listens there, or the host is not of this machine.
    """
    loop = asyncio.get_running_loop()
    handler = Handler(desk, way)
    session: type[SMTP] = LmtpSession if way == "lmtp" else SmtpSession
    tls = tls_of(desk.context.settings) if way == "smtp" else None

    def factory() -> SMTP:
        return session(
            handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, ident="Redress", loop=loop, tls_context=tls,
            hostname="redress",
        )  # fmt: skip

    try:
        return await loop.create_server(factory, host, port)
    except OSError as problem:
        raise ListenerUnusable(
            N_("Port %(port)s on %(host)s cannot be used: %(why)s."),
            N_("Choose another, or stop the program that listens there."),
            params={"port": port, "host": host, "why": problem.strerror},
        ) from problem


async def listen(desk: MailDesk, way: str, setting: str) -> None:
    """Listen until cancelled; returns at once where the setting is not there."""
    value = desk.context.settings.option(setting)
    if not value:
        return
    server = await start_listener(desk, way, *address_of(setting, value))
    await log.ainfo("listening for mail", way=way, at=value)
    async with server:
        await server.serve_forever()
