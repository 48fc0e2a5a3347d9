"""The pages: filing in four steps without scripts, the receipt, tracking and acting, filing by staff, the identity."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.cli.runtime import Runtime
from services.kit.database import Database
from tests.intake.conftest import NOW, Clock, add_staff, filing
from tests.intake.progress import announced, clock_facts, life_until, moved

NARRATIVE = "น้ำที่บ้านพักไม่ไหลทั้งคืน"


class Form(HTMLParser):
    """The fields of the first form of a page, or of the one with a hidden `action` of that value."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._text: str | None = None
        self._select: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in ("radio", "checkbox"):
            self.fields.setdefault(name, given.get("value", ""))
        elif tag == "input" and name and "checked" in given:
            self.fields[name] = given.get("value", "")
        elif tag == "textarea":
            self._text, self.fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given and self._select:
            self.fields[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self.fields[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = None


class Browser:
    """Fills in what a page shows and presses a button."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page: httpx.Response

    async def open(self, path: str) -> httpx.Response:
        self.page = await self.client.get(path, follow_redirects=True)
        return self.page

    async def send(self, path: str, **typed: str) -> httpx.Response:
        fields = Form(self.page.text).fields
        data = {**{name: value for name, value in fields.items() if name != "q"}, **typed}
        self.page = await self.client.post(path, data=data, follow_redirects=True)
        return self.page

    async def file(self, **answers: str) -> str:
        """All four steps; returns the tracking number."""
        await self.open("/")
        await self.send("/", go="next", location="บ้านพักหลังที่ 7")
        await self.send("/", go="next", narrative=answers.get("narrative", NARRATIVE))
        await self.send("/", go="next", identity="anonymous")
        await self.send("/", go="send")
        assert self.page.url.path == "/receipt", self.page.text
        return number_in(self.page.text)


def number_in(html: str) -> str:
    found = re.search(r"QCK-69-\d{5}-[A-Z]", html)
    assert found is not None
    return found[0]


def secret_in(html: str) -> str:
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}(?=<)", html)
    assert found is not None
    return found[0]


@pytest.fixture
async def browser(client: httpx.AsyncClient, runtime: Runtime) -> Browser:
    await runtime.prepare()
    return Browser(client)


async def complaints(database: Database) -> list[Any]:
    return await database.read("select * from intake.complaint order by recorded_at")


# ---- filing


async def test_four_steps_without_scripts_file_a_complaint(browser: Browser, database: Database) -> None:
    number = await browser.file()
    (complaint,) = await complaints(database)
    assert (complaint["tracking_number"], complaint["narrative"]) == (number, NARRATIVE)
    assert complaint["location"] == "บ้านพักหลังที่ 7"
    assert complaint["channel"] == "web"
    assert secret_in(browser.page.text)


async def test_what_was_typed_is_kept_when_something_is_wrong(browser: Browser, database: Database) -> None:
    await browser.open("/")
    await browser.send("/", go="next", service_point="cabin")
    page = await browser.send("/", go="next", narrative=NARRATIVE, occurred_at="11/12/69")
    assert page.status_code == 422
    fields = Form(page.text).fields
    assert (fields["step"], fields["service_point"], fields["occurred_at"]) == ("2", "cabin", "11/12/69")
    assert fields["narrative"] == NARRATIVE
    assert page.text.count('aria-invalid="true"') == 1
    assert not await complaints(database)


async def test_one_can_go_back_and_change_without_losing_later_answers(browser: Browser) -> None:
    await browser.open("/")
    await browser.send("/", go="next", service_point="cabin")
    await browser.send("/", go="next", narrative=NARRATIVE)
    await browser.send("/", go="next", identity="named", name="สมชาย ใจดี")
    page = await browser.send("/", go="1")
    assert Form(page.text).fields["narrative"] == NARRATIVE
    await browser.send("/", go="next", service_point="shop")
    await browser.send("/", go="next")
    page = await browser.send("/", go="next")
    fields = Form(page.text).fields
    assert (fields["step"], fields["service_point"], fields["name"]) == ("4", "shop", "สมชาย ใจดี")


async def test_pressing_send_twice_files_once(browser: Browser, database: Database) -> None:
    await browser.open("/")
    await browser.send("/", go="next")
    await browser.send("/", go="next", narrative=NARRATIVE)
    last = await browser.send("/", go="next", identity="anonymous")
    data = {**Form(last.text).fields, "go": "send"}
    answers = [await browser.client.post("/", data=data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(await complaints(database)) == 1


async def test_who_becomes_anonymous_leaves_no_contact_behind(browser: Browser, database: Database) -> None:
    await browser.open("/")
    await browser.send("/", go="next")
    await browser.send("/", go="next", narrative=NARRATIVE)
    await browser.send("/", go="next", identity="confidential", phone="0812345678")
    await browser.send("/", go="3")
    await browser.send("/", go="next", identity="anonymous")
    await browser.send("/", go="send")
    assert len(await complaints(database)) == 1
    assert not await database.read("select 1 from intake.identity")
    assert not await database.read("select 1 from intake.contact")


async def test_an_address_of_a_service_point_starts_with_the_place_filled_in(browser: Browser) -> None:
    page = await browser.open("/p/cabin")
    assert Form(page.text).fields["step"] == "2"
    assert "บ้านพักดอยตัวอย่าง" in page.text
    assert Form((await browser.open("/p/nowhere")).text).fields["step"] == "1"


async def test_a_form_without_the_token_of_its_browser_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, database: Database
) -> None:
    answer = await client.post("/", data={"step": "4", "go": "send", "narrative": NARRATIVE})
    assert answer.status_code == 403
    assert not await complaints(database)


async def test_words_of_a_complainant_are_never_markup(browser: Browser) -> None:
    await browser.open("/")
    await browser.send("/", go="next")
    await browser.send("/", go="next", narrative="<script>alert(1)</script>")
    page = await browser.send("/", go="next", identity="anonymous")
    assert "<script>alert" not in page.text


# ---- receipt


async def test_the_receipt_can_be_reloaded_and_kept_but_only_here_and_only_for_a_while(
    browser: Browser, client: httpx.AsyncClient, clock: Clock
) -> None:
    number = await browser.file()
    secret = secret_in(browser.page.text)
    assert number in (await browser.open("/receipt")).text
    text = await client.get("/receipt/text")
    assert number in text.text
    assert secret in text.text
    assert "attachment" in text.headers["content-disposition"]
    clock.move(hours=1, seconds=1)
    assert (await client.get("/receipt")).headers["location"] == "/track"
    clock.move(hours=-1)
    client.cookies.delete("pass_receipt")
    assert (await client.get("/receipt")).status_code == 303


async def test_no_address_or_header_carries_the_secret(browser: Browser, client: httpx.AsyncClient) -> None:
    number = await browser.file()
    secret = secret_in(browser.page.text)
    links = re.findall(r'(?:href|action|src)="([^"]*)"', browser.page.text)
    assert not [link for link in links if secret in link]
    await browser.open("/track")
    page = await browser.send("/track", number=number, secret=secret)
    assert page.url.path == f"/track/{number}"
    assert secret not in page.text
    assert not [answer for answer in [*page.history, page] if secret in str(answer.url) + str(answer.headers)]


# ---- tracking


async def tracked(browser: Browser, database: Database) -> tuple[str, UUID]:
    """File, open the tracking page, and return number and id."""
    number = await browser.file()
    secret = secret_in(browser.page.text)
    await browser.open("/track")
    await browser.send("/track", number=number, secret=secret)
    assert browser.page.status_code == 200
    return number, (await complaints(database))[0]["id"]


async def test_a_wrong_secret_and_an_unknown_number_get_the_same_page(browser: Browser) -> None:
    number = await browser.file()
    pages = []
    for tried in (number, "QCK-69-99999-A"):
        await browser.open("/track")
        page = await browser.send("/track", number=tried, secret="0000-0000")
        assert page.status_code == 404
        pages.append(re.sub(r'value="[^"]*"', "", page.text))
    assert pages[0] == pages[1]


async def test_without_the_pass_the_tracking_page_asks_for_the_secret(
    browser: Browser, client: httpx.AsyncClient, database: Database
) -> None:
    number, _ = await tracked(browser, database)
    client.cookies.delete("pass_tracking")
    page = await browser.open(f"/track/{number}")
    assert 'name="secret"' in page.text
    assert NARRATIVE not in page.text


async def test_the_pass_of_one_case_opens_no_other(
    browser: Browser, client: httpx.AsyncClient, database: Database
) -> None:
    await tracked(browser, database)
    other = (await client.post("/api/v1/complaints", json=filing(narrative="อีกเรื่อง"))).json()["tracking_number"]
    page = await browser.open(f"/track/{other}")
    assert 'name="secret"' in page.text
    assert "อีกเรื่อง" not in page.text


async def test_fixed_and_not_fixed_stand_side_by_side_and_are_taken(
    browser: Browser, runtime: Runtime, database: Database
) -> None:
    number, case_id = await tracked(browser, database)
    steps = life_until("decision_communicated", NOW, texts={"reasons": "ปั๊มเสีย"})
    await announced(runtime, database, case_id, steps, NOW)
    page = await browser.open(f"/track/{number}")
    assert "ปั๊มเสีย" in page.text
    assert re.search(r'class="btn yes".*class="btn no"', page.text, re.DOTALL)
    page = await browser.send(f"/track/{number}", action="contest", text="ยังไม่ได้เงิน")
    assert page.url.query == b"done=contest"
    rows = await database.read("select action, words from intake.complainant_action")
    assert [(row["action"], row["words"]) for row in rows] == [("contest", "ยังไม่ได้เงิน")]
    assert 'class="btn yes"' not in page.text


async def test_a_withdrawal_needs_its_own_confirmation(browser: Browser, database: Database) -> None:
    number, _ = await tracked(browser, database)
    page = await browser.send(f"/track/{number}", action="withdraw", text="")
    assert page.status_code == 422
    assert not await database.read("select 1 from intake.complainant_action")
    page = await browser.send(f"/track/{number}", action="withdraw", text="", confirmed="true")
    assert page.url.query == b"done=withdraw"


async def test_who_waits_too_long_reads_an_apology_before_the_steps(
    browser: Browser, runtime: Runtime, database: Database, clock: Clock
) -> None:
    number, case_id = await tracked(browser, database)
    due = NOW + timedelta(minutes=5)
    clock.move(hours=1)
    await announced(runtime, database, case_id, [*life_until("investigating", NOW)], NOW)
    await announced(runtime, database, case_id, clock_facts(NOW, due, missed=True), due)
    page = await browser.open(f"/track/{number}?lang=en")
    assert page.text.index('class="sorry"') < page.text.index('class="track"')


async def test_the_words_of_an_open_question_are_shown_to_the_complainant(
    browser: Browser, runtime: Runtime, database: Database
) -> None:
    number, case_id = await tracked(browser, database)
    ask = moved("awaiting_complainant", 5, NOW, "investigating", texts={"what": "ขอสลิปโอนเงิน"})
    await announced(runtime, database, case_id, [*life_until("investigating", NOW), ask], NOW)
    assert "ขอสลิปโอนเงิน" in (await browser.open(f"/track/{number}")).text
    back = moved("investigating", 6, NOW, "awaiting_complainant")
    await announced(runtime, database, case_id, [back], NOW)
    assert 'class="panel ask"' not in (await browser.open(f"/track/{number}")).text


@pytest.mark.parametrize("state", ["assessed", "response_proposed", "implementing", "closed"])
async def test_every_state_has_a_page_in_both_languages(
    browser: Browser, runtime: Runtime, database: Database, state: str
) -> None:
    number, case_id = await tracked(browser, database)
    await announced(runtime, database, case_id, life_until(state, NOW), NOW)
    for lang in ("th", "en"):
        assert (await browser.open(f"/track/{number}?lang={lang}")).status_code == 200


@pytest.mark.parametrize("state", ["not_accepted", "referred", "merged", "withdrawn", "internal_review", "reopened"])
async def test_every_turn_of_a_case_has_a_page(
    browser: Browser, runtime: Runtime, database: Database, state: str
) -> None:
    number, case_id = await tracked(browser, database)
    await announced(runtime, database, case_id, [*life_until("assessed", NOW), moved(state, 9, NOW, "assessed")], NOW)
    assert (await browser.open(f"/track/{number}")).status_code == 200


# ---- staff


async def signed_in(browser: Browser, runtime: Runtime, unit: str, *roles: str) -> UUID:
    staff_id, token = await add_staff(runtime, "-".join(roles), unit, *roles)
    browser.client.cookies.set("session", token)
    return staff_id


async def test_staff_record_a_call_with_when_it_came_in(browser: Browser, runtime: Runtime, database: Database) -> None:
    staff_id = await signed_in(browser, runtime, "centre", "centre")
    await browser.open("/desk/new")
    page = await browser.send(
        "/desk/new",
        channel="phone",
        received_at="20/11/2569 10:00",
        narrative="โทรแจ้งว่าน้ำไม่ไหล",
        identity="confidential",
        phone="0812345678",
    )
    assert page.url.path == "/desk/new/filed", page.text
    (complaint,) = await complaints(database)
    assert (complaint["channel"], complaint["filed_by"]) == ("phone", staff_id)
    assert complaint["received_at"] == NOW.replace(hour=3, minute=0)
    assert complaint["acknowledged_at"] is None
    assert secret_in(page.text)


async def test_a_mistake_on_the_staff_form_keeps_what_was_typed(
    browser: Browser, runtime: Runtime, database: Database
) -> None:
    await signed_in(browser, runtime, "centre", "centre")
    await browser.open("/desk/new")
    page = await browser.send(
        "/desk/new", channel="letter", received_at="พรุ่งนี้", narrative="ข้อความ", identity="anonymous"
    )
    assert page.status_code == 422
    assert Form(page.text).fields["narrative"] == "ข้อความ"
    assert not await complaints(database)


async def test_the_staff_form_is_for_staff(browser: Browser) -> None:
    answer = await browser.client.get("/desk/new")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdesk%2Fnew")


async def test_the_identity_is_shown_only_after_a_reason_and_the_look_is_kept(
    browser: Browser, runtime: Runtime, database: Database, client: httpx.AsyncClient
) -> None:
    who = {"name": "สมหญิง ไม่เปิดเผย", "phone": "0812345678"}
    await client.post("/api/v1/complaints", json=filing(identity="confidential", complainant=who))
    case_id = (await complaints(database))[0]["id"]
    staff_id = await signed_in(browser, runtime, "centre", "centre", "supervisor")
    page = await browser.open(f"/contact/{case_id}")
    assert "สมหญิง" not in page.text
    page = await browser.send(f"/contact/{case_id}", reason="")
    assert page.status_code == 422
    assert "สมหญิง" not in page.text
    page = await browser.send(f"/contact/{case_id}", reason="โทรถามรายละเอียด")
    assert "สมหญิง" in page.text
    (look,) = await database.read("select by, reason from intake.identity_look")
    assert (look["by"], look["reason"]) == (staff_id, "โทรถามรายละเอียด")


async def test_acknowledgement_and_receipt_are_recorded_from_the_page(
    browser: Browser, runtime: Runtime, database: Database
) -> None:
    await signed_in(browser, runtime, "centre", "centre", "supervisor")
    await browser.open("/desk/new")
    await browser.send("/desk/new", channel="phone", narrative="โทรแจ้ง", identity="anonymous")
    case_id = (await complaints(database))[0]["id"]
    await browser.open(f"/contact/{case_id}")
    page = await browser.send(f"/contact/{case_id}/acknowledgement", medium="phone", acknowledged_at="")
    assert page.url.query == b"done=acknowledgement"
    page = await browser.send(f"/contact/{case_id}/receipt", received_at="20/11/2569 09:00", reason="จดผิด")
    assert page.url.query == b"done=receipt"
    kinds = {row["type"] for row in await database.read("select type from intake.journal")}
    assert kinds == {"complaint-filed", "complaint-acknowledged", "receipt-corrected"}


async def test_a_case_outside_the_scope_has_no_identity_page(
    browser: Browser, runtime: Runtime, database: Database, client: httpx.AsyncClient
) -> None:
    await client.post("/api/v1/complaints", json=filing(category="cleanliness"))
    case_id = (await complaints(database))[0]["id"]
    await signed_in(browser, runtime, "sales", "officer")
    assert (await browser.open(f"/contact/{case_id}")).status_code == 404
