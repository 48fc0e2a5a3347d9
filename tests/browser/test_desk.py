"""An officer at the desk: what is due first, by keyboard, a step taken through its form."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Office, Open, Receipt
from tests.browser.visitor import PHONE
from tests.journeys.system import until

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]

EMPTY_HANDED = "officer1.south"
"""Nothing of what the tests file goes to the south."""


def clocks(office: Office, receipt: Receipt, target: str) -> set[str]:
    """The states of a case's clocks of one target."""
    found = office.system.case(receipt["tracking_number"])["clocks"]
    return {clock["state"] for clock in found if clock["target"] == target}


def test_the_queue_is_ordered_by_what_is_due_first(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk?view=open")
    rows = desk.page.locator("[data-row]")
    assert rows.count() >= 6
    due = [row.locator("time").get_attribute("datetime") for row in rows.all() if row.locator("time").count()]
    assert len(due) >= 5
    assert due == sorted(due, key=str)
    expect(rows.first).to_contain_text(office.late["tracking_number"].removeprefix("FIO-69-"))
    expect(rows.first.locator(".due")).to_have_class(re.compile("late"))


def test_j_k_and_enter_work_under_the_thai_layout(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk?view=open")
    rows = desk.page.locator("[data-row]")
    desk.press_under_thai("KeyJ", "่")
    expect(rows.nth(0)).to_have_class(re.compile(r"\bcur\b"))
    desk.press_under_thai("KeyJ", "่")
    expect(rows.nth(1)).to_have_class(re.compile(r"\bcur\b"))
    desk.press_under_thai("KeyK", "า")
    expect(rows.nth(0)).to_have_class(re.compile(r"\bcur\b"))
    expect(rows.nth(1)).not_to_have_class(re.compile(r"\bcur\b"))
    desk.page.keyboard.press("Enter")
    expect(desk.page).to_have_url(re.compile("/cases/"))
    expect(desk.page.locator("main")).to_contain_text(office.late["tracking_number"])


def test_keys_typed_into_a_field_are_only_typed(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk?view=open")
    desk.press_under_thai("Slash", "ฝ")
    search = desk.page.locator("[name=q]")
    expect(search).to_be_focused()
    desk.page.keyboard.type("jk")
    expect(search).to_have_value("jk")
    expect(desk.page.locator("[data-row].cur")).to_have_count(0)


def test_the_primary_button_leads_to_first_contact_and_then_to_the_next_state(window: Open, office: Office) -> None:
    receipt = office.system.file(category="facilities", service_point="mae_ho_phra", narrative="ป้ายบอกทางผิด")
    owner = office.owner_of(receipt)
    desk = window()
    office.sign_in(desk, owner)
    desk.go("/desk")
    desk.page.locator("[data-row] a", has_text="ป้ายบอกทางผิด").click()
    head = desk.page.locator("section.ask")
    expect(head.locator("dt")).to_have_text(["รอใคร", "ต้องทำอะไร", "ภายในเมื่อไร"])
    expect(desk.page.locator(".btn.pri:visible")).to_have_count(1)
    desk.page.keyboard.press("p")
    desk.page.locator("#say-text").fill("โทรแนะนำตัวและแจ้งกำหนด")
    desk.page.locator("#say form button[type=submit]").click()
    expect(desk.page.locator("#timeline")).to_contain_text("โทรแนะนำตัวและแจ้งกำหนด")
    until("the clock of first contact to be met", lambda: "met" in clocks(office, receipt, "first_contact"))
    desk.page.reload()
    desk.page.keyboard.press("p")
    expect(desk.page).to_have_url(re.compile("/steps/investigating"))
    desk.page.locator("[name=no_conflict]").check()
    desk.page.locator("form.step .btn.pri").click()
    expect(desk.page.locator(".meta .state")).to_have_text("ตรวจสอบข้อเท็จจริง")
    assert office.system.case(receipt["tracking_number"])["state"] == "investigating"
    expect(desk.page.locator("#timeline")).to_contain_text("ตรวจสอบข้อเท็จจริง")


def test_a_step_with_a_mistake_keeps_what_was_typed(window: Open, office: Office) -> None:
    receipt = office.system.file(category="facilities", service_point="mae_ho_phra", narrative="ห้องน้ำไม่มีไฟ")
    owner = office.owner_of(receipt)
    office.system.step(owner, receipt["tracking_number"], "investigating", no_conflict=True)
    desk = window(expected=[422], scripts=False)
    office.sign_in(desk, owner)
    desk.go(f"/cases/{receipt['tracking_number']}/steps/response_proposed")
    desk.page.locator("[name=findings]").fill("หลอดไฟขาดทั้งแถว")
    desk.page.locator("form.step").evaluate("form => form.noValidate = true")
    desk.page.locator("form.step .btn.pri").click()
    expect(desk.page.locator("#problem")).to_be_visible()
    expect(desk.page.locator("[name=findings]")).to_have_value("หลอดไฟขาดทั้งแถว")
    expect(desk.page.locator("#f-cause")).to_have_attribute("aria-invalid", "true")


def test_an_empty_view_says_what_to_do(window: Open, office: Office) -> None:
    for width in (PHONE, 1440):
        desk = window(width=width)
        office.sign_in(desk, EMPTY_HANDED)
        desk.go("/desk")
        expect(desk.page.locator("[data-row]")).to_have_count(0)
        expect(desk.page.locator(".empty h2")).to_be_visible()
        expect(desk.page.locator(".empty p")).not_to_be_empty()


def test_signing_out_closes_the_desk(window: Open, office: Office) -> None:
    desk = window()
    page = desk.page
    desk.go("/desk")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fdesk$"))
    page.locator("[name=username]").fill("verifier")
    page.locator("[name=password]").fill(office.password("verifier"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk$"))
    page.locator("#me summary").click()
    page.locator("#me form button").click()
    desk.go("/desk")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_wrong_password_keeps_the_name_and_says_no_more(window: Open, office: Office) -> None:
    visitor = window(expected=[401, 422])
    visitor.go("/sign-in")
    visitor.page.locator("[name=username]").fill("auditor")
    visitor.page.locator("[name=password]").fill("not the password")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("#problem")).to_be_visible()
    expect(visitor.page.locator("[name=username]")).to_have_value("auditor")
    expect(visitor.page.locator("[name=password]")).to_have_value("")
