"""Mail taken in: every one ends as a case, an addition to one, or held or ignored with its reason; none twice."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake.contacts.seal import place_of
from services.intake.email import filing_of_mail, receive_mail, settle_mail
from services.intake.email.incoming import Incoming, source_id_of
from services.intake.email.receive_mail import MailDesk, register_again
from services.intake.email.thread_token import reply_address, subject_mark, token_for
from services.kit.database import Database
from tests.intake.conftest import KEPT, SECRET, Clock, identity_of
from tests.intake.email.conftest import CENTRE, count, mail, samples, take_in


async def number_of(database: Database, case_id: UUID | None) -> str:
    return str((await database.read("select tracking_number n from intake.complaint where id = $1", case_id))[0]["n"])


async def arrival(database: Database) -> dict[str, Any]:
    (row,) = await database.read("select * from intake.arrival")
    return dict(row)


async def sent_by_us(database: Database, case_id: UUID | None, provider_id: str) -> UUID:
    """A message of ours that was handed over."""
    rows = await database.read(
        "update intake.message set state = 'delivered', channel = 'email', provider_id = $2, sent_at = now()"
        " where case_id = $1 and direction = 'out' returning id",
        case_id,
        provider_id,
    )
    return UUID(str(rows[0]["id"]))


async def test_a_mail_becomes_a_complaint_of_its_sender(desk: MailDesk, database: Database) -> None:
    outcome = await take_in(desk, mail())
    assert outcome.state == "registered"
    complaint = (await database.read("select * from intake.complaint"))[0]
    identity = await identity_of(database)
    assert (complaint["channel"], complaint["kind"], complaint["language"]) == ("email", "complaint", "th")
    assert complaint["narrative"] == "น้ำไม่ไหลมาสามวันแล้วครับ"
    assert (identity["name"], identity["email"]) == ("สมชาย ใจดี", "somchai@example.com")
    row = await arrival(database)
    assert (row["state"], row["case_id"]) == ("registered", outcome.case_id)
    (kept,) = await database.read("select source_id, raw from intake.mail")
    assert mail() not in kept["raw"]
    assert KEPT.seal.read_content(kept["raw"], place_of("mail", "raw", kept["source_id"])) == mail()


async def test_a_subject_that_says_more_than_the_text_heads_the_narrative(desk: MailDesk, database: Database) -> None:
    await take_in(desk, mail("Please help.", subject="Broken pump at Ban Nong"))
    row = (await database.read("select narrative, language from intake.complaint"))[0]
    assert (row["narrative"], row["language"]) == ("Broken pump at Ban Nong\n\nPlease help.", "en")


async def test_one_acknowledgement_is_queued(desk: MailDesk, database: Database) -> None:
    await take_in(desk, mail())
    await take_in(desk, mail())
    rows = await database.read(
        "select template, state from intake.message where direction = 'out' and state <> 'dropped'"
    )
    assert [(row["template"], row["state"]) for row in rows] == [("acknowledgement", "queued")]


async def test_the_same_mail_by_two_ways_and_with_other_traces_is_one_complaint(
    desk: MailDesk, database: Database
) -> None:
    raw = mail()
    copies = [raw, b"Received: from a\r\n" + raw, raw.replace(b"\n", b"\r\n"), b"Delivered-To: x@y.example\n" + raw]
    outcomes = [await take_in(desk, copy) for copy in copies]
    outcomes += await asyncio.gather(*(take_in(desk, copy) for copy in copies))
    assert len({outcome.case_id for outcome in outcomes}) == 1
    assert await count(database, "complaint") == await count(database, "arrival") == 1


async def test_another_mail_under_a_used_message_id_is_another_complaint(desk: MailDesk, database: Database) -> None:
    await take_in(desk, mail("เรื่องแรก"))
    await take_in(desk, mail("เรื่องที่สอง"))
    assert await count(database, "complaint") == 2


async def test_many_mails_at_the_same_moment_each_become_a_case(desk: MailDesk, database: Database) -> None:
    raws = [mail(f"เรื่องที่ {n}", message_id=f"<{n}@example.com>", sender=f"p{n}@example.com") for n in range(70)]
    outcomes = await asyncio.gather(*(take_in(desk, raw) for raw in raws))
    assert len({outcome.case_id for outcome in outcomes}) == 70
    assert await count(database, "complaint") == 70


async def test_one_mail_that_cannot_be_registered_takes_no_other_with_it(
    desk: MailDesk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = filing_of_mail.filing_of

    def filing_of(incoming: Incoming, parsed: Any) -> Any:
        if parsed.subject == "poison":
            raise KeyError("a fault of ours")
        return real(incoming, parsed)

    monkeypatch.setattr(settle_mail, "filing_of", filing_of)
    subjects = ["a", "poison", "b", "c"]
    outcomes = await desk.receive_many(
        [Incoming(mail(subject=s, message_id=f"<{s}@x.example>"), "import", desk.context.now()) for s in subjects]
    )
    assert [outcome.state for outcome in outcomes] == ["registered", "failed", "registered", "registered"]
    rows = await database.read("select reason from intake.arrival where state = 'failed'")
    assert [row["reason"] for row in rows] == ["KeyError"]


async def test_a_reply_with_the_token_in_its_subject_joins_the_case(desk: MailDesk, database: Database) -> None:
    first = await take_in(desk, mail())
    number = await number_of(database, first.case_id)
    assert first.case_id is not None
    mark = subject_mark(SECRET, first.case_id, number)
    answer = mail(
        "มาวัดแล้ว ยังไม่ไหล\n\nเมื่อ วันศุกร์ 20 พ.ย. 2026 ศูนย์ เขียนว่า:\n> เราได้รับเรื่องแล้ว\n",
        subject=f"Re: ได้รับเรื่องแล้ว {mark}", message_id="<two@example.com>", sender="other@example.net",
    )  # fmt: skip
    assert (await take_in(desk, answer)).case_id == first.case_id
    assert await count(database, "complaint") == 1
    (added,) = await database.read("select text, provider_id from intake.message where direction = 'in'")
    assert (added["text"], added["provider_id"]) == ("มาวัดแล้ว ยังไม่ไหล", "<two@example.com>")
    (kept,) = await database.read("select source_id, folded from intake.mail where message_id = 'two@example.com'")
    assert "> เราได้รับเรื่องแล้ว" in (KEPT.read(kept["folded"], "mail", "folded", kept["source_id"]) or "")


async def test_a_reply_to_the_tokens_address_joins_the_case(desk: MailDesk, database: Database) -> None:
    first = await take_in(desk, mail())
    assert first.case_id is not None
    to = reply_address(SECRET, first.case_id, await number_of(database, first.case_id), CENTRE)
    answer = mail("เพิ่มเติม", subject="ตอบ", message_id="<two@example.com>", Cc=to)
    assert (await take_in(desk, answer)).case_id == first.case_id


async def test_a_wrong_token_or_that_of_another_case_opens_nothing(desk: MailDesk, database: Database) -> None:
    first = await take_in(desk, mail())
    other = await take_in(desk, mail("อีกเรื่อง", message_id="<b@example.com>", sender="b@example.com"))
    assert other.case_id is not None
    number = await number_of(database, first.case_id)
    for place, token in enumerate((token_for(SECRET, other.case_id), "a" * 16)):
        raw = mail(
            "แอบดู", subject=f"Re: [#{number}-{token}]", message_id=f"<x{place}@evil.example>", sender="x@evil.example"
        )
        outcome = await take_in(desk, raw)
        assert outcome.case_id not in (first.case_id, other.case_id)
    assert not await database.read("select 1 from intake.message where direction = 'in'")


async def test_an_answer_without_token_joins_only_from_the_complainants_own_address(
    desk: MailDesk, database: Database
) -> None:
    first = await take_in(desk, mail())
    await sent_by_us(database, first.case_id, "<ack-1@quick.example>")
    stranger = mail(
        "ผมด้วย", sender="x@evil.example", message_id="<s@evil.example>", In_Reply_To="<ack-1@quick.example>"
    )
    assert (await take_in(desk, stranger)).case_id != first.case_id
    own = mail(
        "ยังไม่ไหล", sender="Somchai@Example.com", message_id="<t@example.com>", References="<ack-1@quick.example>"
    )
    own = own.replace(b"Somchai@Example.com", b"somchai@EXAMPLE.com")
    assert (await take_in(desk, own)).case_id == first.case_id
    again = mail("ถามอีกที", message_id="<u@example.com>", In_Reply_To="<one@example.com>")
    assert (await take_in(desk, again)).case_id == first.case_id, "an answer to one's own first mail"


async def test_a_repeated_message_id_in_a_reply_loses_no_words(desk: MailDesk, database: Database) -> None:
    first = await take_in(desk, mail())
    assert first.case_id is not None
    mark = subject_mark(SECRET, first.case_id, await number_of(database, first.case_id))
    for words in ("หนึ่ง", "สอง"):
        await take_in(desk, mail(words, subject=mark, message_id="<same@example.com>"))
    rows = await database.read("select text from intake.message where direction = 'in' order by id")
    assert [row["text"] for row in rows] == ["หนึ่ง", "สอง"]


@pytest.mark.parametrize(
    ("fields", "envelope", "state"),
    [
        ({"Auto_Submitted": "auto-replied"}, "a@example.com", "ignored"),
        ({"subject": "ตอบกลับอัตโนมัติ: ลาพักร้อน"}, "a@example.com", "ignored"),
        ({"Precedence": "bulk"}, "a@example.com", "ignored"),
        ({"List_Id": "<news.example.com>"}, "a@example.com", "ignored"),
        ({"sender": f"centre <{CENTRE}>"}, "a@example.com", "ignored"),
        ({"Auto_Submitted": "auto-generated"}, "a@example.com", "held"),
        ({}, "", "held"),
        ({"Auto_Submitted": "no"}, "a@example.com", "registered"),
    ],
)
async def test_what_no_person_wrote_is_kept_and_counted_and_never_answered(
    desk: MailDesk, database: Database, fields: dict[str, str], envelope: str, state: str
) -> None:
    outcome = await take_in(desk, mail(**fields), envelope_from=envelope)
    assert outcome.state == state
    row = await arrival(database)
    assert row["state"] == state
    assert state == "registered" or row["reason"]
    answers = await database.read("select 1 from intake.message where direction = 'out' and state <> 'dropped'")
    assert bool(answers) == (state == "registered")
    assert await count(database, "mail") == 1


def bounce(message_id: str, action: str = "failed") -> bytes:
    """A delivery report as a mail server writes it."""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {CENTRE}\nSubject: Undelivered Mail Returned to Sender\n"
        "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nIt did not arrive.\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; somchai@example.com\nAction: {action}\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID: {message_id}\n\n--b--\n"
    ).encode()


async def test_a_bounce_of_ours_marks_the_delivery_failed(desk: MailDesk, database: Database) -> None:
    first = await take_in(desk, mail())
    sent = await sent_by_us(database, first.case_id, "<ack-1@quick.example>")
    delayed = await take_in(desk, bounce("<ack-1@quick.example>", "delayed"), envelope_from="")
    assert delayed.reason == "delivery report about no message of ours, or no failure"
    outcome = await take_in(desk, bounce("<ack-1@quick.example>"), envelope_from="")
    assert (outcome.state, outcome.reason) == ("ignored", "bounce of a message of ours")
    (row,) = await database.read("select state, refused, reason from intake.message where id = $1", sent)
    assert (row["state"], row["refused"], row["reason"]) == ("queued", ["email"], "bounced 5.1.1")
    assert await count(database, "complaint") == 1


async def test_our_own_mail_that_comes_back_is_a_loop(desk: MailDesk, database: Database) -> None:
    first = await take_in(desk, mail())
    await sent_by_us(database, first.case_id, "<ack-1@quick.example>")
    outcome = await take_in(desk, mail("x", message_id="<ack-1@quick.example>"))
    assert (outcome.state, outcome.reason) == ("ignored", "our own message came back")


async def test_a_mail_without_sender_is_an_anonymous_complaint(desk: MailDesk, database: Database) -> None:
    outcome = await take_in(desk, b"Subject: help\n\nThe road is flooded.\n")
    assert outcome.state == "registered"
    assert (await database.read("select identity from intake.complaint"))[0]["identity"] == "anonymous"


async def test_a_sender_with_a_newline_smuggles_nothing(desk: MailDesk, database: Database) -> None:
    name = "=?utf-8?Q?Mallory=0D=0ABcc:_all=40example.com?="
    raw = f"From: {name} <m@example.com>\nSubject: =?utf-8?Q?a=0Ab?=\n\ntext\n".encode()
    await take_in(desk, raw)
    identity = await identity_of(database)
    assert (identity["name"], identity["email"]) == ("Mallory Bcc: all@example.com", "m@example.com")


async def test_an_address_that_nothing_can_be_sent_to_is_kept_with_the_name(desk: MailDesk, database: Database) -> None:
    assert (await take_in(desk, mail(sender="Old Machine <root@localhost>"))).state == "registered"
    identity = await identity_of(database)
    assert (identity["name"], identity["email"]) == ("Old Machine <root@localhost>", None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"From: a@example.com\n" + b"X: " + b"x" * (1024 * 1024 + 100), "1 MB"),
        (
            b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10_001,
            "too many parts",
        ),
        (b"From: a@example.com\nSubject: \n\n \n", "Nothing is written"),
    ],
)
async def test_what_cannot_be_read_is_held_with_its_original_and_can_be_registered(
    desk: MailDesk, database: Database, raw: bytes, reason: str
) -> None:
    outcome = await take_in(desk, raw)
    assert outcome.state == "held"
    row = await arrival(database)
    assert reason in row["reason"]
    if raw:
        assert row["raw"] is not None
        case_id = await register_again(desk.context, row["source_id"])
        assert case_id == await register_again(desk.context, row["source_id"])
        assert await count(database, "complaint") == 1
        assert (await arrival(database))["state"] == "registered"
        assert not await database.read("select 1 from intake.message where direction = 'out' and state <> 'dropped'")


async def test_an_ignored_mail_can_be_registered_by_a_person(desk: MailDesk, database: Database) -> None:
    await take_in(desk, mail(Precedence="bulk"))
    case_id = await register_again(desk.context, (await arrival(database))["source_id"])
    assert (await database.read("select narrative from intake.complaint where id = $1", case_id))[0]["narrative"]
    assert not await database.read("select 1 from intake.message where direction = 'out' and state <> 'dropped'"), (
        "it is never answered"
    )


async def test_attachments_are_kept_with_the_case_and_a_program_stays_within_the_original(
    desk: MailDesk, database: Database
) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@example.com", "ไฟล์", "<f@example.com>"
    message.set_content("ดูไฟล์แนบ")
    message.add_attachment(b"%PDF-1.4\n%%EOF\n", maintype="application", subtype="pdf", filename="ใบเสร็จ.pdf")
    message.add_attachment(b"MZ\x90\x00" + bytes(200), maintype="image", subtype="jpeg", filename="photo.exe")
    message.add_attachment("<script>alert(1)</script>", subtype="html", filename="photo.jpg")
    outcome = await take_in(desk, message.as_bytes())
    rows = await database.read(
        "select name, case_id, treatment from intake.stored_file where origin = 'email' order by id"
    )
    assert {row["case_id"] for row in rows} == {outcome.case_id}
    assert rows[0]["name"] == "ใบเสร็จ.pdf"
    assert all(row["treatment"] in ("document", "opaque") for row in rows)
    assert (await database.read("select left_out from intake.mail"))[0]["left_out"] == 1


async def test_a_large_mail_lies_in_the_file_store_and_goes_with_its_case(desk: MailDesk, database: Database) -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@example.com", "ใหญ่", "<l@example.com>"
    message.set_content("ดูไฟล์แนบ")
    message.add_attachment(b"%PDF-1.4\n" + b"x" * 3_000_000, maintype="application", subtype="pdf", filename="a.pdf")
    outcome = await take_in(desk, message.as_bytes())
    row = (await database.read("select raw, raw_file from intake.mail"))[0]
    assert (row["raw"], row["raw_file"] is not None) == (None, True)
    files = await database.read(
        "select origin, internal from intake.stored_file where case_id = $1 order by origin", outcome.case_id
    )
    assert [(f["origin"], f["internal"]) for f in files] == [("email", False), ("mail-raw", True)]


@pytest.mark.parametrize("after", ["arrival", "filing", "files"])
async def test_a_crash_between_arrival_and_commit_is_taken_up_again(
    desk: MailDesk, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise ConnectionResetError("the power went")

    place = {"arrival": "_recognised", "filing": "_prepare_files", "files": "_acknowledge"}[after]
    with monkeypatch.context() as broken:
        broken.setattr(settle_mail, place, crash)
        with pytest.raises(ConnectionResetError):
            await take_in(desk, mail())
    assert (await arrival(database))["state"] == "arrived"
    clock.move(minutes=2)
    assert await desk.take_up(clock()) == 1
    assert (await arrival(database))["state"] == "registered"
    assert (await take_in(desk, mail())).repeated
    assert await count(database, "complaint") == 1
    assert len(await database.read("select 1 from intake.message where direction = 'out' and state <> 'dropped'")) == 1


async def test_a_mail_that_ends_the_process_each_time_is_left_to_a_person(
    desk: MailDesk, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise ConnectionResetError("the process ended")

    monkeypatch.setattr(settle_mail, "_recognised", crash)
    with pytest.raises(ConnectionResetError):
        await take_in(desk, mail())
    for _ in range(receive_mail.TRIES):
        clock.move(minutes=2)
        with pytest.raises(ConnectionResetError):
            await desk.take_up(clock())
    clock.move(minutes=2)
    await desk.take_up(clock())
    assert (await arrival(database))["state"] == "failed"


async def test_one_sender_gets_only_so_many_acknowledgements_an_hour(desk: MailDesk, database: Database) -> None:
    for n in range(settle_mail.ANSWERS_AN_HOUR + 5):
        await take_in(desk, mail(f"ครั้งที่ {n}", message_id=f"<{n}@example.com>"))
    assert await count(database, "complaint") == settle_mail.ANSWERS_AN_HOUR + 5
    answers = await database.read("select 1 from intake.message where direction = 'out' and state <> 'dropped'")
    assert len(answers) == settle_mail.ANSWERS_AN_HOUR


async def test_every_sample_mail_ends_as_a_case_or_held_or_ignored_and_none_is_lost(
    desk: MailDesk, database: Database
) -> None:
    raws = [path.read_bytes() for path in sorted(samples("mikel_mail").glob("*.eml"))]
    outcomes = await desk.receive_many([Incoming(raw, "import", desk.context.now()) for raw in raws])
    assert {outcome.state for outcome in outcomes} <= {"registered", "held", "ignored"}
    assert all(outcome.case_id or outcome.reason for outcome in outcomes)
    rows = await database.read(
        "select a.state, m.source_id, m.raw from intake.arrival a join intake.mail m using (source_id)"
        " where a.channel = 'email'"
    )
    kept = {KEPT.seal.read_content(row["raw"], place_of("mail", "raw", row["source_id"])) for row in rows}
    assert kept <= set(raws)
    assert len(rows) == len({source_id_of(raw) for raw in raws})
    registered = sum(outcome.state == "registered" for outcome in outcomes)
    assert registered > len(raws) * 0.8
    narratives = await database.read("select narrative from intake.complaint")
    assert all(row["narrative"].strip() for row in narratives)
    assert any("한국말" in row["narrative"] for row in narratives)


async def test_an_answer_with_the_token_from_the_address_on_file_proves_the_address(
    desk: MailDesk, database: Database
) -> None:
    first = await take_in(desk, mail())
    assert first.case_id is not None
    mark = subject_mark(SECRET, first.case_id, await number_of(database, first.case_id))
    await take_in(desk, mail("ก", subject=f"Re: {mark}", message_id="<2@example.com>", sender="other@example.net"))
    assert not await database.read("select 1 from intake.contact_proof"), "the token alone proves no other address"
    await take_in(desk, mail("ข", subject=f"Re: {mark}", message_id="<3@example.com>"))
    (proof,) = await database.read("select kind, how, digest from intake.contact_proof")
    assert (proof["kind"], proof["how"]) == ("email", "wrote")
    assert proof["digest"] == KEPT.digest("email", "somchai@example.com")


async def test_erasing_a_case_takes_the_mails_words(desk: MailDesk, database: Database) -> None:
    from services.intake.erase_words import blank_words

    outcome = await take_in(desk, mail())
    assert outcome.case_id is not None
    async with database.transaction() as tx:
        await blank_words(tx, outcome.case_id, desk.context.now())
    row = (await database.read("select raw, folded, html, message_id from intake.mail"))[0]
    assert tuple(row.values()) == (None, None, None, None)


async def test_trouble_of_the_database_is_told_and_nothing_is_called_done(
    desk: MailDesk, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    monkeypatch.setattr(receive_mail, "note_arrivals", away)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await take_in(desk, mail())
