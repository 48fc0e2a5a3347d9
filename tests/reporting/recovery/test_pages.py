"""The pages of service recovery: list, opening, record; Thai and English; forms that keep what was typed."""

from __future__ import annotations

import re

import httpx

from services.kit.tokens import form_token
from tests.reporting.recovery.office import Office, at, heard, owed


def cookies(client: httpx.AsyncClient, desk: Office, name: str, lang: str = "th") -> str:
    """Sign a browser in; returns its form token."""
    client.cookies.clear()
    for key, value in (*desk.cookies(name).items(), ("lang", lang)):
        client.cookies.set(key, value)
    return form_token(desk.context.settings.secret, "b" * 32)


async def test_the_list_says_what_the_year_comes_to_in_both_languages(client: httpx.AsyncClient, desk: Office) -> None:
    await desk.tell(owed(heard("A"), "2026-03-10 16:30"))
    await desk.walk(await desk.opens(), "contained", "planned", "offered")
    cookies(client, desk, "centre")
    thai = await client.get("/recovery")
    assert thai.status_code == 200
    assert "ฟื้นฟูบริการ" in thai.text
    assert "QCK-A" in thai.text
    assert "น้ำไม่ไหลทั้งคืน" in thai.text
    cookies(client, desk, "centre", "en")
    english = (await client.get("/recovery?state=waiting")).text
    assert "Waiting for the customer" in english
    assert "QCK-A" not in english
    assert "of 2" in english


async def test_an_empty_list_says_how_records_come_about(client: httpx.AsyncClient, desk: Office) -> None:
    cookies(client, desk, "malee", "en")
    page = await client.get("/recovery")
    assert "A record opens by itself" in page.text
    assert 'href="/recovery/new"' in page.text
    cookies(client, desk, "auditor", "en")
    assert 'href="/recovery/new"' not in (await client.get("/recovery")).text


async def test_a_record_is_opened_once_however_often_the_form_is_sent(client: httpx.AsyncClient, desk: Office) -> None:
    token = cookies(client, desk, "somchai")
    page = (await client.get("/recovery/new")).text
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once is not None
    form = {"_csrf": token, "once": once[1], "what_failed": "ไฟดับทั้งหลัง", "unit": "lodging", "trigger": "monitor",
            "mode": "normal", "customers_affected": "๑๒"}  # fmt: skip
    for _ in range(2):
        answer = await client.post("/recovery/new", data=form)
        assert answer.status_code == 303
    record = await desk.record()
    assert (record.trigger, record.customers_affected) == ("monitor", 12)
    assert (await client.get(answer.headers["location"])).status_code == 200


async def test_bad_input_shows_the_form_again_with_what_was_typed(client: httpx.AsyncClient, desk: Office) -> None:
    token = cookies(client, desk, "somchai", "en")
    form = {"_csrf": token, "what_failed": "<b>dark</b>", "unit": "", "trigger": "complaint", "mode": "normal"}
    answer = await client.post("/recovery/new", data=form)
    assert answer.status_code == 422
    assert "&lt;b&gt;dark&lt;/b&gt;" in answer.text
    assert "No complaint is named." in answer.text or "There is no such complaint" in answer.text
    record = await desk.opens()
    answer = await client.post(
        f"/recovery/{record.number}/steps/contained", data={"_csrf": token, "version": "1", "containment": "moved them"}
    )
    assert answer.status_code == 422
    assert "moved them" in answer.text
    assert 'id="f-apology-error"' in answer.text


async def test_a_record_shows_its_next_step_as_a_form_and_takes_it(client: httpx.AsyncClient, desk: Office) -> None:
    record = await desk.opens()
    token = cookies(client, desk, "somchai", "en")
    page = (await client.get(f"/recovery/{record.number}")).text
    assert page.count('class="btn pri"') == 1
    assert f'action="/recovery/{record.number}/steps/contained"' in page
    assert "A supervisor or the head of the unit can." in page, "a blocked step says who can take it"
    form = {"_csrf": token, "version": "1", "containment": "moved", "apology": "called"}
    answer = await client.post(f"/recovery/{record.number}/steps/contained", data=form)
    assert answer.headers["location"] == f"/recovery/{record.number}?done=moved"
    stale = await client.post(f"/recovery/{record.number}/steps/planned", data={**form, "remedy": "refund"})
    assert stale.status_code == 412
    assert "Somebody changed this record" in stale.text
    assert (await client.get(f"/recovery/{record.number}", params={"step": "planned"})).status_code == 200


async def test_the_head_says_who_is_waited_for_what_and_by_when(client: httpx.AsyncClient, desk: Office) -> None:
    record = await desk.walk(await desk.opens(), "contained", "planned", "offered")
    cookies(client, desk, "somchai", "en")
    page = (await client.get(f"/recovery/{record.number}")).text
    assert "The customer" in page
    assert "Answer the offer" in page
    assert 'class="strip' in page
    desk.now = at("2026-03-16 10:00")
    assert 'class="due late"' in (await client.get(f"/recovery/{record.number}")).text


async def test_every_state_has_a_page_for_every_reader(client: httpx.AsyncClient, desk: Office) -> None:
    record = await desk.opens(
        trigger="bcm", mode="abnormal", bcm_number="BCM-1", declared_at="2026-03-15T20:00", vulnerable="ผู้สูงอายุ"
    )
    for to in ("contained", "planned", "offered", "accepted", "in_delivery", "completed", "verified"):
        record = await desk.walk(record, to)
        for name in ("somchai", "approve", "verify", "auditor"):
            for lang in ("th", "en"):
                cookies(client, desk, name, lang)
                page = await client.get(f"/recovery/{record.number}")
                assert page.status_code == 200, (to, name, lang)
                assert "BCM-1" in page.text


async def test_what_is_outside_ones_scope_is_not_there(client: httpx.AsyncClient, desk: Office) -> None:
    record = await desk.opens()
    cookies(client, desk, "malee")
    assert (await client.get(f"/recovery/{record.number}")).status_code == 404
    client.cookies.clear()
    assert (await client.get("/recovery")).status_code == 303


async def test_a_form_without_its_token_changes_nothing(client: httpx.AsyncClient, desk: Office) -> None:
    record = await desk.opens()
    cookies(client, desk, "somchai")
    answer = await client.post(f"/recovery/{record.number}/steps/contained", data={"containment": "x", "apology": "y"})
    assert answer.status_code == 403
    assert (await desk.record()).state == "detected"
