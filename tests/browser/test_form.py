"""A citizen files on a phone, in Thai, without signing in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Office, Open
from tests.browser.visitor import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]

STORY = "เข้าพักคืนวันที่ ๑๙ พ.ย. บ้านหลังที่ 7 น้ำไม่ไหลตั้งแต่สองทุ่ม อยากให้คืนค่าที่พัก"
NUMBER = re.compile(r"^FIO-\d\d-\d{5}-[0-9A-Z]$")
SECRET = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}$")


def go_on(page: Page) -> None:
    """The one filled button at the foot of every step."""
    page.locator(".foot .btn.pri").click()


def fill_in(page: Page, address: str) -> None:
    """Answer the four steps up to the last look."""
    page.goto(address)
    page.locator("[name=service_point]").select_option("ban_wat_chan")
    go_on(page)
    page.locator("[name=narrative]").fill(STORY)
    go_on(page)
    page.locator("[name=identity][value=confidential]").check()
    page.locator("[name=name]").fill("มาลี ตัวอย่าง")
    page.locator("[name=phone]").fill("๐๘๑ ๒๓๔ ๕๖๗๘")
    go_on(page)
    expect(page.locator(".review")).to_contain_text("สวนป่าบ้านวัดจันทร์")
    expect(page.locator(".review")).to_contain_text(STORY)
    page.locator("[name=consent]").check()


def test_four_steps_on_a_phone_end_with_number_secret_promise_and_code(window: Open, office: Office) -> None:
    phone = window(width=PHONE)
    page = phone.page
    fill_in(page, office.system.address)
    assert phone.spills() <= 0
    go_on(page)
    expect(page).to_have_url(f"{office.system.address}/receipt")
    number = page.locator(".bigno").inner_text()
    secret = page.locator(".bigcode").inner_text()
    assert NUMBER.match(number)
    assert SECRET.match(secret)
    expect(page.locator(".slip .strip").first).to_be_visible()
    assert re.search(r"นับ.*วันทำการ", page.locator(".slip .why").inner_text().replace("\u2060", ""))
    code = page.locator(".qr .code")
    expect(code).to_be_visible()
    expect(code).to_have_accessible_name(re.compile("คิวอาร์โค้ด"))
    assert phone.spills() <= 0
    page.reload()
    expect(page.locator(".bigno")).to_have_text(number)
    expect(page.locator(".bigcode")).to_have_text(secret)
    assert office.system.case(number)["unit"] == "north_upper"


def test_the_form_needs_no_script(window: Open, office: Office) -> None:
    phone = window(width=PHONE, scripts=False)
    page = phone.page
    fill_in(page, office.system.address)
    go_on(page)
    expect(page.locator(".bigno")).to_have_text(NUMBER)
    page.locator(".stack .btn.pri").click()
    expect(page.locator("main")).to_contain_text("น้ำไม่ไหล")
    expect(page.locator("ol.track li").first).to_be_visible()


def test_going_back_a_step_keeps_every_answer(window: Open, office: Office) -> None:
    page = window(width=PHONE, scripts=False).page
    fill_in(page, office.system.address)
    page.locator(".foot .btn:not(.pri)").click()
    expect(page.locator("[name=name]")).to_have_value("มาลี ตัวอย่าง")
    page.locator(".foot .btn:not(.pri)").click()
    expect(page.locator("textarea[name=narrative]")).to_have_value(STORY)
    page.locator(".foot .btn:not(.pri)").click()
    expect(page.locator("[name=service_point]")).to_have_value("ban_wat_chan")


def test_a_step_with_a_mistake_names_it_and_keeps_what_was_typed(window: Open, office: Office) -> None:
    page = window(width=PHONE, expected=[422]).page
    page.goto(office.system.address)
    go_on(page)
    page.locator("details.more summary").first.click()
    page.locator("[name=reference]").fill("BK-12367")
    go_on(page)
    expect(page.locator("#problem")).to_be_focused()
    expect(page.locator("#f-narrative-error")).to_be_visible()
    expect(page.locator("[name=reference]")).to_have_value("BK-12367")
    page.locator("[name=narrative]").fill(STORY)
    go_on(page)
    page.locator("[name=identity][value=named]").check()
    page.locator("[name=name]").fill("มาลี ตัวอย่าง")
    page.locator("[name=phone]").fill("12")
    go_on(page)
    expect(page.locator("[name=phone]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=phone]")).to_have_value("12")
    expect(page.locator("[name=name]")).to_have_value("มาลี ตัวอย่าง")


def test_what_is_typed_survives_leaving_the_page(window: Open, office: Office) -> None:
    page = window(width=PHONE).page
    page.goto(office.system.address)
    go_on(page)
    page.locator("[name=narrative]").fill(STORY)
    expect(page.locator("[data-draft-status]")).to_be_visible()
    page.goto(office.system.address)
    go_on(page)
    expect(page.locator("[name=narrative]")).to_have_value(STORY)


def test_the_contact_fields_go_when_the_name_is_not_given(window: Open, office: Office) -> None:
    page = window(width=PHONE).page
    page.goto(office.system.address)
    go_on(page)
    page.locator("[name=narrative]").fill(STORY)
    go_on(page)
    expect(page.locator("[name=phone]")).to_be_visible()
    page.locator("[name=identity][value=anonymous]").check()
    expect(page.locator("[name=phone]")).to_be_hidden()
