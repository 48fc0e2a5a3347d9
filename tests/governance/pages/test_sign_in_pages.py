"""The sign-in page: cookies, where it leads, what it refuses."""

from __future__ import annotations

import re

import pytest

from services.cli.runtime import Runtime
from services.governance.pages.sign_in import first_page, safe_target
from tests.governance.conftest import PASSWORD, Browser, browser_of


async def test_signing_in_sets_a_cookie_that_scripts_cannot_read(browser: Browser) -> None:
    answer = await browser.sign_in("officer1.sales")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert PASSWORD not in answer.text


async def test_a_refusal_keeps_the_user_name_and_never_the_password(browser: Browser) -> None:
    answer = await browser.sign_in("officer1.sales", "quite wrong here")
    assert answer.status_code == 401
    assert 'value="officer1.sales"' in answer.text
    assert "quite wrong here" not in answer.text
    assert "session" not in browser.client.cookies


async def test_a_refused_known_user_and_a_refused_unknown_one_get_the_same_page(browser: Browser) -> None:
    known = await browser.sign_in("officer1.sales", "quite wrong here")
    unknown = await browser.sign_in("officer9.sales", "quite wrong here")
    assert known.status_code == unknown.status_code
    assert known.text.replace("officer1.sales", "") == unknown.text.replace("officer9.sales", "")


async def test_a_page_of_staff_sends_to_the_form_and_back_with_its_whole_query(browser: Browser) -> None:
    sent = await browser.get("/admin/staff", words="ป", role="officer")
    assert sent.status_code == 303
    form = await browser.client.get(sent.headers["location"])
    target = re.search(r'name="next" value="([^"]+)"', form.text)
    assert target is not None
    answer = await browser.sign_in("administrator", target=target[1].replace("&amp;", "&"))
    assert answer.headers["location"] == "/admin/staff?words=%E0%B8%9B&role=officer"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "desk",
        "",
        "/sign-in?next=/sign-in",
        "/sign-out",
        "/" + "a" * 3000,
    ],
)
def test_signing_in_never_leads_to_another_site(address: str) -> None:
    assert safe_target(address) == ""


def test_signing_in_leads_to_the_page_that_was_asked_for() -> None:
    assert safe_target("/cases/1?tab=2&q=ป#x") == "/cases/1?tab=2&q=ป#x"


async def test_an_open_redirect_posted_with_the_form_leads_home(browser: Browser) -> None:
    answer = await browser.sign_in("officer1.sales", target="//evil.example/desk")
    assert answer.headers["location"] == "/desk"


@pytest.mark.parametrize(
    ("roles", "page"),
    [
        (("officer",), "/desk"),
        (("unit_head", "supervisor"), "/alerts"),
        (("executive",), "/alerts"),
        (("administrator",), "/admin"),
        (("auditor",), "/reports"),
    ],
)
def test_everybody_starts_where_their_work_is(roles: tuple[str, ...], page: str) -> None:
    assert first_page(roles) == page


async def test_a_form_without_its_token_or_with_that_of_another_browser_changes_nothing(
    browser: Browser, runtime: Runtime
) -> None:
    credentials = {"username": "officer1.sales", "password": PASSWORD}
    assert (await browser.client.post("/sign-in", data=credentials)).status_code == 403
    async with browser_of(runtime) as other:
        page = await other.get("/sign-in")
        token = re.search(r'name="_csrf" value="(\w+)"', page.text)
        assert token is not None
        await browser.get("/sign-in")
        stolen = await browser.client.post("/sign-in", data={**credentials, "_csrf": token[1]})
    assert stolen.status_code == 403
    assert "session" not in browser.client.cookies


async def test_signing_out_ends_the_session_everywhere_not_only_the_cookie(browser: Browser, runtime: Runtime) -> None:
    await browser.sign_in("administrator")
    session = browser.client.cookies["session"]
    assert (await browser.get("/admin")).status_code == 200
    assert (await browser.post("/sign-out")).headers["location"] == "/sign-in?done=signed-out"
    assert "session" not in browser.client.cookies
    async with browser_of(runtime) as thief:
        thief.client.cookies.set("session", session)
        assert (await thief.get("/admin")).status_code == 303


async def test_whoever_is_signed_in_is_not_asked_again(browser: Browser) -> None:
    await browser.sign_in("officer1.sales")
    assert (await browser.get("/sign-in", next="/reports")).headers["location"] == "/reports"
