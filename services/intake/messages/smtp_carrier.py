"""E-mail out, through the enterprise's own mail server (REDRESS_SMTP_URL, REDRESS_MAIL_FROM).

A message goes out as plain text and HTML with what a signer by DKIM and a receiver by RFC 3834 want to see: a
Message-ID at our own domain that a repeated attempt keeps, a Date, an aligned From, and `Auto-Submitted`. The subject
carries a signed token of the case, so that an answer finds it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from services.intake.email.thread_token import token_for
from services.intake.messages.carriers import Outgoing, Refused, Sent, TryLater
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings

TIMEOUT_SECONDS = 30.0
CONNECTIONS = 4
REFUSES = "it refuses our name and password"
REUSED_SECONDS = 20.0
"""How long an idle connection is used again; servers close theirs after a minute or more."""


class MailSettingsUnusable(RedressError):
    """REDRESS_SMTP_URL or REDRESS_MAIL_FROM does not say what it should."""

    status = 503
    code = "mail-settings-unusable"


def smtp_carrier(settings: Settings) -> SmtpCarrier | None:
    """The carrier of e-mail; None while REDRESS_SMTP_URL is not set.

    Raises:
        MailSettingsUnusable: the address of the server or the sender is no such thing.
    """
    url = settings.option("REDRESS_SMTP_URL")
    if not url:
        return None
    return SmtpCarrier(url, settings.option("REDRESS_MAIL_FROM"), settings.digest_key)


class SmtpCarrier:
    """Hands mails to one server, on a few connections that are kept open while there is work."""

    channel = "email"

    def __init__(self, url: str, sender: str, secret: str, now: Callable[[], datetime] | None = None) -> None:
        self._server = server_of(url)
        name, address = parseaddr(sender)
        if "@" not in address or any(sign in address for sign in "\r\n "):
            raise MailSettingsUnusable(
                N_("REDRESS_MAIL_FROM is not an e-mail address."),
                N_("Set it to the address that answers go to, such as Redress <complaints@example.go.th>."),
            )
        self.sender, self.name, self.domain = address, name, address.rpartition("@")[2]
        self._secret = secret
        self._now = now or (lambda: datetime.now(UTC))
        self._idle: list[tuple[aiosmtplib.SMTP, float]] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hand a mail over; a 250 counts as delivered until a bounce says otherwise."""
        mail = self.mail_of(outgoing)
        async with self._room:
            client = await self._connected()
            try:
                await client.send_message(mail, sender=self.sender, recipients=[outgoing.to])
            except aiosmtplib.SMTPRecipientsRefused as error:
                await self._release(client)
                raise _verdict(error.recipients[0].code if error.recipients else 550) from None
            except aiosmtplib.SMTPResponseException as error:
                await self._release(client)
                raise _verdict(error.code) from None
            except (aiosmtplib.SMTPException, OSError, ValueError, UnicodeError) as error:
                client.close()
                if isinstance(error, ValueError | UnicodeError):
                    raise Refused("the address cannot be written into a mail") from None
                raise TryLater(f"mail server: {type(error).__name__}") from None
            except BaseException:
                client.close()
                raise
            await self._release(client)
        return Sent(str(mail["Message-ID"]), delivered=True)

    async def check(self) -> str | None:
        """Whether the server lets us in."""
        try:
            client = await self._connected()
            code, _ = await client.noop()
            await self._release(client)
        except (TryLater, aiosmtplib.SMTPException, OSError) as error:
            if REFUSES in str(error):
                return N_("The mail server refuses our name and password; set REDRESS_SMTP_URL anew.")
            return N_("The mail server does not answer; check REDRESS_SMTP_URL, and that the server runs.")
        return None if code == 250 else N_("The mail server does not take mail; see its log.")

    def left(self) -> int | None:
        """Mail has no quota of ours."""
        return None

    async def close(self) -> None:
        """Say good-bye on the connections that are open."""
        while self._idle:
            client, _ = self._idle.pop()
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()

    def mail_of(self, outgoing: Outgoing) -> EmailMessage:
        """The mail as it goes out."""
        mail = EmailMessage(policy=SMTP_POLICY)
        try:
            mail["From"] = Address(_one_line(outgoing.extra.get("from_name") or self.name), addr_spec=self.sender)
            mail["To"] = Address(addr_spec=_one_line(outgoing.to))
        except (ValueError, IndexError, UnicodeError) as error:
            raise Refused("the address is no e-mail address") from error
        mail["Subject"] = _one_line(self._subject(outgoing))
        mail["Date"] = format_datetime(self._now())
        mail["Message-ID"] = f"<{outgoing.message_id.hex}@{self.domain}>"
        if outgoing.in_reply_to:
            mail["In-Reply-To"] = _one_line(outgoing.in_reply_to)
        if outgoing.references:
            mail["References"] = " ".join(_one_line(reference) for reference in outgoing.references[-20:])
        mail["Content-Language"] = outgoing.language
        if outgoing.extra.get("written_by_person"):
            mail["X-Auto-Response-Suppress"] = "OOF"
        else:
            mail["Auto-Submitted"] = "auto-generated"
            mail["X-Auto-Response-Suppress"] = "All"
        if unsubscribe := outgoing.extra.get("unsubscribe"):
            mail["List-Unsubscribe"] = f"<{_one_line(unsubscribe)}>"
            if str(unsubscribe).startswith("https://"):
                mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 wants https
        mail.set_content(outgoing.text, charset="utf-8", cte="base64")
        if outgoing.html:
            mail.add_alternative(outgoing.html, subtype="html", charset="utf-8", cte="base64")
        return mail

    def _subject(self, outgoing: Outgoing) -> str:
        subject = outgoing.subject or outgoing.tracking_number or ""
        if outgoing.case_id is None or outgoing.tracking_number is None or outgoing.extra.get("to_staff"):
            return subject
        token = f"[#{outgoing.tracking_number}-{token_for(self._secret, outgoing.case_id)}]"
        return subject if token in subject else f"{subject} {token}".strip()

    async def _connected(self) -> aiosmtplib.SMTP:
        now = asyncio.get_running_loop().time()
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and now - since < REUSED_SECONDS:
                return client
            client.close()
        client = aiosmtplib.SMTP(**self._server, timeout=TIMEOUT_SECONDS)
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError:
            client.close()
            raise TryLater(f"mail server: {REFUSES}") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise TryLater(f"mail server: {type(error).__name__}") from None
        return client

    async def _release(self, client: aiosmtplib.SMTP) -> None:
        if not client.is_connected:
            return
        self._idle.append((client, asyncio.get_running_loop().time()))


def server_of(url: str) -> dict[str, Any]:
    """How to reach the server in `smtp://user:password@host:port`, `smtps://…` or `smtp+starttls://…`.

    Plain `smtp` uses TLS where the server offers it; `?tls=off` never does, `?verify=off` takes any certificate.

    Raises:
        MailSettingsUnusable: it is no such address.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in ("smtp", "smtps", "smtp+starttls") or not parts.hostname or port == 0:
        raise MailSettingsUnusable(
            N_("REDRESS_SMTP_URL is not the address of a mail server."),
            N_("Write it as smtp://user:password@host:587, smtps://host:465 or smtp+starttls://host:587."),
        )
    asked = parse_qs(parts.query)
    tls = {"smtp": None, "smtp+starttls": True, "smtps": False}[parts.scheme]
    found: dict[str, Any] = {
        "hostname": parts.hostname,
        "port": port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[parts.scheme],
        "use_tls": parts.scheme == "smtps",
        "start_tls": False if asked.get("tls") == ["off"] else tls,
        "validate_certs": asked.get("verify") != ["off"],
    }
    if parts.username:
        found |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return found


def _verdict(code: int) -> Exception:
    """What an answer of the server means. 5xx about our own log-in or policy would hit every mail: try later."""
    if code in (530, 534, 535, 538) or code < 500:
        return TryLater(f"mail server answers {code}", timedelta(minutes=5) if code == 421 else None)
    return Refused(f"mail server answers {code}")


def _one_line(text: object) -> str:
    return re.sub(r"[\r\n\x00-\x1f]+", " ", str(text)).strip()
