"""Mails as staff read them: folded away but there, harmless, the original for a reason, and what waits for a person."""

from __future__ import annotations

from email.message import EmailMessage

import httpx

from services.cli.runtime import Runtime
from services.intake.email.receive_mail import MailDesk
from services.kit.database import Database
from services.kit.tokens import form_token
from tests.intake.conftest import SECRET, add_staff
from tests.intake.email.conftest import CENTRE, count, mail, take_in

ANSWER = """ยังไม่มีใครมาซ่อมเลยครับ

--
สมชาย ใจดี โทร 081 234 5678

On Fri, 20 Nov 2026 at 10:00, Centre <centre@quick.example> wrote:
> เราจะส่งช่างไปวันนี้
"""

PAGE = (
    '<p>ห้อง <b>12</b></p><script>alert(1)</script><img src="https://track.example/x.gif"><a href="javascript:x">y</a>'
)


async def staff(runtime: Runtime, client: httpx.AsyncClient, *roles: str, unit: str = "lodging") -> dict[str, str]:
    """The headers of a signed-in member of staff, with the token of their browser."""
    _, token = await add_staff(runtime, "-".join(roles) + unit, unit, *roles)
    client.cookies.set("browser", "a browser")
    return {"Authorization": f"Bearer {token}", "x-csrf-token": form_token(SECRET, "a browser")}


def with_html() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "สมชาย <somchai@example.com>", CENTRE, "ไฟดับ"
    message["Message-ID"] = "<html@example.com>"
    message.set_content(ANSWER)
    message.add_alternative(PAGE, subtype="html")
    return message.as_bytes()


async def test_quotation_and_signature_are_folded_on_the_page_and_can_be_opened(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    outcome = await take_in(desk, mail())
    second = mail(ANSWER, subject="Re: น้ำไม่ไหล", message_id="<two@example.com>", In_Reply_To="<one@example.com>")
    assert (await take_in(desk, second)).case_id == outcome.case_id
    headers = await staff(runtime, client, "officer", "centre")
    page = (await client.get(f"/messages/{outcome.case_id}", headers=headers)).text
    words, folded = page.index("ยังไม่มีใครมาซ่อมเลยครับ"), page.index("081 234 5678")
    assert words < page.index('<details class="more folded">') < folded
    assert "เราจะส่งช่างไปวันนี้" in page
    listed = await client.get(f"/api/v1/cases/{outcome.case_id}/messages", headers=headers)
    (told,) = [item["mail"] for item in listed.json()["items"] if item["mail"]]
    assert "081 234 5678" in told["folded"]
    assert (await client.get(told["href"], headers=headers)).status_code == 200


async def test_html_is_shown_in_a_frame_that_runs_and_fetches_nothing(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    await take_in(desk, with_html())
    headers = await staff(runtime, client, "officer", "centre")
    (row,) = await database.read("select source_id, case_id from intake.mail")
    page = await client.get(f"/mails/{row['source_id']}", headers=headers)
    assert f'src="/mails/{row["source_id"]}/html" ' in page.text
    assert "somchai@example.com" not in page.text, "the address costs a reason"
    shown = await client.get(f"/mails/{row['source_id']}/html", headers=headers)
    assert "<b>12</b>" in shown.text
    for danger in ("script", "track.example", "javascript"):
        assert danger not in shown.text
    policies = shown.headers.get_list("content-security-policy")
    assert any("default-src 'none'" in policy and "sandbox" in policy for policy in policies)


async def test_the_original_is_given_for_a_reason_that_is_kept(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    raw = mail("ก" * 200_000)
    await take_in(desk, raw)
    headers = await staff(runtime, client, "officer", "centre")
    (row,) = await database.read("select source_id, case_id, raw_file from intake.mail")
    address = f"/mails/{row['source_id']}/original"
    refused = await client.post(address, data={"reason": ""}, headers=headers)
    assert refused.status_code == 422
    assert await count(database, "identity_look") == 0
    given = await client.post(address, data={"reason": "ตรวจผู้ส่งตัวจริง"}, headers=headers)
    assert given.content == raw
    assert given.headers["content-disposition"].startswith('attachment; filename="message.eml"')
    assert await count(database, "identity_look") == 1
    assert row["raw_file"] is not None, "a large one lies in the file store"
    assert (await client.get(f"/files/{row['raw_file']}", headers=headers)).status_code == 404
    assert "message.eml" in (await client.get(f"/files/case/{row['case_id']}", headers=headers)).text


async def test_who_may_not_look_at_the_identity_has_no_whole_mail(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    outcome = await take_in(desk, mail(ANSWER))
    (row,) = await database.read("select source_id from intake.mail")
    auditor = await staff(runtime, client, "auditor")
    assert "081 234 5678" not in (await client.get(f"/messages/{outcome.case_id}", headers=auditor)).text
    assert (await client.get(f"/mails/{row['source_id']}", headers=auditor)).status_code == 403
    elsewhere = await staff(runtime, client, "officer", unit="integrity")
    assert (await client.get(f"/mails/{row['source_id']}", headers=elsewhere)).status_code == 404
    await database.statement("update intake.complaint set identity = 'confidential' where id = $1", outcome.case_id)
    officer = await staff(runtime, client, "unit_head")
    assert (await client.get(f"/mails/{row['source_id']}", headers=officer)).status_code == 404


async def test_a_held_mail_is_read_and_registered_from_its_page(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    robot = mail("แบบฟอร์มจากเว็บ: น้ำรั่วที่ห้อง 5", Auto_Submitted="auto-generated")
    assert (await take_in(desk, robot)).state == "held"
    (row,) = await database.read("select source_id from intake.mail")
    headers = await staff(runtime, client, "centre")
    listed = (await client.get("/admin/channels", headers=headers)).text
    assert f"/mails/{row['source_id']}" in listed
    page = (await client.get(f"/mails/{row['source_id']}", headers=headers)).text
    assert "น้ำรั่วที่ห้อง 5" in page
    assert "somchai@example.com" in page
    assert (await client.post(f"/mails/{row['source_id']}/original", headers=headers)).content == robot
    officer = await staff(runtime, client, "officer")
    assert (await client.get(f"/mails/{row['source_id']}", headers=officer)).status_code == 404
    data = {"what": "register", "channel": "email", "source_id": row["source_id"]}
    assert (await client.post("/admin/channels", data=data, headers=headers)).status_code == 303
    assert (await database.read("select state from intake.arrival"))[0]["state"] == "registered"
    assert await count(database, "complaint") == 1


async def test_what_was_taken_for_nothing_is_listed_and_can_be_registered_after_all(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    assert (await take_in(desk, mail("ร้องเรียนผ่านกลุ่ม", List_Id="<group.example>"))).state == "ignored"
    (row,) = await database.read("select source_id from intake.mail")
    headers = await staff(runtime, client, "centre")
    assert row["source_id"] not in (await client.get("/admin/channels", headers=headers)).text
    assert row["source_id"] in (await client.get("/admin/channels?set=aside", headers=headers)).text
    data = {"what": "register", "channel": "email", "source_id": row["source_id"]}
    assert (await client.post("/admin/channels", data=data, headers=headers)).status_code == 303
    assert await count(database, "complaint") == 1


async def test_a_mail_that_cannot_be_read_shows_its_legible_beginning(
    runtime: Runtime, client: httpx.AsyncClient, desk: MailDesk, database: Database
) -> None:
    broken = b"From: a@example.com\nSubject: =?x?\n" + b"X: y\n" * 300_000 + "\n\nน้ำเสีย".encode()
    assert (await take_in(desk, broken)).state == "held"
    (row,) = await database.read("select source_id from intake.mail")
    page = await client.get(f"/mails/{row['source_id']}", headers=await staff(runtime, client, "administrator"))
    assert page.status_code == 200
    assert "a@example.com" in page.text
