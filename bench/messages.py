"""Messages sent a second: the outbox to a mail server on this machine, beside bare aiosmtplib to the same server.

The server takes every mail and forgets it. The floor hands over as many mails of the same size on as many connections;
what lies between is composing, freezing, noting and announcing.

    python -m bench messages
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiosmtplib
import httpx
import orjson
import yaml
from aiosmtpd.controller import Controller

from bench.figures import Figure, median
from schemas.policy import PolicyBundle
from services.cli.runtime import build
from services.cli.web_app import make_app
from services.intake.messages.queue_message import queue_message
from services.intake.messages.send_messages import send_messages
from services.intake.messages.smtp_carrier import CONNECTIONS, SmtpCarrier
from services.kit.database import Database
from services.kit.embedded import EmbeddedPostgres
from services.kit.migrate import migrate_async
from services.kit.paths import deploy_dir
from services.kit.service import Context
from services.kit.settings import Settings

RUNS = 3
MAILS = 1000
CASES = 40


class Sink:
    """A mail server that takes everything."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
        """Count a mail and forget it."""
        self.taken += 1
        return "250 taken"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


async def bare(port: int, mails: int) -> float:
    """Mails a second by aiosmtplib alone."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "centre@bench.example", "a@bench.example", "เรื่องเลขที่ B-1"
    mail.set_content("เรื่องของท่านอยู่ระหว่างดำเนินการ\n" * 8, charset="utf-8", cte="base64")
    mail.add_alternative("<p>เรื่องของท่านอยู่ระหว่างดำเนินการ</p>" * 20, subtype="html", charset="utf-8", cte="base64")

    async def some(count: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for _ in range(count):
                await client.send_message(mail)

    begun = time.perf_counter()
    await asyncio.gather(*(some(mails // CONNECTIONS) for _ in range(CONNECTIONS)))
    return mails / (time.perf_counter() - begun)


async def outbox(context: Context, port: int, mails: int, cases: list[Any]) -> float:
    """Mails a second by the outbox: replies to `cases`, which must have an address for e-mail."""
    now = datetime.now(UTC)
    async with context.database.transaction() as tx:
        for number in range(mails):
            await queue_message(tx, case_id=cases[number % len(cases)], template=None, text="เรียนท่าน\n" * 8,
                                by=uuid4(), now=now)  # fmt: skip
    carrier = SmtpCarrier(f"smtp://127.0.0.1:{port}?tls=off", "centre@bench.example", context.settings.secret)
    begun = time.perf_counter()
    sent = await send_messages(context, datetime.now(UTC), [carrier])
    took = time.perf_counter() - begun
    await carrier.close()
    return sent / took


async def measure(url: str, data: Path) -> tuple[list[float], list[float]]:
    """Mails a second of the outbox and of the floor, in turns."""
    await migrate_async(url, ["intake"])
    database = Database(url, "intake")
    runtime = build(Settings(data=data, secret="only for the measurement"), database, ("intake",))
    await runtime.prepare()
    bundle = PolicyBundle.model_validate(yaml.safe_load((deploy_dir() / "policies" / "quick.yaml").read_text("utf-8")))
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, now(), now(), $2)",
        bundle.version,
        orjson.dumps(bundle.model_dump(mode="json")).decode(),
    )
    sink = Sink()
    controller = _Controller(sink, hostname="127.0.0.1", port=0)
    controller.start()
    mine, floors = [], []
    try:
        cases = await _filed(runtime, database)
        for _ in range(RUNS):
            floors.append(await bare(controller.port, MAILS))
            mine.append(await outbox(runtime.contexts["intake"], controller.port, MAILS, cases))
    finally:
        controller.stop()
        await database.close()
    if sink.taken != 2 * MAILS * RUNS:
        raise RuntimeError(f"{sink.taken} mails arrived of {2 * MAILS * RUNS}")
    return mine, floors


async def _filed(runtime: Any, database: Database) -> list[Any]:
    """Cases whose complainant can be written to."""
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        for number in range(CASES):
            who = {"name": "ก", "email": f"a{number}@bench.example"}
            body = {"narrative": "น้ำไม่ไหล", "identity": "named", "complainant": who}
            (await client.post("/api/v1/complaints", json=body)).raise_for_status()
    return [row["id"] for row in await database.read("select id from intake.complaint")]


def main() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        server = EmbeddedPostgres.start(Path(folder) / "data")
        try:
            mine, floors = asyncio.run(measure(server.url, Path(folder)))
        finally:
            server.stop()
    ratio = median(one / floor for one, floor in zip(mine, floors, strict=True))
    return [Figure("messages sent by e-mail", median(mine), "/s", median(mine) / ratio, "bare aiosmtplib")]
