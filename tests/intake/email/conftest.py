"""Intake with e-mail set up, mails to give it, and where mail programs and samples are on this machine."""

from __future__ import annotations

import os
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import orjson
import pytest

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, build
from services.intake.email.incoming import Incoming
from services.intake.email.receive_mail import MailDesk, mail_desk
from services.intake.email.settle_mail import Outcome
from services.kit.database import Database
from services.kit.settings import Settings
from tests.intake.conftest import NOW, SECRET, Clock

CENTRE = "centre@quick.example"


def samples(folder: str) -> Path:
    """A folder of sample mails beside the repository; skips where it is not there."""
    shared = Path(os.environ.get("REDRESS_SHARED") or Path(__file__).resolve().parents[4] / "shared")
    found = shared / "fixtures" / "email" / folder
    if not found.exists():
        pytest.skip(f"there are no sample mails at {found}")
    return found


def program(path: str) -> str:
    """A mail program; skips where it is not installed, but not in CI, where it has to be."""
    if not Path(path).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is not installed")
        pytest.skip(f"{path} is not installed")
    return path


@pytest.fixture
async def runtime(database: Database, bundle: PolicyBundle, clock: Clock, tmp_path: Path) -> Runtime:
    """Intake alone, with the policy in force and an address that mail leaves from."""
    settings = Settings(data=tmp_path, secret=SECRET, options={"REDRESS_MAIL_FROM": f"Centre <{CENTRE}>"})
    built = build(settings, database, ("intake",), clock)
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        bundle.version,
        NOW - timedelta(days=400),
        orjson.dumps(bundle.model_dump(mode="json")).decode(),
    )
    return built


@pytest.fixture
def desk(runtime: Runtime) -> MailDesk:
    """Where mails are taken in."""
    return mail_desk(runtime.contexts["intake"])


def mail(
    text: str = "น้ำไม่ไหลมาสามวันแล้วครับ",
    *,
    sender: str = "สมชาย ใจดี <somchai@example.com>",
    subject: str = "น้ำไม่ไหล",
    message_id: str | None = "<one@example.com>",
    **fields: str,
) -> bytes:
    """A mail as a person's program writes it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = CENTRE
    message["Subject"] = subject
    message["Date"] = "Fri, 20 Nov 2026 14:00:00 +0700"
    if message_id is not None:
        message["Message-ID"] = message_id
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


async def take_in(desk: MailDesk, raw: bytes, *, envelope_from: str | None = "somchai@example.com") -> Outcome:
    """Take in one mail as a listener does."""
    return await desk.receive(Incoming(raw, "lmtp", desk.context.now(), envelope_from, CENTRE))


async def count(database: Database, table: str) -> int:
    """Rows of a table."""
    return int((await database.read(f"select count(*) n from intake.{table}"))[0]["n"])
