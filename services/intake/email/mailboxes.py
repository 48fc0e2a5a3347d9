"""The mailboxes that mail is fetched from: REDRESS_IMAP_URLS, and how each is opened."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings

TOKEN_SECONDS = 30


class MailboxUnusable(RedressError):
    """A mailbox of REDRESS_IMAP_URLS is not set up rightly, or does not let us in."""

    status = 503
    code = "mailbox-unusable"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox: `imaps://user:password@host:993/INBOX?done=Done`.

    Schemes: `imaps` (TLS) and `imap` (none, for a server on the same machine). Options: `done`, the folder that what is
    registered moves to, left out or empty for none; `verify=off` takes any certificate; `token_command`,
    `token_file` or `token_url` for OAuth2 (XOAUTH2) in place of a password; `poll`, seconds between looks where the
    server knows no IDLE.
    """

    host: str
    port: int
    tls: bool
    user: str
    folder: str
    done: str
    poll: float
    verify: bool
    password: str = field(repr=False)
    token_command: str = field(default="", repr=False)
    token_file: str = ""
    token_url: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What it is called in logs and reports: no user, no password."""
        return f"{self.host}:{self.port}/{self.folder}"

    @property
    def oauth(self) -> bool:
        """Whether it is opened by a token."""
        return bool(self.token_command or self.token_file or self.token_url)

    def ssl_context(self) -> ssl.SSLContext:
        """TLS as it is set."""
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def mailboxes_of(settings: Settings) -> list[Mailbox]:
    """The mailboxes that are set up.

    Raises:
        MailboxUnusable: an address is none; it is told by its place in the list, since it holds a password.
    """
    urls = settings.option("REDRESS_IMAP_URLS").replace(",", " ").split()
    return [mailbox_of(url, place) for place, url in enumerate(urls, 1)]


def mailbox_of(url: str, place: int = 1) -> Mailbox:
    """The mailbox of an address. Raises MailboxUnusable."""
    try:
        parts = urlsplit(url)
        port = parts.port or (993 if parts.scheme == "imaps" else 143)
        asked = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        poll = float(asked.get("poll") or 60)
    except ValueError:
        raise _unusable(place) from None
    if parts.scheme not in ("imaps", "imap") or not parts.hostname or not parts.username or poll <= 0:
        raise _unusable(place)
    return Mailbox(
        host=parts.hostname,
        port=port,
        tls=parts.scheme == "imaps",
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        done=asked.get("done", "Done"),
        poll=poll,
        verify=asked.get("verify") != "off",
        token_command=asked.get("token_command", ""),
        token_file=asked.get("token_file", ""),
        token_url=asked.get("token_url", ""),
    )


def _unusable(place: int) -> MailboxUnusable:
    return MailboxUnusable(
        N_("Mailbox %(place)d of REDRESS_IMAP_URLS is not an address of a mailbox."),
        N_("Write it as imaps://user:password@host/INBOX, with %%40 for an @ in the user's name."),
        params={"place": place},
    )


async def token_of(mailbox: Mailbox) -> str:
    """A fresh OAuth2 access token: what a command prints, a file holds, or an address answers.

    Raises:
        MailboxUnusable: none is to be had there.
    """
    try:
        if mailbox.token_file:
            text = await asyncio.to_thread(Path(mailbox.token_file).read_text, "utf-8")
        elif mailbox.token_url:
            async with httpx.AsyncClient(timeout=TOKEN_SECONDS) as client:
                answer = (await client.get(mailbox.token_url)).raise_for_status()
            is_json = "json" in answer.headers.get("content-type", "")
            text = str(answer.json().get("access_token", "")) if is_json else answer.text
        else:
            text = await _printed(mailbox.token_command)
    except (OSError, UnicodeError, ValueError, httpx.HTTPError, AttributeError):
        text = ""
    if not text.strip():
        raise MailboxUnusable(
            N_("No access token is to be had for the mailbox %(mailbox)s."),
            N_("Check token_command, token_file or token_url of its address in REDRESS_IMAP_URLS."),
            params={"mailbox": mailbox.title},
        )
    return text.strip()


async def _printed(command: str) -> str:
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(TOKEN_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise OSError("the command does not end") from None
    return out.decode("utf-8", "replace") if process.returncode == 0 else ""
