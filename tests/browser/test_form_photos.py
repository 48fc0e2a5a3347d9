"""A citizen sends a photo with the form on a phone, in Thai; the officer sees it on the case."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Office, Open
from tests.browser.visitor import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(300)]

STORY = "ราวบันไดบ้านพักหลังที่ 7 หัก ส่งภาพมาให้ดูด้วย"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo as a telephone takes it."""
    path = tmp_path_factory.mktemp("photo") / "ราวบันได.jpg"
    out = io.BytesIO()
    Image.radial_gradient("L").resize((1600, 1200)).convert("RGB").save(out, "JPEG", quality=90)
    path.write_bytes(out.getvalue())
    return path


def go_on(page: Page) -> None:
    page.locator(".foot .btn.pri").click()


def to_story(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("[name=service_point]").select_option("ban_wat_chan")
    go_on(page)
    page.locator("[name=narrative]").fill(STORY)


def finish(page: Page) -> str:
    go_on(page)
    page.locator("[name=identity][value=anonymous]").check()
    go_on(page)
    expect(page.locator(".review .shot")).to_have_count(1)
    go_on(page)
    return page.locator(".bigno").inner_text()


def test_a_photo_is_sent_at_once_with_its_progress_and_reaches_the_officer(
    window: Open, office: Office, photo: Path
) -> None:
    phone = window(width=PHONE)
    page = phone.page
    to_story(page, office.system.address)
    page.locator(".shot.add:not(.camera) input").set_input_files(photo)
    kept = page.locator(".shot[data-kept] img")
    expect(kept).to_be_visible()
    expect(page.locator(".shot .x")).to_have_accessible_name(re.compile("ราวบันได"))
    assert phone.spills() <= 0
    assert phone.axe() == []
    number = finish(page)
    page.locator(".stack .btn.pri").click()
    expect(page.locator(".attached img")).to_be_visible()
    assert phone.spills() <= 0
    desk = window(width=DESK)
    office.sign_in(desk, "centre")
    desk.go(f"/cases/{number}")
    frame = desk.page.frame_locator("#files .files-frame")
    expect(frame.locator(".evidence img")).to_be_visible()
    expect(frame.locator(".evidence")).to_contain_text("ราวบันได.jpg")


def test_a_photo_goes_with_the_form_without_scripts(window: Open, office: Office, photo: Path) -> None:
    phone = window(width=PHONE, scripts=False)
    page = phone.page
    to_story(page, office.system.address)
    page.locator(".shot.add:not(.camera) input").set_input_files(photo)
    number = finish(page)
    with office.system.client("centre") as centre:
        files = centre.get(f"/api/v1/cases/{number}/files").json()["files"]
    assert [file["media_type"] for file in files] == ["image/jpeg"]


def test_a_page_that_pretends_to_be_a_photo_is_named_and_nothing_is_lost(
    window: Open, office: Office, tmp_path: Path
) -> None:
    bad = tmp_path / "ภาพ.jpg"
    bad.write_text("<html><script>alert(1)</script>", encoding="utf-8")
    phone = window(width=PHONE, expected=[422])
    page = phone.page
    to_story(page, office.system.address)
    page.locator(".shot.add:not(.camera) input").set_input_files(bad)
    expect(page.locator("[data-upload-wrong] li")).to_contain_text("ภาพ.jpg")
    expect(page.locator("[name=narrative]")).to_have_value(STORY)
    expect(page.locator(".shot[data-kept]")).to_have_count(0)


@pytest.fixture
def other_site(office: Office) -> Iterator[str]:
    """A page of another site that shows the form by its one line."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            line = f'<script src="{office.system.address}/embed/frame.js" data-place="ban_wat_chan" async></script>'
            self.wfile.write(f"<!doctype html><title>เว็บอื่น</title><h1>เว็บอื่น</h1>{line}".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_form_on_another_site_is_as_high_as_it_needs_and_ends_with_its_receipt(
    browser: Browser, other_site: str, photo: Path
) -> None:
    page = browser.new_context(viewport={"width": PHONE, "height": 844}).new_page()
    page.goto(other_site)
    form = page.frame_locator("iframe")
    form.locator("[name=narrative]").fill(STORY)
    expect(page.locator("iframe")).to_have_attribute("style", re.compile(r"height: \d{3,4}px"))
    form.locator(".shot.add:not(.camera) input").set_input_files(photo)
    expect(form.locator(".shot[data-kept] img")).to_be_visible()
    form.locator(".foot .btn.pri").click()
    form.locator("[name=identity][value=anonymous]").check()
    form.locator(".foot .btn.pri").click()
    expect(form.locator(".review .shot img")).to_be_visible()
    form.locator(".foot .btn.pri").click()
    expect(form.locator(".bigno")).to_be_visible()
    page.context.close()
