"""Sessions: listed with what they were started on, ended one by one or together, by their owner or an administrator."""

from __future__ import annotations

import re

import pyotp
import pytest

from services.cli.runtime import Runtime, build
from services.governance.sessions.devices import device_of
from services.kit.database import Database
from services.kit.settings import Settings
from tests.governance.conftest import PASSWORD, SECRET, Browser, browser_of
from tests.governance.test_api import bearer

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
LINE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari Line/14.19.0"


@pytest.mark.parametrize(
    ("said", "shown"),
    [(CHROME, "Chrome · Windows"), (LINE, "LINE · iPhone"), ("", None), (None, None), ("<b>x</b>", None)],
)
def test_a_device_is_told_in_two_words_of_ours(said: str | None, shown: str | None) -> None:
    assert device_of(said) == shown


async def test_ones_own_sessions_are_listed_and_one_of_them_is_ended(browser: Browser, runtime: Runtime) -> None:
    await browser.sign_in("officer1.sales")
    async with browser_of(runtime) as elsewhere:
        elsewhere.client.headers["user-agent"] = LINE
        await elsewhere.sign_in("officer1.sales")
        page = (await browser.get("/account")).text
        assert "LINE · iPhone" in page
        (named,) = re.findall(r'name="session" value="([0-9a-f-]+)"', page)
        ended = await browser.post("/account/sessions/end", {"session": named})
        assert ended.headers["location"] == "/account?done=session-ended"
        assert (await elsewhere.get("/account")).status_code == 303
        assert (await browser.post("/account/sessions/end", {"session": named})).status_code == 404
    assert (await browser.get("/account")).status_code == 200


async def test_signing_out_everywhere_keeps_the_session_it_is_done_in(browser: Browser) -> None:
    here, there = await bearer(browser, "officer1.sales"), await bearer(browser, "officer1.sales")
    listed = (await browser.client.get("/api/v1/staff/me/sessions", headers=here)).json()
    assert [each["present"] for each in listed].count(True) == 1
    assert (await browser.client.delete("/api/v1/staff/me/sessions", headers=here)).status_code == 204
    await browser.runtime.drain()
    assert (await browser.client.get("/api/v1/me", headers=there)).status_code == 401
    assert (await browser.client.get("/api/v1/me", headers=here)).status_code == 200


async def test_nobody_ends_the_session_of_another_by_its_id(browser: Browser) -> None:
    mine, other = await bearer(browser, "officer1.sales"), await bearer(browser, "officer2.sales")
    (session,) = (await browser.client.get("/api/v1/staff/me/sessions", headers=other)).json()
    address = f"/api/v1/staff/me/sessions/{session['session_id']}"
    assert (await browser.client.delete(address, headers=mine)).status_code == 404
    await browser.runtime.drain()
    assert (await browser.client.get("/api/v1/me", headers=other)).status_code == 200


async def test_an_administrator_sees_and_ends_the_sessions_of_a_member(
    administrator: Browser, runtime: Runtime, database: Database
) -> None:
    member = "/admin/staff/member/officer1.sales"
    async with browser_of(runtime) as officer:
        await officer.sign_in("officer1.sales")
        assert 'name="session"' in (await administrator.get(member)).text
        ended = await administrator.post(f"{member}/sessions")
        assert ended.headers["location"] == f"{member}?done=all-sessions-ended"
        token = officer.client.cookies["session"]
        assert (await officer.get("/account")).status_code == 303
    # A process of its own, with memory of its own, refuses the token as well.
    other = build(Settings(data=runtime.settings.data, secret=SECRET), database, ("governance", "intake"))
    async with browser_of(other) as late:
        answer = await late.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401


async def test_a_code_is_asked_for_over_the_api_and_on_the_page(browser: Browser) -> None:
    headers = await bearer(browser, "officer1.sales")
    begun = await browser.client.post("/api/v1/staff/me/second-step", json={"password": PASSWORD}, headers=headers)
    app = pyotp.TOTP(begun.json()["secret"])
    assert begun.json()["address"].startswith("otpauth://totp/")
    confirmed = await browser.client.post(
        "/api/v1/staff/me/second-step/confirm", json={"code": app.now()}, headers=headers
    )
    codes = confirmed.json()["recovery_codes"]
    body = {"username": "officer1.sales", "password": PASSWORD}
    wanted = await browser.client.post("/api/v1/sessions", json=body)
    assert (wanted.status_code, wanted.json()["type"].rpartition(":")[2]) == (401, "code-wanted")
    assert (await browser.client.post("/api/v1/sessions", json={**body, "code": codes[0]})).status_code == 201
    assert (await browser.client.get("/api/v1/me", headers=headers)).json()["second_step"] is True
    page = await browser.sign_in("officer1.sales", target="/desk")
    step = re.search(r'name="step" value="([^"]+)"', page.text)
    assert step is not None
    assert "session" not in browser.client.cookies
    wrong = await browser.post("/sign-in/code", {"step": step[1], "code": "1", "next": "/desk"})
    assert wrong.status_code == 401
    done = await browser.post("/sign-in/code", {"step": step[1], "code": codes[1], "next": "/desk"})
    assert done.headers["location"] == "/desk"


async def test_setting_up_on_the_account_page_shows_the_key_until_it_is_confirmed(browser: Browser) -> None:
    await browser.sign_in("officer1.sales")
    assert (await browser.post("/account/second-step", {"password": "not it at all"})).status_code == 422
    begun = await browser.post("/account/second-step", {"password": PASSWORD})
    found = re.search(r'secret keyed"><b class="num">([A-Z2-7 ]+)</b>', begun.text)
    assert found is not None
    wrong = await browser.post("/account/second-step/confirm", {"code": "12"})
    assert (wrong.status_code, found[1] in wrong.text) == (422, True)
    app = pyotp.TOTP(found[1].replace(" ", ""))
    confirmed = await browser.post("/account/second-step/confirm", {"code": app.now()})
    codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", confirmed.text)
    assert len(codes) == 10
    page = (await browser.get("/account")).text
    assert found[1] not in page
    assert codes[0] not in page
    off = await browser.post("/account/second-step/off", {"code": codes[0]})
    assert off.headers["location"] == "/account?done=second-step-off"
