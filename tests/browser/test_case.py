"""Two officers on one case: each sees the other come, write and change it; nothing typed is lost; files on the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Office, Open
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]

PASTE = """async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
    canvas.getContext("2d").fillRect(5, 5, 30, 20);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    const data = new DataTransfer();
    data.items.add(new File([blob], "image.png", { type: "image/png" }));
    const area = document.getElementById("say-text");
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def opened(window: Open, office: Office, username: str, address: str) -> Visitor:
    visitor = window()
    office.sign_in(visitor, username)
    visitor.go(address)
    return visitor


def test_two_officers_on_one_case_see_each_other_and_lose_nothing(window: Open, office: Office) -> None:
    receipt = office.system.file(
        category="lodging_not_ready", service_point="ban_wat_chan", narrative="บ้านพักหลังที่ 9 หลังคารั่ว"
    )
    mine = office.owner_of(receipt)
    theirs = mine.replace("officer1", "officer2") if "officer1" in mine else mine.replace("officer2", "officer1")
    address = f"/cases/{receipt['tracking_number']}"
    me = opened(window, office, mine, f"{address}?say=note")
    them = opened(window, office, theirs, f"{address}?say=note")
    who = me.page.locator("[data-looking]")
    expect(who.locator(".looker")).to_have_count(1)
    expect(who).to_contain_text("เปิดดูอยู่ด้วย")

    me.page.locator("#say-text").fill("ช่างจะไปพรุ่งนี้ กำลังพิมพ์ค้างไว้")
    expect(them.page.locator("[data-looking]")).to_contain_text("กำลังเขียน: โน้ตภายใน")

    # A name behind an @ is offered, and its owner is told.
    them.page.locator("#say-text").press_sequentially("ฝาก @")
    them.page.locator("#say-text").press_sequentially(mine[:6])
    offered = them.page.locator(".names [role=option]")
    expect(offered.first).to_be_visible()
    them.page.locator("#say-text").fill(f"ฝาก @{mine} ดูรูปหลังคา")
    them.page.locator("#say form button[type=submit]").click()
    expect(them.page.locator(".notice")).to_contain_text("แจ้ง")

    # The other page says who changed it and what, and keeps what was typed.
    news = me.page.locator("[data-changed]")
    expect(news).to_be_visible()
    expect(news).to_contain_text("โน้ตภายใน")
    expect(me.page.locator("#say-text")).to_have_value("ช่างจะไปพรุ่งนี้ กำลังพิมพ์ค้างไว้")

    # An image pasted into the note is kept among the files, and shown over the page.
    me.page.evaluate(PASTE)
    expect(me.page.locator("[data-told]")).to_contain_text("pasted-")
    expect(me.page.locator("#say-text")).to_have_value(re.compile(r"pasted-\d+\.png"))
    picture = me.page.frame_locator("#files iframe").locator("a.pic[data-view]").first
    picture.click()
    expect(me.page.locator("dialog.viewer img")).to_be_visible()
    me.page.keyboard.press("Escape")
    expect(me.page.locator("dialog.viewer")).not_to_be_visible()

    me.go("/mentions")
    expect(me.page.locator("main")).to_contain_text("ดูรูปหลังคา")
    expect(me.page.locator("[data-mentions] [data-count]")).to_have_text("1")
    me.page.locator(".told a").first.click()
    expect(me.page).to_have_url(re.compile(rf"{re.escape(address)}#line-"))
    them.page.context.close()
    expect(who).not_to_contain_text("เปิดดู")
