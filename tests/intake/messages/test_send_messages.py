"""The outbox over a real mail server: what is said once arrives once, by the best channel, at a decent hour."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

from schemas.cases import CaseMoved
from services.cli.runtime import Runtime
from services.intake.access_code import enter_code, send_code
from services.intake.messages.carriers import Outgoing, Sent
from services.intake.messages.keys import COVERED
from services.intake.messages.list_messages import list_messages
from services.intake.messages.queue_message import queue_message
from services.intake.messages.send_messages import send_messages
from tests.intake.conftest import SECRET, Clock
from tests.intake.messages.conftest import MailServer, case_of, file, rows, send
from tests.intake.progress import announced, moved


async def test_a_complaint_is_acknowledged_by_mail_once(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer
) -> None:
    receipt = await file(client)
    assert await send(runtime) == 1
    assert await send(runtime) == 0
    assert mail.to == ["somying@home.example"]
    (taken,) = mail.taken
    assert receipt["tracking_number"] in str(taken["Subject"])
    assert str(taken["Message-ID"]).endswith("@quick.example>")
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["From"].addresses[0].addr_spec == "centre@quick.example"
    plain, page = taken.get_body(("plain",)), taken.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert receipt["tracking_secret"] in plain.get_content()
    assert receipt["tracking_secret"] in page.get_content()


async def test_a_repeated_event_says_nothing_twice(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    case_id = await case_of(runtime, await file(client))
    database = runtime.contexts["intake"].database
    closing = [moved("closed", number, clock(), "implementing") for number in (2, 3)]
    await announced(runtime, database, case_id, closing, clock())
    await send(runtime)
    assert len([subject for subject in mail.subjects if "พอใจ" in subject]) == 1, "one survey for each closure"


async def test_imported_history_spam_and_the_unreachable_are_told_nothing(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    database = runtime.contexts["intake"].database
    await send(runtime)
    historical = await case_of(runtime, await file(client))
    await database.statement("update intake.complaint set historical = true where id = $1", historical)
    spam = await case_of(runtime, await file(client))
    await database.statement("update intake.complaint set kind = 'spam' where id = $1", spam)
    silent = await file(client, contact_preference="none", complainant={"name": "ก", "email": "no@home.example"})
    await file(client, identity="anonymous", complainant=None)
    for case_id, kind in ((historical, "complaint"), (spam, "spam"), (await case_of(runtime, silent), "complaint")):
        closing = moved("closed", 2, clock(), "implementing", kind=kind)
        await announced(runtime, database, case_id, [closing], clock())
    await send(runtime)
    assert mail.taken == []


async def test_what_was_in_flight_when_the_process_died_is_sent_again_as_the_same_mail(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    await file(client)
    context = runtime.contexts["intake"]
    await runtime.drain()

    class Dies:
        """Hands the mail over, then the process is gone before anything could be noted."""

        channel = "email"

        def __init__(self) -> None:
            from services.intake.messages.smtp_carrier import smtp_carrier

            self.real = smtp_carrier(context.settings)

        async def send(self, outgoing: Outgoing) -> Sent:
            assert self.real is not None
            await self.real.send(outgoing)
            raise asyncio.CancelledError

        async def check(self) -> str | None:
            return None

        def left(self) -> int | None:
            return None

    with pytest.raises(asyncio.CancelledError):
        await send_messages(context, clock(), [Dies()])
    assert [row["state"] for row in await rows(runtime, "select state from intake.message")] == ["sending"]
    assert await send(runtime) == 0, "another process leaves it alone while it may still be under way"

    clock.move(minutes=11)
    assert await send(runtime) == 1
    first, second = mail.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == second["Subject"]
    assert [row["state"] for row in await rows(runtime, "select state from intake.message")] == ["delivered"]


async def test_a_busy_server_is_tried_again_later(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    mail.answers = ["451 greylisted", "421 too many"]
    await file(client)
    assert await send(runtime) == 1
    assert await send(runtime) == 0
    clock.move(seconds=20)
    assert await send(runtime) == 1
    clock.move(minutes=1)
    assert await send(runtime) == 0, "the server asked for more patience"
    clock.move(minutes=5)
    assert await send(runtime) == 1
    assert len(mail.taken) == 1
    outcomes = await rows(runtime, "select outcome from intake.message_attempt order by attempt")
    assert [row["outcome"] for row in outcomes] == ["later", "later", "delivered"]


async def test_an_address_that_is_refused_ends_as_failed_and_is_kept_to_be_seen(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer
) -> None:
    mail.refuses.add("somying@home.example")
    await file(client)
    await send(runtime)
    (row,) = await rows(runtime, "select state, reason, refused from intake.message")
    assert row["state"] == "failed"
    assert row["refused"] == ["email"]
    assert "somying" not in row["reason"]


async def test_a_message_that_is_not_urgent_waits_for_the_end_of_the_quiet_hours(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    clock.move(hours=8)  # 22:05 in Bangkok
    case_id = await case_of(runtime, await file(client))
    await send(runtime)
    assert len(mail.taken) == 1, "an acknowledgement answers what was just sent"
    database = runtime.contexts["intake"].database
    decided = moved("decision_communicated", 2, clock(), "response_proposed", texts={"reasons": "ตรวจแล้ว"})
    await announced(runtime, database, case_id, [decided], clock())
    await send(runtime)
    assert len(mail.taken) == 1
    clock.move(hours=9)
    await send(runtime)
    assert len(mail.taken) == 2


async def test_a_case_that_has_moved_on_is_not_asked_for_what_it_no_longer_needs(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    case_id = await case_of(runtime, await file(client))
    await send(runtime)
    database = runtime.contexts["intake"].database
    steps: list[CaseMoved] = [
        moved("awaiting_complainant", 2, clock(), "investigating", texts={"what": "ใบเสร็จ"}),
        moved("withdrawn", 3, clock(), "awaiting_complainant"),
    ]
    await announced(runtime, database, case_id, steps, clock())
    await send(runtime)
    assert [row["state"] for row in await rows(
        runtime, "select state from intake.message where template = 'request_information'"
    )] == ["dropped"]  # fmt: skip
    assert len(mail.taken) == 2


async def test_a_persons_reply_is_announced_when_it_arrives_and_says_who_wrote_it(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    from uuid import uuid4

    case_id, by = await case_of(runtime, await file(client)), uuid4()
    await send(runtime)
    context = runtime.contexts["intake"]
    async with context.database.transaction() as tx:
        await queue_message(tx, case_id=case_id, template=None, text="ช่างจะไปพรุ่งนี้", by=by, now=clock())
    clock.move(seconds=30)
    await send(runtime)
    reply = mail.taken[-1]
    assert reply["Auto-Submitted"] is None
    assert reply["In-Reply-To"] == mail.taken[0]["Message-ID"]
    (event,) = await rows(runtime, "select body, texts from intake.journal where type = 'staff-replied'")
    assert str(by) in event["body"]
    assert "ช่างจะไปพรุ่งนี้" in event["texts"]


async def test_a_confidential_complainant_is_told_nothing_of_the_matter_in_a_subject(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    from services.intake.messages.fill import subject_line

    assert subject_line("เรื่อง {tracking_number} {reason}", {"tracking_number": "Q-1", "reason": "น้ำ"},
                        confidential=True) == "เรื่อง Q-1"  # fmt: skip


async def test_a_bounce_marks_the_delivery_failed(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    from services.intake.messages.delivery import mark_failed

    await file(client)
    await send(runtime)
    context = runtime.contexts["intake"]
    async with context.database.transaction() as tx:
        assert await mark_failed(tx, "email", str(mail.taken[0]["Message-ID"]), "5.1.1 no such user", clock())
        assert not await mark_failed(tx, "email", "<nobody@quick.example>", "5.1.1", clock())
    await send(runtime)
    (row,) = await rows(runtime, "select state from intake.message")
    assert row["state"] == "failed"
    assert len(mail.taken) == 1
    assert [row["outcome"] for row in await rows(runtime, "select outcome from intake.message_attempt")] == ["bounced"]


async def test_the_acknowledgement_of_a_letter_counts_when_it_is_delivered(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    case_id = await case_of(runtime, await file(client))
    await runtime.contexts["intake"].database.statement(
        "update intake.complaint set channel = 'email', acknowledged_at = null where id = $1", case_id
    )
    mail.answers = ["451 later"]
    await send(runtime)
    assert await rows(runtime, "select 1 from intake.journal where type = 'complaint-acknowledged'") == []
    clock.move(minutes=1)
    await send(runtime)
    (row,) = await rows(runtime, "select acknowledged_at from intake.complaint")
    assert row["acknowledged_at"] == clock() - timedelta(0)
    assert len(await rows(runtime, "select 1 from intake.journal where type = 'complaint-acknowledged'")) == 1


async def test_a_one_time_code_leaves_in_the_message_and_is_read_nowhere_else(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    receipt = await file(client)
    await send(runtime)
    context = runtime.contexts["intake"]
    mail.answers = ["451 busy"]
    async with context.database.transaction() as tx:
        assert await send_code(tx, SECRET, receipt["tracking_number"], "192.0.2.1", clock())
    await send(runtime)
    clock.move(minutes=2)
    await send(runtime)
    body = mail.taken[-1].get_body(("plain",))
    assert body is not None
    (code,) = re.findall(r"(?<![\d-])\d{6}(?![\d-])", body.get_content())
    kept = await rows(runtime, "select text, subject, data::text, extra::text from intake.message")
    assert code not in str(kept)
    async with context.database.transaction() as tx:
        await enter_code(tx, SECRET, receipt["tracking_number"], code, "192.0.2.1", clock())


async def test_a_code_that_is_over_is_not_sent_any_more(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    receipt = await file(client)
    await send(runtime)
    async with runtime.contexts["intake"].database.transaction() as tx:
        await send_code(tx, SECRET, receipt["tracking_number"], "192.0.2.1", clock())
    clock.move(minutes=10)
    await send(runtime)
    assert len(mail.taken) == 1, "the acknowledgement alone"
    found = await rows(runtime, "select state from intake.message where template is null")
    assert found == [{"state": "dropped"}]


async def test_staff_read_messages_without_the_keys_that_open_the_case(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    receipt = await file(client)
    case_id = await case_of(runtime, receipt)
    await announced(
        runtime, runtime.contexts["intake"].database, case_id, [moved("closed", 2, clock(), "implementing")], clock()
    )
    await send(runtime)
    page = await list_messages(runtime.contexts["intake"].database, case_id, server_secret=SECRET)
    said = " ".join(item["text"] for item in page.items)
    assert said.count(COVERED) >= 2, "that of the acknowledgement and that of the survey"
    assert receipt["tracking_secret"] not in said
    for taken in mail.taken:
        for link in re.findall(r"/survey/([\w.-]+)", str(taken.get_body(("plain",)).get_content())):  # type: ignore[union-attr]
            assert link not in said
