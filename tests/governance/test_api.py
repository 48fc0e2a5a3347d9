"""Sessions and one's own account over the API."""

from __future__ import annotations

import httpx

from services.cli.runtime import Runtime
from tests.governance.conftest import PASSWORD, Browser


async def bearer(browser: Browser, username: str) -> dict[str, str]:
    """A header that signs in."""
    answer = await browser.client.post("/api/v1/sessions", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 201
    return {"authorization": f"Bearer {answer.json()['token']}"}


async def test_a_session_over_the_api_tells_who_i_am(browser: Browser) -> None:
    headers = await bearer(browser, "officer1.sales")
    me = (await browser.client.get("/api/v1/me", headers=headers)).json()
    assert (me["username"], me["roles"], me["unit"], me["on_duty"]) == ("officer1.sales", ["officer"], "sales", True)
    assert me["name"]


async def test_a_wrong_password_over_the_api_is_a_problem_document(browser: Browser) -> None:
    answers: list[httpx.Response] = []
    for username in ("officer1.sales", "nobody.at.all"):
        body = {"username": username, "password": "not the one"}
        answers.append(await browser.client.post("/api/v1/sessions", json=body))
    assert [answer.status_code for answer in answers] == [401, 401]
    first, second = (answer.json() | {"reference": "", "instance": ""} for answer in answers)
    assert first == second
    assert answers[0].headers["content-type"] == "application/problem+json"


async def test_nobody_signed_in_is_told_to_sign_in(browser: Browser) -> None:
    answer = await browser.client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_going_off_duty_reaches_every_service(browser: Browser, runtime: Runtime) -> None:
    headers = await bearer(browser, "officer1.sales")
    answer = await browser.client.post("/api/v1/staff/me/duty", json={"on_duty": False}, headers=headers)
    assert (answer.status_code, answer.json()["on_duty"]) == (200, False)
    await runtime.drain()
    for context in runtime.contexts.values():
        member = (await context.copies.staff(context.database)).by_username["officer1.sales"]
        assert not member.on_duty


async def test_a_token_is_refused_everywhere_once_its_session_has_ended(browser: Browser, runtime: Runtime) -> None:
    headers = await bearer(browser, "officer1.sales")
    other = await bearer(browser, "officer1.sales")
    assert (await browser.client.delete("/api/v1/sessions/current", headers=headers)).status_code == 204
    await runtime.drain()
    assert (await browser.client.get("/api/v1/me", headers=headers)).status_code == 401
    assert (await browser.client.get("/api/v1/me", headers=other)).status_code == 200
