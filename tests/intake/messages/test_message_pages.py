"""Answering a complainant, the survey, the letter and the preview of templates, as people use them."""

from __future__ import annotations

import httpx
import pytest

from services.cli.runtime import Runtime
from services.intake.survey_pass import survey_pass
from tests.intake.conftest import SECRET, Clock, add_staff
from tests.intake.messages.conftest import MailServer, case_of, file, rows, send
from tests.intake.progress import announced, life_until, moved


def bearer(token: str) -> dict[str, str]:
    """The header of a signed-in member of staff."""
    return {"Authorization": f"Bearer {token}"}


async def test_an_officer_looks_at_a_reply_then_sends_it_once(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer
) -> None:
    receipt = await file(client)
    case_id = await case_of(runtime, receipt)
    _, token = await add_staff(runtime, "somchai", "lodging", "centre", name="สมชาย")
    page = await client.get(f"/messages/{case_id}?template=progress", headers=bearer(token))
    assert page.status_code == 200
    assert "somying@home.example" not in page.text, "an address is shown only after a look that is recorded"
    assert receipt["tracking_number"] in page.text
    form = {"text": "ช่างจะไป <b>พรุ่งนี้</b>", "once": "abc", "progress": "true"}
    preview = await client.post(f"/messages/{case_id}", data={**form, "preview": "1"}, headers=bearer(token))
    assert "&lt;b&gt;" in preview.text
    assert await rows(runtime, "select 1 from intake.message where by is not null") == []
    for _ in range(2):
        sent = await client.post(f"/messages/{case_id}", data=form, headers=bearer(token))
        assert sent.status_code == 303
    await send(runtime)
    assert len(mail.taken) == 2, "the acknowledgement and one reply"
    listed = await client.get(f"/api/v1/cases/{receipt['tracking_number']}/messages", headers=bearer(token))
    items = listed.json()["items"]
    assert [item["state"] for item in items] == ["delivered", "delivered"]
    assert "to" not in items[0]


async def test_a_reply_within_the_page_of_the_case_stays_there(runtime: Runtime, client: httpx.AsyncClient) -> None:
    case_id = await case_of(runtime, await file(client))
    _, token = await add_staff(runtime, "somchai", "lodging", "centre")
    page = (await client.get(f"/messages/{case_id}?frame=1", headers=bearer(token))).text
    assert 'class="btn pri"' not in page, "the page around it has the one filled button"
    assert f'action="/messages/{case_id}?frame=1#reply"' in page
    sent = await client.post(f"/messages/{case_id}?frame=1", data={"text": "พรุ่งนี้", "once": "a"}, headers=bearer(token))
    assert "frame=1" in sent.headers["location"]
    assert '<header class="top"' not in (await client.get(sent.headers["location"], headers=bearer(token))).text


async def test_nobody_outside_the_scope_of_a_case_reads_its_messages(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    case_id = await case_of(runtime, await file(client))
    _, token = await add_staff(runtime, "other", "integrity", "officer")
    for address in (f"/messages/{case_id}", f"/api/v1/cases/{case_id}/messages", f"/letters/{case_id}"):
        assert (await client.get(address, headers=bearer(token))).status_code == 404


async def test_a_complainant_without_address_cannot_be_written_to(runtime: Runtime, client: httpx.AsyncClient) -> None:
    case_id = await case_of(runtime, await file(client, identity="anonymous", complainant=None))
    _, token = await add_staff(runtime, "somchai", "lodging", "centre")
    answer = await client.post(f"/api/v1/cases/{case_id}/messages", json={"text": "x"}, headers=bearer(token))
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("no-way-to-reply")


async def test_a_closing_is_rated_once_by_the_link_of_its_invitation(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    case_id = await case_of(runtime, await file(client))
    await announced(runtime, runtime.contexts["intake"].database, case_id, life_until("closed", clock()), clock())
    await send(runtime)
    assert await rows(runtime, "select 1 from intake.journal where type = 'survey-invited'") != []
    assert any("พอใจ" in subject for subject in mail.subjects)
    link = f"/survey/{survey_pass(SECRET, case_id, 0, clock())}"
    page = (await client.get(link)).text
    assert "พอใจ" in page
    assert "ไม่บังคับ)" not in page, "said once, beside the field"
    assert (await client.post(link, data={"confidence": "4"})).status_code == 422
    assert (await client.post(link, data={"rating": "4", "confidence": "2", "text": "ดี"})).status_code == 303
    await client.post(link, data={"rating": "1"})
    given = await rows(runtime, "select rating, confidence, words, medium from intake.complainant_action")
    assert given == [{"rating": 4, "confidence": 2, "words": "ดี", "medium": "survey"}]
    other = f"/survey/{survey_pass('another secret', case_id, 0, clock())}"
    assert "radio" not in (await client.get(other)).text


async def test_the_decision_is_printed_as_a_thai_letter(
    runtime: Runtime, client: httpx.AsyncClient, clock: Clock
) -> None:
    case_id = await case_of(runtime, await file(client))
    _, token = await add_staff(runtime, "somchai", "lodging", "centre")
    assert (await client.get(f"/letters/{case_id}", headers=bearer(token))).status_code == 404
    steps = [
        moved("response_proposed", 2, clock(), "investigating", texts={"correction": "เปลี่ยนปั๊มน้ำ #let x = 1"}),
        moved("decision_communicated", 3, clock(), "response_proposed", texts={"reasons": "ปั๊มเสีย"}),
    ]
    await announced(runtime, runtime.contexts["intake"].database, case_id, steps, clock())
    page = await client.get(f"/letters/{case_id}", headers=bearer(token))
    assert "เปลี่ยนปั๊มน้ำ #let x = 1" in page.text
    assert "2569" in page.text
    made = await client.get(f"/letters/{case_id}/pdf", headers=bearer(token))
    assert made.status_code == 200, made.text
    assert made.content.startswith(b"%PDF")


@pytest.mark.parametrize("lang", ["th", "en"])
async def test_an_administrator_sees_every_message_with_the_data_of_a_case(
    runtime: Runtime, client: httpx.AsyncClient, lang: str
) -> None:
    receipt = await file(client)
    _, token = await add_staff(runtime, "admin", "lodging", "administrator")
    page = await client.get(f"/admin/templates?lang={lang}", headers={**bearer(token), "accept-language": lang})
    assert page.status_code == 200
    assert receipt["tracking_number"] in page.text


async def test_one_click_of_a_mail_program_ends_surveys_and_nothing_else(
    runtime: Runtime, client: httpx.AsyncClient, mail: MailServer, clock: Clock
) -> None:
    database = runtime.contexts["intake"].database
    case_id = await case_of(runtime, await file(client))
    await announced(runtime, database, case_id, life_until("closed", clock()), clock())
    await send(runtime)
    invitation = next(mail for mail in mail.taken if "พอใจ" in str(mail["Subject"]))
    others = [mail for mail in mail.taken if mail is not invitation]
    assert all("List-Unsubscribe" not in mail for mail in others), "what is about the case is no list"
    assert invitation["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(invitation["List-Unsubscribe"]).strip("<>").removeprefix("https://redress.test")
    client.cookies.clear()
    del client.headers["x-csrf-token"]
    assert "radio" not in (await client.get(address)).text
    assert await rows(runtime, "select 1 from intake.survey_refusal") == [], "looking at it changes nothing"
    answer = await client.post(address, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    mail.taken.clear()
    second = await case_of(runtime, await file(client))
    await announced(runtime, database, second, life_until("closed", clock()), clock())
    await send(runtime)
    assert mail.taken != []
    assert not any("พอใจ" in subject for subject in mail.subjects)
    assert (await client.post(f"{address[:-9]}forged000")).status_code == 200
    assert len(await rows(runtime, "select 1 from intake.survey_refusal")) == 1
