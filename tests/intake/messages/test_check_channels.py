"""Which channels are on and how they do, with a real mail server and LINE's stand-in; and who is told by which."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from schemas.policy import PolicyBundle
from services.cli.doctor import findings
from services.cli.runtime import Runtime, build
from services.intake.check_channels import ways_out
from services.intake.contacts.keeping import contacts_of
from services.intake.line.carrier import line_client
from services.intake.messages.addresses import link_staff
from services.kit.database import Database
from services.kit.settings import SERVICES, Settings
from tests.intake.conftest import NOW, SECRET, Clock, add_staff
from tests.intake.line.stand_in import ACCESS_TOKEN, StandIn
from tests.intake.messages.conftest import SENDER, MailServer, case_of, file, send
from tests.intake.messages.test_staff_alerts import alert
from tests.intake.progress import announced

USER = "U" + "b" * 32


@pytest.fixture
async def line(clock: Clock) -> AsyncIterator[StandIn]:
    """LINE's servers."""
    server = StandIn(clock)
    await server.start()
    yield server
    await server.stop()


def options(mail: MailServer, line: StandIn) -> dict[str, str]:
    """E-mail and LINE on."""
    return {
        "REDRESS_SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "REDRESS_MAIL_FROM": SENDER,
        "REDRESS_LINE_CHANNEL_SECRET": "a secret", "REDRESS_LINE_ACCESS_TOKEN": ACCESS_TOKEN,
        "REDRESS_LINE_API_URL": line.url, "REDRESS_LINE_DATA_URL": line.url,
    }  # fmt: skip


@pytest.fixture
async def runtime(
    database: Database,
    bundle: PolicyBundle,
    clock: Clock,
    tmp_path: Path,
    mail: MailServer,
    line: StandIn,
) -> AsyncIterator[Runtime]:
    """Intake with two channels that messages leave by."""
    settings = Settings(data=tmp_path, secret=SECRET, base_url="https://redress.test", options=options(mail, line))
    built = build(settings, database, ("intake",), clock)
    await built.prepare()
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        bundle.version,
        NOW - timedelta(days=400),
        orjson.dumps(bundle.model_dump(mode="json")).decode(),
    )
    yield built
    used = line_client(built.contexts["intake"])
    assert used is not None
    await used.close()


async def test_the_page_of_channels_shows_what_is_on_and_what_is_left_of_the_quota(
    runtime: Runtime,
    client: httpx.AsyncClient,
    line: StandIn,
) -> None:
    line.quota, line.used = 500, 77
    _, token = await add_staff(runtime, "admin", "lodging", "administrator")
    headers = {"Authorization": f"Bearer {token}", "accept-language": "en"}
    page = (await client.get("/admin/channels?lang=en", headers=headers)).text
    assert "423 left this month" in page
    assert "The last 50 are kept for customers" in page
    assert "REDRESS_SMS_URL" in page, "a channel that is off says what switches it on"
    line.used = 500
    assert "quota of LINE is used up" in (await client.get("/admin/channels?lang=en", headers=headers)).text


async def test_each_channel_is_tried_and_one_in_trouble_hides_no_other(
    runtime: Runtime,
    mail: MailServer,
    line: StandIn,
    database: Database,
    clock: Clock,
    tmp_path: Path,
) -> None:
    found = {way.channel: way for way in await ways_out(runtime.contexts["intake"])}
    assert (found["email"].on, found["email"].wrong) == (True, None)
    assert (found["line"].on, found["line"].wrong) == (True, None)
    assert (found["sms"].on, found["sms"].settings) == (False, ("REDRESS_SMS_URL",))
    wrong = options(mail, line) | {"REDRESS_MAIL_FROM": "nobody", "REDRESS_SMS_URL": "http://127.0.0.1:9/"}
    beside = Database(database.url, "intake")
    try:
        other = build(Settings(data=tmp_path, secret=SECRET, options=wrong), beside, ("intake",), clock)
        found = {way.channel: way for way in await ways_out(other.contexts["intake"])}
    finally:
        await beside.close()
    assert "REDRESS_MAIL_FROM" in (found["email"].wrong or "")
    assert (found["line"].on, found["line"].wrong) == (True, None)
    assert "REDRESS_SMS_URL" in (found["sms"].wrong or "")


async def test_the_doctor_tells_of_every_channel_whether_it_is_on_and_tries_it(
    database: Database,
    clock: Clock,
    tmp_path: Path,
    mail: MailServer,
    line: StandIn,
) -> None:
    line.quota = 300
    given: dict[str, Any] = options(mail, line) | {"REDRESS_LMTP_LISTEN": f"127.0.0.1:{mail.port}"}
    whole = build(Settings(data=tmp_path, secret=SECRET, options=given), database, SERVICES, clock)
    told = {finding.part: finding async for finding in findings(whole, deep=False)}
    assert (told["messages by email"].ok, told["messages by email"].says) == (True, "lets us in")
    assert told["messages by line"].says == "lets us in; 300 left of this month's quota"
    assert told["messages by sms"].says == "off (REDRESS_SMS_URL is not set)"
    assert told["mail smtp"].says == "off (REDRESS_SMTP_LISTEN is not set)"
    assert told["mail imap"].says == "off (REDRESS_IMAP_URLS is not set)"
    assert not told["mail lmtp"].ok, "somebody else listens there"
    assert {"files", "virus scanner"} <= set(told)


@pytest.mark.parametrize(("used", "goes_by"), [(0, "line"), (60, "email")])
async def test_staff_are_told_by_e_mail_once_the_quota_is_down_to_what_is_kept_for_customers(
    runtime: Runtime,
    client: httpx.AsyncClient,
    mail: MailServer,
    line: StandIn,
    clock: Clock,
    used: int,
    goes_by: str,
) -> None:
    line.quota, line.used = 100, used
    context = runtime.contexts["intake"]
    head, _ = await add_staff(runtime, "head", "lodging", "unit_head")
    async with context.database.transaction() as tx:
        await tx.execute(
            'update intake.staff_copy set body = body || \'{"email": "head@quick.example"}\' where staff_id = $1', head
        )
        await link_staff(tx, head, "line", USER, clock(), contacts_of(runtime.settings))
    case_id = await case_of(runtime, await file(client, identity="anonymous", complainant=None))
    await announced(runtime, context.database, case_id, [alert(head, clock)], clock())
    for _ in range(3):
        clock.move(seconds=10)
        await send(runtime)
    told = {"line": [call.to for call in line.calls], "email": mail.to}
    assert told == {"line": [], "email": []} | {goes_by: [USER] if goes_by == "line" else ["head@quick.example"]}
