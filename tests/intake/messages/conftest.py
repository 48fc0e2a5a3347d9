"""A real mail server as the far end, and intake set up to send by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx
import orjson
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.intake.messages.send_messages import send_messages
from services.intake.tables import Complaint
from services.kit.database import Database
from services.kit.settings import Settings
from services.kit.tokens import form_token
from tests.intake.conftest import NOW, SECRET, Clock, filing

SENDER = "Complaint centre <centre@quick.example>"


@dataclass
class MailServer:
    """A mail server that keeps what it takes. `answers` are given instead of taking, one a mail."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take a recipient unless it is one of those refused."""
        if address in self.refuses:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail, or answer as told."""
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(message_from_bytes(cast(bytes, envelope.content), policy=default))
        self.to += envelope.rcpt_tos
        return "250 taken"

    @property
    def subjects(self) -> list[str]:
        """The subjects taken, without the token of the thread."""
        return [str(mail["Subject"]).split(" [#")[0] for mail in self.taken]


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Learn the port that the system chose before the first connection is made."""
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def mail() -> Any:
    """The mail server of the test."""
    server = MailServer()
    controller = _Controller(server, hostname="127.0.0.1", port=0)
    controller.start()
    server.port = controller.port
    yield server
    controller.stop()


@pytest.fixture
async def runtime(database: Database, bundle: PolicyBundle, clock: Clock, tmp_path: Path, mail: MailServer) -> Runtime:
    """Intake alone, with the policy in force and e-mail switched on."""
    options = {"REDRESS_SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "REDRESS_MAIL_FROM": SENDER}
    settings = Settings(data=tmp_path, secret=SECRET, base_url="https://redress.test", options=options)
    built = build(settings, database, ("intake",), clock)
    await built.prepare()
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        bundle.version,
        NOW - timedelta(days=400),
        orjson.dumps(bundle.model_dump(mode="json") | {"alerts": {"quiet": "20:00-07:00"}}).decode(),
    )
    return built


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A browser or program without a session."""
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as opened:
        opened.cookies.set("browser", "a browser")
        opened.headers["x-csrf-token"] = form_token(SECRET, "a browser")
        yield opened


async def send(runtime: Runtime) -> int:
    """Read what was announced and send what is due."""
    context = runtime.contexts["intake"]
    await runtime.drain()
    return await send_messages(context, context.now())


async def file(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """File a complaint that can be answered by mail."""
    body = filing(
        **{
            "identity": "named",
            "complainant": {"name": "สมหญิง ใจดี", "email": "somying@home.example"},
            **fields,
        }
    )
    answer = await client.post("/api/v1/complaints", json=body)
    assert answer.status_code == 201, answer.text
    return cast(dict[str, Any], answer.json())


async def case_of(runtime: Runtime, receipt: dict[str, Any]) -> UUID:
    """The case of a receipt."""
    rows = await runtime.contexts["intake"].database.read(
        "select id from intake.complaint where tracking_number = $1", receipt["tracking_number"]
    )
    return cast(UUID, rows[0]["id"])


async def rows(runtime: Runtime, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Rows of a query."""
    return [dict(row) for row in await runtime.contexts["intake"].database.read(sql, *args)]


__all__ = ["Complaint", "MailServer", "case_of", "file", "rows", "send"]
