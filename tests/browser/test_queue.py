"""An officer who never touches the mouse: the queue by keyboard alone, under the Thai layout, as new cases arrive."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Office, Open

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]


def test_a_day_at_the_queue_needs_no_mouse(window: Open, office: Office) -> None:
    narrative = "ก๊อกน้ำในห้องพักรั่วทั้งคืน"
    receipt = office.system.file(category="facilities", service_point="mae_ho_phra", narrative=narrative)
    office.owner_of(receipt)
    desk = window()
    page = desk.page
    office.sign_in(desk, "centre")
    desk.go("/desk?view=open")
    rows, bar = page.locator("[data-row]"), page.locator("#bulk")
    expect(bar).to_be_hidden()

    # Two rows are selected; the bar says how many.
    for _ in range(2):
        desk.press_under_thai("KeyJ", "่")
        desk.press_under_thai("KeyX", "ป")
    expect(bar).to_be_visible()
    expect(bar.locator("b")).to_have_text("เลือก 2 เรื่อง")

    # A tag is put on by L, its word and Enter; Z takes it back.
    desk.press_under_thai("KeyL", "ส")
    expect(page.locator("#bulk input[name=tag]")).to_be_focused()
    page.keyboard.type("ด่วนวันนี้")
    page.keyboard.press("Enter")
    expect(page.locator(".changed")).to_contain_text("ทำแล้ว 2 เรื่อง")
    expect(page.locator(".row .tag", has_text="ด่วนวันนี้")).to_have_count(2)
    desk.press_under_thai("KeyZ", "ผ")
    expect(page.locator(".changed")).to_contain_text("เลิกทำ")
    expect(page.locator(".row .tag", has_text="ด่วนวันนี้")).to_have_count(0)

    # The line of a row is changed where it stands, and Escape leaves it as it was.
    row = rows.filter(has_text=narrative)
    while "cur" not in str(row.get_attribute("class")):
        desk.press_under_thai("KeyJ", "่")
    desk.press_under_thai("KeyE", "ำ")
    page.keyboard.type(" x")
    page.keyboard.press("Escape")
    expect(row.locator(".gist")).to_have_text(narrative)
    desk.press_under_thai("KeyE", "ำ")
    page.locator(".gist-edit").fill("ก๊อกน้ำรั่ว ห้อง 12")
    page.keyboard.press("Enter")
    row = rows.filter(has_text="ก๊อกน้ำรั่ว ห้อง 12")
    expect(row.locator(".gist")).to_be_visible()

    # A new case waits in the pill: nothing moves until U is pressed.
    before = rows.count()
    office.system.file(category="facilities", service_point="mae_ho_phra", narrative="ไฟทางเดินดับ")
    expect(page.locator("[data-live-pill]")).to_be_visible()
    expect(page.locator("[data-live-pill]")).to_contain_text(re.compile("มีเรื่องใหม่ [1-9] เรื่อง"))
    assert rows.count() == before
    expect(page.locator("[data-count=open]").first).to_have_text(str(before + 1))
    page.evaluate("document.activeElement.blur()")
    desk.press_under_thai("KeyU", "ี")
    expect(rows).to_have_count(before + 1)

    # All keys by one key; then A gives the current case to somebody.
    page.keyboard.press("Shift+Slash")
    expect(page.locator(".all-keys dl")).to_be_visible()
    page.keyboard.press("Escape")
    row = rows.filter(has_text="ไฟทางเดินดับ")
    while "cur" not in str(row.get_attribute("class")):
        desk.press_under_thai("KeyJ", "่")
    desk.press_under_thai("KeyA", "ฟ")
    to = page.locator("#bulk select[name=to]")
    expect(to).to_be_focused()
    to.select_option(index=2)
    page.locator("#bulk input[name=reason_assign]").fill("แบ่งงาน")
    page.keyboard.press("Enter")
    expect(page.locator(".changed")).to_contain_text(re.compile("ทำแล้ว 1 เรื่อง|เป็นอยู่แล้ว 1 เรื่อง"))
