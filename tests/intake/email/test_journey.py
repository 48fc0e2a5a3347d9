"""The journey of e-mail: a mail in by LMTP, one acknowledgement out by SMTP, and the answer to it joins the case."""

from __future__ import annotations

import asyncio
import email
import smtplib
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiosmtpd.smtp import SMTP

from schemas.policy import PolicyBundle
from services.cli.runtime import build
from services.intake.email.lmtp import start_listener
from services.intake.email.receive_mail import mail_desk
from services.intake.messages.send_messages import send_messages
from services.kit.database import Database
from services.kit.settings import Settings
from tests.intake.conftest import NOW, SECRET, Clock
from tests.intake.email.conftest import CENTRE, count, mail


class Postbox:
    """A mail server at the far end."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a mail."""
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.mark.parametrize("by", ["subject", "references"])
async def test_a_mail_is_acknowledged_once_and_the_answer_joins_its_case(
    database: Database, bundle: PolicyBundle, clock: Clock, tmp_path: Path, by: str
) -> None:
    postbox = Postbox()
    loop = asyncio.get_running_loop()
    far_end = await loop.create_server(lambda: SMTP(postbox, loop=loop), "127.0.0.1", 0)
    try:
        smtp_port = far_end.sockets[0].getsockname()[1]
        options = {"REDRESS_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}", "REDRESS_MAIL_FROM": f"Centre <{CENTRE}>"}
        built = build(Settings(data=tmp_path, secret=SECRET, options=options), database, ("intake",), clock)
        context = built.contexts["intake"]
        await database.statement(
            "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
            bundle.version, NOW - timedelta(days=400), orjson.dumps(bundle.model_dump(mode="json")).decode(),
        )  # fmt: skip
        server = await start_listener(mail_desk(context), "lmtp", "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        def deliver(raw: bytes) -> None:
            with smtplib.LMTP("127.0.0.1", port) as client:
                client.sendmail("somchai@example.com", [CENTRE], raw)

        await asyncio.to_thread(deliver, mail())
        await built.prepare()
        await built.drain()
        for _ in range(3):
            clock.move(seconds=2)
            await send_messages(context, clock())
        (acknowledgement,) = postbox.mails
        number = (await database.read("select tracking_number n from intake.complaint"))[0]["n"]
        assert acknowledgement["To"] == "somchai@example.com"
        assert acknowledgement["Auto-Submitted"] == "auto-generated"
        assert number in acknowledgement["Subject"]
        subject = acknowledgement["Subject"] if by == "subject" else "น้ำ"
        fields = {} if by == "subject" else {"In_Reply_To": str(acknowledgement["Message-ID"])}
        await asyncio.to_thread(
            deliver, mail("ยังไม่ไหลเลย", subject=f"Re: {subject}", message_id="<2@example.com>", **fields)
        )
        server.close()
        assert await count(database, "complaint") == 1
        (added,) = await database.read("select text from intake.message where direction = 'in'")
        assert added["text"] == "ยังไม่ไหลเลย"
        clock.move(seconds=5)
        await built.drain()
        await send_messages(context, clock())
        assert len(postbox.mails) == 1, "an addition gets no automatic answer"
    finally:
        far_end.close()
