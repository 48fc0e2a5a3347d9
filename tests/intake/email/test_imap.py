"""Mail fetched from a real Dovecot: done only after the commit, at once by IDLE, by one process at a time."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote

import asyncpg
import pytest

from services.intake.email import receive_mail
from services.intake.email.check_mail import check_mail
from services.intake.email.imap import _as_the_only_one, closed, fetch_new, lock_of, opened, watch_mailbox
from services.intake.email.mailboxes import MailboxUnusable, mailbox_of
from services.intake.email.receive_mail import MailDesk
from services.kit.database import Database
from services.kit.settings import Settings
from tests.intake.email.conftest import count, mail, program

CONFIG = """
base_dir = {place}/run
log_path = {place}/log
protocols = imap
listen = 127.0.0.1 127.0.0.2
local 127.0.0.2 {{
  protocol imap {{
    imap_capability = IMAP4rev1 UIDPLUS
  }}
}}
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
mail_location = maildir:{place}/mail/%n
first_valid_uid = 0
first_valid_gid = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {place}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={place}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

OAUTH = """
introspection_mode = post
introspection_url = http://127.0.0.1:{port}/introspect
username_attribute = user
active_attribute = active
active_value = true
"""

TOKEN = "a-token-of-this-hour"


class Issuer(BaseHTTPRequestHandler):
    """An OAuth2 server: gives a token to whoever asks, and tells a mail server whose a token is (RFC 7662)."""

    def do_GET(self) -> None:
        """Give a fresh access token."""
        self._answer({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600})

    def do_POST(self) -> None:
        """Say whose a token is."""
        given = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        known = given.get("token") == [TOKEN]
        self._answer({"active": "true", "user": "robot"} if known else {"active": "false"})

    def _answer(self, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[int]:
    """The port of an OAuth2 server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)


@pytest.fixture(scope="module")
def dovecot(issuer: int) -> Iterator[int]:
    """The port of a Dovecot of this module's own; any user, password `secret`, or `robot` by a token of the issuer.

    At 127.0.0.2 it knows neither IDLE nor MOVE.
    """
    binary = program("/usr/sbin/dovecot")
    # Dovecot works as another user, who may not look into the private folders of pytest.
    place = Path(tempfile.mkdtemp(prefix="redress-dovecot-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    me = pwd.getpwuid(os.getuid())
    owner = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
    (place / "mail").mkdir()
    if me.pw_uid == 0:
        place.chmod(0o755)
        os.chown(place / "mail", owner.pw_uid, owner.pw_gid)
    import grp

    config = CONFIG.format(
        place=place, port=port, uid=owner.pw_uid, gid=owner.pw_gid, user=owner.pw_name,
        group=grp.getgrgid(owner.pw_gid).gr_name,
    )  # fmt: skip
    (place / "dovecot.conf").write_text(config)
    (place / "oauth2.conf").write_text(OAUTH.format(port=issuer))
    process = subprocess.Popen([binary, "-F", "-c", str(place / "dovecot.conf")], stderr=subprocess.PIPE)
    limit = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as tried:
            if tried.recv(100).startswith(b"* OK"):
                break
        log = (place / "log").read_text() if (place / "log").exists() else ""
        assert process.poll() is None, f"dovecot ended: {process.stderr and process.stderr.read()!r} {log}"
        assert time.monotonic() < limit, f"dovecot does not answer: {log}"
        time.sleep(0.05)
    yield port
    process.terminate()
    process.wait(timeout=20)
    shutil.rmtree(place, ignore_errors=True)


def put(port: int, user: str, *raws: bytes) -> None:
    """Lay mails into the inbox, as a mail server does."""
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(user, "secret")
        for raw in raws:
            client.append("INBOX", "", time.time(), raw.replace(b"\n", b"\r\n"))


def inside(port: int, user: str, folder: str) -> int:
    """How many mails a folder holds; -1 where there is no such folder."""
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(user, "secret")
        answer, lines = client.select(folder, readonly=True)
        return int(lines[0] or 0) if answer == "OK" else -1


@contextlib.asynccontextmanager
async def watching(desk: MailDesk, url: str) -> AsyncIterator[None]:
    """Watch a mailbox for the length of the block."""
    task = asyncio.create_task(watch_mailbox(desk, mailbox_of(url)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(database: Database, table: str, number: int) -> None:
    """Wait until a table holds so many rows."""
    async with asyncio.timeout(30):
        while await count(database, table) < number:
            await asyncio.sleep(0.05)


async def test_what_is_there_and_what_comes_later_becomes_cases_and_moves_to_done(
    dovecot: int, desk: MailDesk, database: Database
) -> None:
    put(dovecot, "a", mail("เรื่องแรก"), mail("เรื่องที่สอง", message_id="<2@example.com>"))
    async with watching(desk, f"imap://a:secret@127.0.0.1:{dovecot}/INBOX"):
        await until(database, "complaint", 2)
        await asyncio.to_thread(put, dovecot, "a", mail("มาทีหลัง", message_id="<3@example.com>"))
        await until(database, "complaint", 3)
        async with asyncio.timeout(20):
            while await asyncio.to_thread(inside, dovecot, "a", "Done") < 3:
                await asyncio.sleep(0.05)
    assert inside(dovecot, "a", "INBOX") == 0
    ways = await database.read("select distinct way from intake.mail")
    assert [row["way"] for row in ways] == ["imap"]


async def test_nothing_is_called_done_before_it_is_committed(
    dovecot: int, desk: MailDesk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    put(dovecot, "b", mail())
    mailbox = mailbox_of(f"imap://b:secret@127.0.0.1:{dovecot}/INBOX")
    with monkeypatch.context() as broken:
        broken.setattr(receive_mail, "note_arrivals", away)
        client = await opened(mailbox)
        with pytest.raises(ConnectionRefusedError):
            await fetch_new(desk, client, mailbox)
        await closed(client)
    assert (inside(dovecot, "b", "INBOX"), inside(dovecot, "b", "Done")) == (1, -1)
    client = await opened(mailbox)
    assert await fetch_new(desk, client, mailbox)
    await closed(client)
    assert (inside(dovecot, "b", "INBOX"), inside(dovecot, "b", "Done")) == (0, 1)
    assert await count(database, "complaint") == 1


async def test_a_second_process_leaves_a_tended_mailbox_alone(dovecot: int, desk: MailDesk, database: Database) -> None:
    mailbox = mailbox_of(f"imap://c:secret@127.0.0.1:{dovecot}/INBOX")
    put(dovecot, "c", mail())
    first = await asyncpg.connect(database.url)
    try:
        assert await first.fetchval("select pg_try_advisory_lock($1, $2)", *lock_of(mailbox))
        assert not await _as_the_only_one(desk, mailbox)
        assert await count(database, "complaint") == 0
    finally:
        await first.close()


async def test_a_wrong_password_is_told_with_its_remedy_and_without_the_password(dovecot: int, tmp_path: Path) -> None:
    url = f"imap://d:wrong@127.0.0.1:{dovecot}/INBOX"
    tried = [one async for one in check_mail(Settings(data=tmp_path, options={"REDRESS_IMAP_URLS": url}))]
    assert [(one.part, one.ok) for one in tried][2:] == [(f"mail 127.0.0.1:{dovecot}/INBOX", False)]
    assert "wrong" not in repr(tried)
    put(dovecot, "d", mail())
    well = Settings(data=tmp_path, options={"REDRESS_IMAP_URLS": url.replace("wrong", "secret")})
    assert [one.says async for one in check_mail(well)][2:] == ["lets us in"]


@pytest.mark.parametrize("way", ["url", "file", "command"])
async def test_a_mailbox_is_opened_by_an_access_token(
    dovecot: int, issuer: int, desk: MailDesk, database: Database, tmp_path: Path, way: str
) -> None:
    put(dovecot, "robot", mail())
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    fresh = {"url": f"http://127.0.0.1:{issuer}/token", "file": tmp_path / "token", "command": f"cat {tmp_path}/token"}
    mailbox = mailbox_of(f"imap://robot@127.0.0.1:{dovecot}/?token_{way}={quote(str(fresh[way]))}")
    client = await opened(mailbox)
    assert await fetch_new(desk, client, mailbox)
    await closed(client)
    assert await count(database, "complaint") == 1
    assert inside(dovecot, "robot", "INBOX") == 0


async def test_a_token_that_is_over_or_not_to_be_had_is_told_with_its_remedy(
    dovecot: int, issuer: int, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("a token of last week")
    for way in (f"token_file={tmp_path}/token", f"token_file={tmp_path}/none", "token_command=false"):
        url = f"imap://robot@127.0.0.1:{dovecot}/INBOX?{way}"
        tried = [one async for one in check_mail(Settings(data=tmp_path, options={"REDRESS_IMAP_URLS": url}))][2]
        assert not tried.ok
        assert "token" in tried.do
        assert "last week" not in repr(tried)


async def test_where_the_server_knows_no_idle_it_is_looked_again(
    dovecot: int, desk: MailDesk, database: Database
) -> None:
    put(dovecot, "poll", mail("เรื่องแรก"))
    url = f"imap://poll:secret@127.0.0.2:{dovecot}/INBOX?poll=0.2"
    client = await opened(mailbox_of(url))
    assert not client.has_capability("IDLE")
    assert not client.has_capability("MOVE")
    await closed(client)
    async with watching(desk, url):
        await until(database, "complaint", 1)
        await asyncio.to_thread(put, dovecot, "poll", mail("มาทีหลัง", message_id="<2@example.com>"))
        await until(database, "complaint", 2)
        async with asyncio.timeout(20):
            while await asyncio.to_thread(inside, dovecot, "poll", "INBOX") > 0:
                await asyncio.sleep(0.05)
    assert inside(dovecot, "poll", "Done") == 2


@pytest.mark.parametrize("url", ["http://a:b@c/", "imaps://host/INBOX", "imaps://a:b@host:x/", "imaps://a@:1/"])
def test_an_address_that_is_no_mailbox_is_told_by_its_place_and_not_by_its_text(url: str) -> None:
    with pytest.raises(MailboxUnusable) as problem:
        mailbox_of(url, 2)
    assert "2" in str(problem.value)
    assert url not in str(problem.value)
