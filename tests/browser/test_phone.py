"""The agent at the telephone: a call from ringing to filed, by keyboard alone and under the Thai layout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE_SECRET, Office, Open
from tests.browser.visitor import PHONE
from tests.journeys.system import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]

CALLER = "+66 89 765 4321"


def test_a_call_is_taken_from_ringing_to_filed_by_keyboard_within_a_minute(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk/phone")
    expect(desk.page.locator("#calls")).to_be_visible()
    begun = time.monotonic()
    office.rings("ringing", "keyboard-1", **{"from": CALLER})
    # It pops up by itself, without the page being loaded again.
    ringing = desk.page.locator("#calls .call.ringing", has_text="089 765 4321")
    expect(ringing).to_be_visible()
    office.rings("answered", "keyboard-1", agent="centre")
    # And the call that this agent answered opens, with the number in its field and the caller looked up.
    expect(desk.page).to_have_url(re.compile(r"/desk/phone\?call="))
    expect(desk.page.locator("#caller .caller-no")).to_contain_text("089 765 4321")
    expect(desk.page.locator("[name=name]")).to_be_focused()
    keys = desk.page.keyboard
    keys.insert_text("สมหญิง ตัวอย่าง")
    desk.press_under_thai("F9", "")
    keys.insert_text("น้ำที่บ้านพักไม่ไหลตั้งแต่เมื่อคืน")
    keys.down("Alt")
    keys.press("Digit3")
    keys.up("Alt")
    chosen = desk.page.locator("[name=category]:checked")
    expect(chosen).to_have_value("lodging_not_ready")
    # The questions of the category are next.
    keys.press("Tab")
    expect(desk.page.locator("[name='ask.lodging_not_ready.0']")).to_be_focused()
    keys.insert_text("หลังที่ 7")
    keys.press("Control+Enter")
    expect(desk.page).to_have_url(re.compile("/desk/new/filed"))
    assert time.monotonic() - begun < 60
    number = desk.page.locator(".bigno").inner_text()
    aloud = desk.page.locator(".aloud").get_attribute("aria-label")
    assert (aloud or "").replace(", ", "") == number.replace("-", "")
    keys.press("Control+Enter")
    expect(desk.page.locator(".due.met")).to_be_visible()
    case = office.system.case(number)
    assert case["channel"] == "phone"
    assert "หลังที่ 7" in case["narrative"]
    assert case["received_at"] < case["recorded_at"]


def test_the_next_call_of_the_same_number_shows_the_open_case_and_joins_it(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk/phone")
    desk.page.locator("[name=phone]").fill("๐๘๑-๒๓๔-๕๖๗๘")
    desk.page.keyboard.press("Enter")
    theirs = desk.page.locator("#caller .theirs .choice")
    expect(theirs.nth(1)).to_be_visible()
    desk.page.keyboard.press("F4")
    expect(desk.page.locator("[name=into]").first).to_be_focused()
    desk.page.keyboard.press("ArrowDown")
    expect(desk.page.locator("[name=into]").nth(1)).to_be_checked()
    desk.page.locator("[name=name]").fill("สมชาย")
    desk.page.locator("[name=narrative]").fill("ยังไม่ได้เงินคืน")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page).to_have_url(re.compile("done=added"))
    expect(desk.page.locator(".notice.done")).to_be_visible()


def test_what_is_being_typed_is_not_lost_to_a_call(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk/phone")
    desk.page.locator("[name=narrative]").fill("กำลังพิมพ์เรื่องอื่นอยู่")
    office.rings("answered", "keyboard-2", agent="centre", **{"from": "0890000001"})
    expect(desk.page.locator("#calls .call", has_text="089 000 0001")).to_be_visible()
    expect(desk.page.locator("[name=narrative]")).to_have_value("กำลังพิมพ์เรื่องอื่นอยู่")
    expect(desk.page).to_have_url(re.compile(r"/desk/phone$"))


def test_a_number_that_a_telephone_program_hands_over_reaches_no_log(window: Open, office: Office) -> None:
    desk = window()
    office.sign_in(desk, "centre")
    desk.go("/desk/phone#number=%2B66812345678")
    expect(desk.page.locator("#caller .caller-no")).to_contain_text("081 234 5678")
    assert "#" not in desk.page.url


def test_a_call_back_is_taken_and_done(window: Open, office: Office) -> None:
    desk = window(width=PHONE)
    office.sign_in(desk, "centre")
    office.rings("missed", "owed-1", **{"from": "0892223333"})
    desk.go("/desk/call-backs")
    row = desk.page.locator(".back", has_text="333")
    row.get_by_role("button", name=re.compile("ฉันโทรกลับเอง")).click()
    row = desk.page.locator(".back", has_text="089 222 3333")
    row.locator("summary").click()
    row.get_by_role("button", name="คุยแล้ว ไม่มีเรื่องต้องลงรับ").click()
    expect(desk.page.locator(".notice.done")).to_be_visible()
    desk.go("/desk/call-backs?view=done")
    expect(desk.page.locator(".back").first).to_contain_text("089 222 3333")


def test_the_script_of_the_documentation_is_taken(office: Office, tmp_path: Path) -> None:
    for tool in ("curl", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool}")
    document = (ROOT / "docs" / "phone.md").read_text(encoding="utf-8")
    script = tmp_path / "redress-call"
    script.write_text(document.split("```sh\n")[1].split("```")[0], encoding="utf-8")
    settings = {"REDRESS_URL": office.system.address, "REDRESS_PHONE_SECRET": PHONE_SECRET}
    done = subprocess.run(
        ["/bin/sh", str(script), "missed", 'say "hello"', "0894445555", "022823243"], env=os.environ | settings,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    with office.system.client("centre") as centre:
        assert "089 ••• •555" in centre.get("/desk/call-backs").text
