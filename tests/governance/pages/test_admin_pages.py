"""What administrators do on pages: policy, staff, audit; who may only look; and who may not come in."""

from __future__ import annotations

import re

import pytest

from services.cli.runtime import Runtime
from tests.governance.conftest import PASSWORD, Browser, browser_of, policy_text

ADDRESSES = (
    "/admin",
    "/admin/policy",
    "/admin/staff",
    "/admin/staff/member/officer1.sales",
    "/admin/audit",
    "/admin/parked",
    "/admin/parked/governance",
    "/admin/parked/intake",
)
BY_THE_BOARD = {
    "body_th": "คณะกรรมการ",
    "body_kind": "board",
    "resolution_number": "8/2569",
    "resolution_date": "24/9/2569",
    "signed_by": "ผู้อำนวยการ",
    "effective_from": "1/10/2569",
}


@pytest.mark.parametrize("lang", ["th", "en"])
async def test_every_page_of_administration_opens_in_both_languages(administrator: Browser, lang: str) -> None:
    for address in (*ADDRESSES, "/admin/staff/new", "/account"):
        page = await administrator.get(address, lang=lang)
        assert page.status_code == 200, address
        assert f'<html lang="{lang}"' in page.text


async def test_an_auditor_may_look_at_everything_and_change_nothing(browser: Browser) -> None:
    await browser.sign_in("auditor")
    for address in ADDRESSES:
        page = await browser.get(address)
        assert page.status_code == 200, address
        assert not re.findall(r'<form[^>]+action="/admin', page.text), address
    for address in ("/admin/policy/drafts", "/admin/staff/new", "/admin/staff/member/officer1.sales/account"):
        assert (await browser.post(address, {"text": "x"})).status_code == 403, address


async def test_an_officer_may_not_come_in(browser: Browser) -> None:
    await browser.sign_in("officer1.sales")
    for address in ADDRESSES:
        assert (await browser.get(address)).status_code == 403, address


async def test_a_policy_is_checked_compared_approved_and_adopted_step_by_step(administrator: Browser) -> None:
    text = policy_text("quick").replace("quick-1", "quick-2")
    begun = await administrator.post("/admin/policy/drafts", {"text": text.replace("PT8S", "PT8")})
    draft = begun.headers["location"]
    page = (await administrator.get(draft, lang="en")).text
    line = text[: text.index("PT8S")].count("\n") + 1
    assert f"Line {line}<" in page
    assert "is not a length of working time" in page
    assert "/approval" not in page

    mended = await administrator.post(draft, {"text": text.replace("Asia/Bangkok", "Asia/Vientiane", 1)})
    assert mended.headers["location"] == draft
    page = (await administrator.get(draft)).text
    assert "<ins>quick-2</ins>" in page
    assert "<ins>Asia/Vientiane</ins>" in page

    refused = await administrator.post(f"{draft}/approval", {**BY_THE_BOARD, "signed_by": ""})
    assert refused.status_code == 422
    assert 'value="8/2569"' in refused.text
    assert (await administrator.get(f"{draft}/adoption")).status_code == 409

    entered = await administrator.post(f"{draft}/approval", BY_THE_BOARD)
    assert entered.headers["location"] == f"{draft}/adoption"
    page = (await administrator.get(f"{draft}/adoption", lang="en")).text
    assert "Adopt version quick-2" in page
    unread = await administrator.post(f"{draft}/adoption")
    assert unread.status_code == 422
    assert (await administrator.get("/policy/versions/quick-2")).status_code == 404

    done = await administrator.post(f"{draft}/adoption", {"compared": "true"})
    assert done.headers["location"] == "/admin/policy?done=adopted"
    assert (await administrator.get("/policy/versions/quick-2")).status_code == 200
    assert (await administrator.get(draft)).status_code == 404


async def test_a_policy_comes_as_a_file_too_and_what_is_no_text_is_refused(administrator: Browser) -> None:
    good = {"file": ("policy.yaml", policy_text("quick").encode(), "text/yaml")}
    begun = await administrator.post("/admin/policy/drafts", files=good)
    assert begun.status_code == 303
    bad = {"file": ("policy.yaml", b"\xff\xfe\x00\x01", "text/yaml")}
    for refused in (
        await administrator.post("/admin/policy/drafts", files=bad),
        await administrator.post("/admin/policy/drafts", {"text": "  "}),
    ):
        assert refused.status_code == 422
    dropped = await administrator.post(begun.headers["location"], {"what": "drop"})
    assert dropped.headers["location"] == "/admin/policy?done=dropped"


async def test_what_a_policy_says_is_never_taken_for_markup(administrator: Browser) -> None:
    begun = await administrator.post("/admin/policy/drafts", {"text": "version: <script>alert(1)</script>"})
    page = (await administrator.get(begun.headers["location"])).text
    assert "<script>alert" not in page
    assert "<script>alert" not in (await administrator.get("/admin/policy")).text


async def test_a_new_member_gets_a_password_that_is_shown_once_and_works(
    administrator: Browser, runtime: Runtime
) -> None:
    fields = {"username": "Somchai.J", "display_name": "สมชาย ใจดี", "unit": "sales", "roles": ["officer"]}
    refused = await administrator.post("/admin/staff/new", {**fields, "unit": "", "capacity": "๒๐"})
    assert refused.status_code == 422
    assert 'value="สมชาย ใจดี"' in refused.text
    added = await administrator.post("/admin/staff/new", {**fields, "capacity": "๒๐"})
    found = re.search(r'class="secret"><b>(\w+)</b>', added.text)
    assert found is not None
    assert found[1] not in (await administrator.get("/admin/staff/member/somchai.j")).text
    async with browser_of(runtime) as other:
        assert (await other.sign_in("somchai.j", found[1])).status_code == 303


async def test_disabling_and_resetting_end_sessions_at_once_for_every_service(
    administrator: Browser, runtime: Runtime
) -> None:
    member = "/admin/staff/member/officer1.sales"
    async with browser_of(runtime) as officer:
        await officer.sign_in("officer1.sales")
        assert (await officer.get("/account")).status_code == 200
        reset = await administrator.post(f"{member}/password")
        password = re.search(r'class="secret"><b>(\w+)</b>', reset.text)
        assert password is not None
        assert (await officer.get("/account")).status_code == 303
        officer.client.cookies.delete("session")
        await officer.sign_in("officer1.sales", password[1])
        assert (await officer.get("/account")).status_code == 200
        disabled = await administrator.post(f"{member}/account", {"active": "false"})
        assert disabled.headers["location"] == f"{member}?done=disabled"
        assert (await officer.get("/account")).status_code == 303


async def test_changing_a_member_keeps_what_was_typed_when_it_is_refused(administrator: Browser) -> None:
    member = "/admin/staff/member/officer1.sales"
    fields = {"display_name": "ชื่อใหม่", "unit": "lodging", "roles": ["officer", "verifier"], "capacity": "0"}
    refused = await administrator.post(member, fields)
    assert refused.status_code == 422
    assert 'value="ชื่อใหม่"' in refused.text
    saved = await administrator.post(member, {**fields, "capacity": "9"})
    assert saved.headers["location"] == f"{member}?done=saved"
    page = (await administrator.get(member)).text
    assert 'value="verifier" checked' in page
    assert (await administrator.get("/admin/staff/member/nobody")).status_code == 404


async def test_the_last_administrator_cannot_lock_everybody_out(administrator: Browser) -> None:
    refused = await administrator.post("/admin/staff/member/administrator/account", {"active": "false"})
    assert refused.status_code == 409
    assert (await administrator.get("/admin")).status_code == 200


async def test_ones_own_duty_and_password_are_changed_on_the_account_page(browser: Browser) -> None:
    await browser.sign_in("officer1.sales")
    gone = await browser.post("/account/duty", {"on_duty": "false"})
    assert gone.headers["location"] == "/account?done=off-duty"
    assert (await browser.post("/account/password", {"present": "no", "new": "short"})).status_code == 422
    changed = await browser.post("/account/password", {"present": PASSWORD, "new": "a longer sentence"})
    assert changed.headers["location"] == "/account?done=password"
    assert (await browser.get("/account")).status_code == 200


async def test_the_audit_page_pages_and_filters(administrator: Browser) -> None:
    page = (await administrator.get("/admin/audit", kind="session-started", lang="en")).text
    assert "signed in" in page
    everything = (await administrator.get("/admin/audit", lang="en")).text
    following = re.search(r'rel="next" href="(\?[^"]+)"', everything)
    if following is not None:
        assert (await administrator.get(f"/admin/audit{following[1].replace('&amp;', '&')}")).status_code == 200
    assert (await administrator.get("/admin/audit", cursor="nonsense")).status_code == 422
