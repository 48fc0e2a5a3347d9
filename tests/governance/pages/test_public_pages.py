"""Charter and policy: published in two languages, from the version in force, without what is restricted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime
from services.governance.adopt_policy import adopt_policy
from services.kit.service import utc_now
from tests.governance.conftest import Browser, approved


@pytest.mark.parametrize("lang", ["th", "en"])
@pytest.mark.parametrize("address", ["/charter", "/policy", "/policy/versions/quick-1"])
async def test_the_public_pages_open_in_both_languages(browser: Browser, address: str, lang: str) -> None:
    page = await browser.get(address, lang=lang)
    assert page.status_code == 200
    assert f'<html lang="{lang}"' in page.text
    for body in ("1567", "1676"):
        assert body in page.text
    assert ("ตัวอย่าง ยังไม่ได้รับอนุมัติ" if lang == "th" else "Sample, not yet approved") in page.text


async def test_the_public_sees_no_restricted_unit_no_rule_and_no_limit(browser: Browser) -> None:
    page = (await browser.get("/policy", lang="en")).text
    for hidden in ("Integrity unit", "Internal audit", "Words that tell of danger", "200,000"):
        assert hidden not in page


async def test_staff_also_read_rules_limits_and_escalation(browser: Browser) -> None:
    await browser.sign_in("officer1.sales")
    page = (await browser.get("/policy", lang="en")).text
    for shown in ("Words that tell of danger", "200,000 baht", "Head of the line", "KPI targets"):
        assert shown in page


async def test_an_adopted_version_is_published_with_its_approval_and_its_changes(
    browser: Browser, runtime: Runtime, bundle: PolicyBundle
) -> None:
    now = utc_now()
    database = runtime.contexts["governance"].database
    day = (now - timedelta(days=1)).date()
    async with database.transaction() as tx:
        await adopt_policy(tx, approved(bundle, "quick-2", day, zone="Asia/Vientiane"), now=now, by=None)
    await runtime.drain()
    charter = (await browser.get("/charter")).text
    assert "อนุมัติโดยคณะกรรมการ มติที่ 8/2569" in charter
    assert "ตัวอย่าง ยังไม่ได้รับอนุมัติ" not in charter
    old = (await browser.get("/policy/versions/quick-1")).text
    assert "ฉบับนี้เลิกใช้แล้ว" in old
    assert "Asia/Vientiane" not in (await browser.get("/policy")).text
    await browser.sign_in("officer1.sales")
    assert "<ins>Asia/Vientiane</ins>" in (await browser.get("/policy")).text


async def test_a_version_still_to_come_can_be_read_but_is_not_the_one_in_force(
    browser: Browser, runtime: Runtime, bundle: PolicyBundle
) -> None:
    now = utc_now()
    async with runtime.contexts["governance"].database.transaction() as tx:
        await adopt_policy(tx, approved(bundle, "quick-2", (now + timedelta(days=30)).date()), now=now, by=None)
    page = await browser.get("/policy/versions/quick-2", lang="en")  # before any reader has heard of it
    assert page.status_code == 200
    assert "This version takes effect on" in page.text
    assert "Version quick-1" in (await browser.get("/charter", lang="en")).text


async def test_an_unknown_version_is_a_page_that_says_so(browser: Browser) -> None:
    page = await browser.get("/policy/versions/never", lang="en")
    assert page.status_code == 404
    assert "There is no such version of the policy." in page.text


async def test_the_charter_carries_a_code_for_the_camera(browser: Browser) -> None:
    page = (await browser.get("/charter", lang="en")).text
    assert 'aria-label="QR code that opens http://redress.test"' in page
