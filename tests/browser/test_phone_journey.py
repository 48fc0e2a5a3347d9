"""A citizen on a phone, in Thai, from a photo in the form to an answer on the tracking page, with a code by e-mail."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Office, Open
from tests.browser.visitor import PHONE
from tests.journeys.system import until

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(300)]

STORY = "ป้ายบอกทางเข้าสวนป่าล้ม กลัวรถชน ส่งภาพมาให้ดู"
ADDRESS = "phone.journey@home.example"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo as a telephone takes it."""
    path = tmp_path_factory.mktemp("photo") / "ป้าย.jpg"
    out = io.BytesIO()
    Image.radial_gradient("L").resize((1200, 900)).convert("RGB").save(out, "JPEG", quality=90)
    path.write_bytes(out.getvalue())
    return path


def test_photo_number_code_and_answer_all_work_on_a_phone_in_thai(window: Open, office: Office, photo: Path) -> None:
    page = window(width=PHONE, lang="th").page
    number = filed(page, office, photo)
    acknowledgement = until("the acknowledgement", lambda: mails(office, number))[0]
    page.context.clear_cookies()  # another day, the receipt is lost, and the browser remembers nothing
    page.goto(f"{office.system.address}/track/code?n={number}")
    page.locator("main form .btn.pri").click()
    code = until("the code by e-mail", lambda: next(filter(None, map(code_in, mails(office, number))), None))
    assert code not in acknowledgement
    page.locator("[name=code]").fill(code)
    page.locator("main form .btn.pri").first.click()
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator("html")).to_have_attribute("lang", "th")
    page.locator("#add-text").fill("ป้ายอยู่ตรงหลักกิโลที่ 4")
    page.locator("#messages .say button").click()
    expect(page.locator("#messages")).to_contain_text("ป้ายอยู่ตรงหลักกิโลที่ 4")
    assert len(mails(office, number)) == 2, "the acknowledgement and the code"


def filed(page: Page, office: Office, photo: Path) -> str:
    """The four steps of the form; the tracking number."""
    page.goto(office.system.address)
    page.locator("[name=service_point]").select_option("ban_wat_chan")
    go_on(page)
    page.locator("[name=narrative]").fill(STORY)
    page.locator(".shot.add:not(.camera) input").set_input_files(photo)
    expect(page.locator(".shot[data-kept] img")).to_be_visible()
    go_on(page)
    page.locator("[name=identity][value=named]").check()
    page.locator("[name=name]").fill("สมหญิง ตัวอย่าง")
    page.locator("[name=email]").fill(ADDRESS)
    page.locator("[name=contact_preference]").select_option("email")
    go_on(page)
    expect(page.locator(".review .shot")).to_have_count(1)
    go_on(page)
    return page.locator(".bigno").inner_text().strip()


def go_on(page: Page) -> None:
    page.locator(".foot .btn.pri").click()


def mails(office: Office, number: str) -> list[str]:
    """The words of the mails that the complainant got about the case."""
    bodies = [
        part.get_content()
        for to, mail in zip(office.mail.to, office.mail.taken, strict=True)
        if to == ADDRESS and (part := mail.get_body(("plain",))) is not None
    ]
    return [body for body in bodies if number in body]


def code_in(words: str) -> str | None:
    found = re.search(r"(?<![\d-])\d{6}(?![\d-])", words)
    return found[0] if found else None
