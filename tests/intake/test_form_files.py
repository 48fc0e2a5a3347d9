"""The public form with files, its spam defence, its embedded form, and what becomes of a crash."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.intake.form_defence import Defence, judge, stamp, work_fits
from services.intake.public_form import answers_in
from services.intake.reconcile import reconcile
from services.intake.send_form import SentForm, note_arrival
from services.kit.database import Database
from services.kit.settings import Settings
from services.kit.tokens import keyed_digest
from tests.intake.conftest import NOW, SECRET, Clock, add_staff
from tests.intake.files.samples import PAGE, PDF, photo
from tests.intake.test_pages import NARRATIVE, Browser, Form, number_in

Files = list[tuple[str, tuple[str, bytes, str]]]


@pytest.fixture
async def browser(client: httpx.AsyncClient, runtime: Runtime) -> Browser:
    await runtime.prepare()
    return Browser(client)


async def send(browser: Browser, files: Files | None = None, **typed: str) -> httpx.Response:
    """Press a button of the step, with files."""
    fields = {name: value for name, value in Form(browser.page.text).fields.items() if name not in ("q", "files")}
    browser.page = await browser.client.post(
        "/", data={**fields, **typed}, files=files or [("files", ("", b"", "application/octet-stream"))],
        follow_redirects=True,
    )  # fmt: skip
    return browser.page


def upload(name: str, content: bytes) -> tuple[str, tuple[str, bytes, str]]:
    return "files", (name, content, "image/jpeg")


async def to_last_step(browser: Browser, files: Files | None = None) -> httpx.Response:
    await browser.open("/")
    await send(browser, go="next")
    await send(browser, files, go="next", narrative=NARRATIVE)
    return await send(browser, go="next", identity="anonymous")


async def rows(database: Database) -> list[Any]:
    return await database.read("select * from intake.stored_file order by at, id")


async def test_files_chosen_without_scripts_go_with_the_complaint(browser: Browser, database: Database) -> None:
    last = await to_last_step(browser, [upload("a.jpg", photo(90, 60)), upload("b.pdf", PDF)])
    assert "b.pdf" in last.text
    small = re.search(r'src="(/draft/[^"]+/small)"', last.text)
    assert small is not None
    assert (await browser.client.get(small[1])).headers["content-type"] == "image/jpeg"
    page = await send(browser, go="send")
    number = number_in(page.text)
    (complaint,) = await database.read("select id from intake.complaint")
    assert [(f["case_id"], f["state"], f["draft"]) for f in await rows(database)] == [
        (complaint["id"], "kept", None)
    ] * 2
    arrival = (await database.read("select * from intake.arrival"))[0]
    assert (arrival["channel"], arrival["state"], arrival["case_id"]) == ("web", "registered", complaint["id"])
    assert not await database.read("select 1 from intake.web_draft")
    assert number


async def test_a_file_that_is_refused_is_named_and_the_others_are_kept(browser: Browser, database: Database) -> None:
    await browser.open("/")
    await send(browser, go="next")
    page = await send(
        browser, [upload("page.jpg", PAGE), upload("good.jpg", photo(40, 40))], go="next", narrative=NARRATIVE
    )
    assert page.status_code == 422
    assert "page.jpg" in page.text
    assert Form(page.text).fields["narrative"] == NARRATIVE
    assert [file["name"] for file in await rows(database)] == ["good.jpg"]
    drop = re.search(r'value="(drop:[0-9a-f-]+)"', page.text)
    assert drop is not None
    assert "good.jpg" not in (await send(browser, go=drop[1])).text


async def test_no_other_browser_sees_the_files_of_a_draft(browser: Browser, runtime: Runtime) -> None:
    last = await to_last_step(browser, [upload("a.jpg", photo(40, 40))])
    small = re.search(r'src="(/draft/[^"]+/small)"', last.text)
    assert small is not None
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as other:
        await other.get("/")
        assert (await other.get(small[1])).status_code == 404


async def test_the_script_sends_each_file_by_itself_and_too_many_are_refused(
    browser: Browser, database: Database
) -> None:
    await browser.open("/")
    page = await send(browser, go="next")
    fields = Form(page.text).fields
    headers = {"x-csrf-token": fields["_csrf"], "accept": "application/json"}
    address = f"/draft/{fields['once']}/files"
    for n in range(10):
        answer = await browser.client.post(address, files=[upload(f"{n}.pdf", PDF + b"%%%d" % n)], headers=headers)
        assert answer.status_code == 201, answer.text
    again = await browser.client.post(address, files=[upload("11.pdf", PDF)], headers=headers)
    assert again.status_code == 413
    assert again.json()["detail"]
    first = (await rows(database))[0]["id"]
    assert (await browser.client.post(f"{address}/{first}/drop", headers=headers)).status_code == 204
    assert (await browser.client.post(address, files=[upload("x.pdf", PDF)], headers=headers)).status_code == 201
    without = await browser.client.post(address, files=[upload("x.pdf", PDF)], headers={"accept": "application/json"})
    assert without.status_code == 403


async def test_a_body_over_the_limit_is_413_and_only_forms_with_files_may_be_larger(browser: Browser) -> None:
    large = b"%PDF-" + bytes(3_000_000)
    last = await to_last_step(browser, [upload("large.pdf", large)])
    assert "large.pdf" in last.text
    plain = await browser.client.post("/", data={"narrative": "x" * 3_000_000})
    assert plain.status_code == 413
    huge = await browser.client.post("/", files=[upload("huge.pdf", bytes(81_000_000))])
    assert huge.status_code == 413


async def test_an_impatient_thumb_makes_one_complaint(browser: Browser, database: Database) -> None:
    last = await to_last_step(browser, [upload("a.jpg", photo(40, 40))])
    data = {k: v for k, v in Form(last.text).fields.items() if k != "q"} | {"go": "send"}
    answers = [await browser.client.post("/", data=data) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(await database.read("select 1 from intake.complaint")) == 1
    assert len(await database.read("select 1 from intake.arrival")) == 1
    assert len(await rows(database)) == 1


async def test_a_crash_between_arrival_and_commit_is_taken_up_again(
    browser: Browser, runtime: Runtime, database: Database, clock: Clock
) -> None:
    """The process dies after the arrival is committed and before anything is made of it."""
    last = await to_last_step(browser, [upload("a.jpg", photo(40, 40))])
    context = runtime.contexts["intake"]
    fields = Form(last.text).fields
    key = keyed_digest(SECRET, "draft", f"{browser.client.cookies['browser']}:{fields['once']}")
    await note_arrival(context, SentForm(fields["once"], key, answers_in(fields), "th"))
    assert not await database.read("select 1 from intake.complaint")
    sealed = (await database.read("select sealed from intake.web_draft"))[0]["sealed"]
    assert NARRATIVE.encode() not in sealed
    assert await reconcile(context, clock.now) == 0, "whoever noted it is still given a moment"
    assert not await database.read("select 1 from intake.complaint")
    clock.move(minutes=2)
    assert await reconcile(context, clock.now) == 0
    (complaint,) = await database.read("select * from intake.complaint")
    assert (complaint["narrative"], complaint["channel"]) == (NARRATIVE, "web")
    assert [file["case_id"] for file in await rows(database)] == [complaint["id"]]
    # The complainant presses the button again: the same complaint, the same receipt.
    page = await send(browser, go="send")
    assert number_in(page.text) == complaint["tracking_number"]
    assert len(await database.read("select 1 from intake.complaint")) == 1


async def test_what_is_missing_for_five_minutes_raises_the_alarm_and_is_registered_by_the_button(
    client: httpx.AsyncClient, runtime: Runtime, database: Database, clock: Clock
) -> None:
    context = runtime.contexts["intake"]
    await runtime.prepare()
    # A channel whose own way fails for now: nothing takes it up by itself.
    await database.statement(
        "insert into intake.arrival (channel, source_id, arrived_at, updated_at) values ('post', 'letter 1', $1, $1)",
        NOW,
    )
    clock.move(minutes=4)
    assert await reconcile(context, clock.now) == 0
    clock.move(minutes=2)
    assert await reconcile(context, clock.now) == 1
    _, token = await add_staff(runtime, "admin", "head", "administrator")
    staff = {"authorization": f"Bearer {token}"}
    told = (await client.get("/api/v1/channels", headers=staff)).json()["channels"]
    assert [(c["channel"], c["arrived"], c["registered"], c["missing"]) for c in told] == [("post", 1, 0, 1)]
    page = await client.get("/admin/channels", headers=staff)
    assert "letter 1" in page.text
    metrics = (await client.get("/metrics")).text
    assert 'redress_arrivals_missing{channel="post"} 1.0' in metrics
    form = {"channel": "post", "source_id": "letter 1", "what": "aside", "reason": "typed in twice"}
    form["_csrf"] = Form(page.text).fields["_csrf"]
    answer = await client.post("/admin/channels", data=form, headers=staff)
    assert answer.status_code == 303, answer.text
    assert await reconcile(context, clock.now) == 0


async def test_register_now_files_what_is_missing(
    browser: Browser, runtime: Runtime, database: Database, client: httpx.AsyncClient
) -> None:
    await browser.open("/")
    answers = answers_in({"narrative": NARRATIVE, "identity": "anonymous"})
    await note_arrival(runtime.contexts["intake"], SentForm("form-number-1", b"draft", answers, "th"))
    _, token = await add_staff(runtime, "centre", "head", "centre")
    staff = {"authorization": f"Bearer {token}"}
    page = await client.get("/admin/channels", headers=staff)
    form = {"channel": "web", "source_id": "form-number-1", "what": "register"}
    form["_csrf"] = Form(page.text).fields["_csrf"]
    assert (await client.post("/admin/channels", data=form, headers=staff)).status_code == 303
    assert (await client.post("/admin/channels", data=form, headers=staff)).status_code == 303
    assert len(await database.read("select 1 from intake.complaint")) == 1


def guarded(database: Database, clock: Clock, tmp_path: Any, **options: str) -> httpx.AsyncClient:
    """A client of an intake with settings of its own."""
    runtime = build(Settings(data=tmp_path, secret=SECRET, options=options), database, ("intake",), clock)
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    return httpx.AsyncClient(transport=transport, base_url="http://redress.test")


async def test_a_form_sent_at_once_is_asked_for_again_and_keeps_everything(
    browser: Browser, database: Database, clock: Clock, tmp_path: Any
) -> None:
    async with guarded(database, clock, tmp_path, REDRESS_FORM_SECONDS="3") as client:
        hasty = Browser(client)
        await to_last_step(hasty)
        page = await send(hasty, go="send")
        assert page.status_code == 422
        assert Form(page.text).fields["narrative"] == NARRATIVE
        clock.move(seconds=4)
        assert number_in((await send(hasty, go="send")).text)


async def test_the_trap_is_emptied_and_the_form_kept(browser: Browser, database: Database) -> None:
    await to_last_step(browser)
    page = await send(browser, go="send", website="https://buy.example")
    assert page.status_code == 422
    assert Form(page.text).fields["website"] == ""
    assert not await database.read("select 1 from intake.complaint")
    assert number_in((await send(browser, go="send")).text)


async def test_too_many_from_one_address_are_told_to_wait_and_lose_nothing(
    browser: Browser, database: Database, clock: Clock, tmp_path: Any
) -> None:
    options = {"REDRESS_FORM_SECONDS": "0", "REDRESS_FORM_PER_ADDRESS": "2"}
    async with guarded(database, clock, tmp_path, **options) as client:
        busy = Browser(client)
        for _ in range(2):
            await to_last_step(busy)
            assert (await send(busy, go="send")).url.path == "/receipt"
        await to_last_step(busy)
        page = await send(busy, go="send")
        assert page.status_code == 429
        assert Form(page.text).fields["narrative"] == NARRATIVE
        clock.move(hours=1)
        assert (await send(busy, go="send")).url.path == "/receipt"


async def test_the_same_contact_may_not_flood_from_many_addresses(
    browser: Browser, database: Database, clock: Clock, tmp_path: Any
) -> None:
    options = {"REDRESS_FORM_SECONDS": "0", "REDRESS_FORM_PER_CONTACT": "1"}
    async with guarded(database, clock, tmp_path, **options) as client:
        statuses = []
        for _ in range(2):
            one = Browser(client)
            await one.open("/")
            await send(one, go="next")
            await send(one, go="next", narrative=NARRATIVE)
            await send(one, go="next", identity="named", name="สมชาย", phone="081 234 5678")
            statuses.append((await send(one, go="send")).status_code)
    assert statuses == [200, 429]


def test_work_is_asked_of_the_browser_and_waiting_stands_in_for_it() -> None:
    nonce = next(str(n) for n in range(100_000) if work_fits("once", str(n), 8))
    defence = Defence(least_seconds=0, work_bits=8, wait_seconds=20)
    opened = stamp(SECRET, "once", NOW)
    facts = {"once": "once", "trap": "", "opened": opened, "now": NOW}
    assert judge(defence, SECRET, work=nonce, **facts) is None  # type: ignore[arg-type]
    assert judge(defence, SECRET, work="", **facts) is not None  # type: ignore[arg-type]
    later = {**facts, "now": NOW.fromtimestamp(NOW.timestamp() + 21, NOW.tzinfo)}
    assert judge(defence, SECRET, work="", **later) is None  # type: ignore[arg-type]
    foreign = {**later, "opened": stamp(SECRET, "another", NOW)}
    assert judge(defence, SECRET, work="", **foreign) is not None  # type: ignore[arg-type]


# ---- the embedded form and posters


async def test_the_embedded_form_needs_no_cookie_and_shows_its_receipt(
    browser: Browser, runtime: Runtime, database: Database, clock: Clock, tmp_path: Any
) -> None:
    options = {"REDRESS_FORM_SECONDS": "0", "REDRESS_EMBED_ORIGINS": "https://www.example.go.th"}
    async with guarded(database, clock, tmp_path, **options) as client:
        page = await client.get("/embed", params={"service_point": "cabin", "lang": "en"})
        assert "frame-ancestors 'self' https://www.example.go.th" in page.headers["content-security-policy"]
        assert "frame-ancestors 'self';" not in page.headers["content-security-policy"] + ";"
        for typed in ({"go": "next", "narrative": NARRATIVE}, {"go": "next", "identity": "anonymous"}, {"go": "send"}):
            client.cookies.clear()
            fields = {k: v for k, v in Form(page.text).fields.items() if k not in ("q", "files")}
            page = await client.post("/embed", data={**fields, **typed})
            assert page.status_code == 200, page.text
        assert number_in(page.text)
        other = await client.get("/track")
        assert "frame-ancestors 'self'" in other.headers["content-security-policy"]
        assert "example.go.th" not in other.headers["content-security-policy"]
        assert 'frame.src = "http://redress.test/embed"' in (await client.get("/embed/frame.js")).text


async def test_a_poster_carries_place_code_and_address_in_both_languages(
    browser: Browser, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    page = await client.get("/p/cabin/poster")
    assert "http://redress.test/p/cabin" in page.text
    assert '<svg role="img"' in page.text
    assert "Scan here" in page.text
    assert (await client.get("/p/nowhere/poster")).status_code == 404
    _, token = await add_staff(runtime, "admin", "head", "administrator")
    listed = await client.get("/admin/posters", headers={"authorization": f"Bearer {token}"})
    assert "/p/cabin/poster" in listed.text


# ---- whatever is sent


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(["step", "go", "once", "opened", "website", "work", "narrative", "identity", "phone", "email",
                         "occurred_at", "service_point", "kind", "consent", "files"]),
        st.one_of(st.text(max_size=60), st.sampled_from(["1", "4", "send", "next", "drop:", "drop:x", "anonymous"])),
        max_size=8,
    ),
    name=st.text(max_size=40),
    content=st.binary(max_size=300),
)  # fmt: skip
async def test_whatever_is_sent_the_form_answers_and_never_breaks(
    browser: Browser, fields: dict[str, str], name: str, content: bytes
) -> None:
    page = await browser.open("/")
    given = {key: value.encode("utf-8", "ignore").decode() for key, value in fields.items()}
    file = (name.encode("utf-8", "ignore").decode() or "x", content)
    answer = await browser.client.post(
        "/", data={"_csrf": Form(page.text).fields["_csrf"], **given}, files=[("files", file)]
    )
    assert answer.status_code in (200, 303, 400, 404, 413, 422, 429), answer.text
