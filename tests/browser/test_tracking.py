"""The complainant follows the case with number and secret, and answers from there."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Office, Open, Receipt
from tests.browser.visitor import PHONE, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]


def follow(visitor: Visitor, receipt: Receipt) -> Page:
    """Open the case with number and secret, as typed from the receipt."""
    visitor.go("/track")
    visitor.page.locator("[name=number]").fill(receipt["tracking_number"])
    visitor.page.locator("[name=secret]").fill(receipt["tracking_secret"])
    visitor.page.locator("#track button").click()
    expect(visitor.page).to_have_url(re.compile(f"/track/{receipt['tracking_number']}"))
    return visitor.page


def decided(office: Office) -> Receipt:
    """A case of its own that was decided."""
    receipt = office.system.file(category="lodging_not_ready", service_point="mae_ho_phra")
    office.decide(receipt)
    return receipt


def reloaded_until(page: Page, selector: str, text: str) -> None:
    """Wait until what the complainant did has gone round and the page shows it."""

    def shown() -> None:
        page.reload()
        expect(page.locator(selector)).to_contain_text(text, timeout=500)

    for _ in range(30):
        try:
            return shown()
        except AssertionError:
            continue
    shown()


def test_number_and_secret_open_the_way_of_the_case(window: Open, office: Office) -> None:
    page = follow(window(width=PHONE), office.fresh)
    expect(page.locator("h1")).to_contain_text("น้ำไม่ไหล")
    expect(page.locator("ol.track li").first).to_contain_text("ได้รับเรื่อง")
    expect(page.locator("ol.track li[aria-current=step]")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("ออป.ภาคเหนือบน")


def test_a_wrong_secret_and_an_unknown_number_get_the_same_answer(window: Open, office: Office) -> None:
    visitor = window(width=PHONE, expected=[404])
    told = []
    for number in (office.fresh["tracking_number"], "FIO-69-99999-A"):
        visitor.go("/track")
        visitor.page.locator("[name=number]").fill(number)
        visitor.page.locator("[name=secret]").fill("AAAA-AAAA")
        visitor.page.locator("#track button").click()
        told.append(visitor.page.locator("#problem").inner_text())
        expect(visitor.page.locator("[name=number]")).to_have_value(number)
    assert told[0] == told[1]


def test_the_code_of_the_receipt_opens_the_case_without_typing(window: Open, office: Office) -> None:
    visitor = window(width=PHONE)
    visitor.go(f"/track/{office.fresh['tracking_number']}#{office.fresh['tracking_secret']}")
    expect(visitor.page.locator("ol.track li").first).to_be_visible()
    assert office.fresh["tracking_secret"] not in visitor.page.url


def test_fixed_and_not_fixed_weigh_the_same(window: Open, office: Office) -> None:
    page = follow(window(width=PHONE), office.decided)
    expect(page.locator(".told")).to_contain_text("เปลี่ยนปั๊มแล้ว")
    yes, no = page.locator(".verdict .btn").all()
    one, other = yes.bounding_box(), no.bounding_box()
    assert one is not None
    assert other is not None
    assert (one["width"], one["height"], one["y"]) == pytest.approx((other["width"], other["height"], other["y"]))
    style = "e => (s => [s.fontSize, s.fontWeight, s.backgroundColor, s.borderWidth].join())(getComputedStyle(e))"
    assert yes.evaluate(style) == no.evaluate(style)
    assert one["height"] >= 44


def test_saying_fixed_moves_the_case_on(window: Open, office: Office) -> None:
    receipt = decided(office)
    page = follow(window(width=PHONE), receipt)
    page.locator(".verdict [value=accept]").click()
    expect(page.locator(".verdict")).to_have_count(0)
    office.system.in_state(receipt["tracking_number"], "implementing")


def test_saying_not_fixed_brings_a_review_also_without_scripts(window: Open, office: Office) -> None:
    receipt = decided(office)
    page = follow(window(width=PHONE, scripts=False), receipt)
    page.locator("#answer-text").fill("น้ำยังไม่ไหล")
    page.locator(".verdict [value=contest]").click()
    office.system.in_state(receipt["tracking_number"], "internal_review")
    reloaded_until(page, "main", "ทบทวน")


def test_a_message_is_added_and_read_again(window: Open, office: Office) -> None:
    page = follow(window(width=PHONE), office.fresh)
    page.locator("#add-text").fill("ส่งเลขที่จองเพิ่ม BK-12367")
    page.locator("#messages .say button").click()
    reloaded_until(page, "#messages", "BK-12367")


def test_withdrawing_asks_once_more_and_ends_the_case(window: Open, office: Office) -> None:
    receipt = office.system.file(category="visit", service_point="elephant_centre")
    office.owner_of(receipt)
    page = follow(window(width=PHONE), receipt)
    panel = page.locator("details", has=page.locator("[value=withdraw]"))
    panel.locator("summary").click()
    panel.locator("button").click()
    assert office.system.case(receipt["tracking_number"])["state"] == "assigned"
    panel.locator("[name=confirmed]").check()
    panel.locator("button").click()
    office.system.in_state(receipt["tracking_number"], "withdrawn")
    reloaded_until(page, ".status", "ถอนเรื่อง")


def test_a_late_case_apologises_before_anybody_asks(window: Open, office: Office) -> None:
    page = follow(window(width=PHONE), office.late)
    expect(page.locator(".sorry h2")).to_contain_text("ขออภัย")
    assert page.locator(".sorry").evaluate("e => e.compareDocumentPosition(document.querySelector('ol.track')) & 4")
