"""Every page, for whom it is: both widths, both languages, light and dark, and nothing wrong on any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import polib
import pytest
from playwright.sync_api import Page

from services.intake.survey_pass import survey_pass
from services.kit.data_folder import DataFolder
from services.kit.paths import deploy_dir
from services.kit.tokens import form_token
from tests.browser.conftest import Office, Open
from tests.browser.visitor import DESK, PHONE, Lang, Theme, Visitor
from tests.journeys.system import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.timeout(240)]

ANYBODY = ""
LATE, FRESH, DECIDED = "{late}", "{fresh}", "{decided}"
PAGES = (
    (ANYBODY, "/"),
    (ANYBODY, "/p/ban_wat_chan"),
    (ANYBODY, "/p/ban_wat_chan/poster"),
    (ANYBODY, "/embed"),
    (ANYBODY, "/track"),
    (ANYBODY, "/track/code"),
    (ANYBODY, "{survey}"),
    (ANYBODY, "/survey/over"),
    (ANYBODY, "/charter"),
    (ANYBODY, "/policy"),
    (ANYBODY, "/sign-in"),
    ("centre", "/desk?view=open"),
    ("centre", "/desk/new"),
    ("centre", "/desk/phone"),
    ("centre", "/desk/letter"),
    ("centre", "/desk/walk-in"),
    ("centre", "/desk/call-backs"),
    ("centre", "/desk/call-backs?view=done"),
    ("centre", f"/cases/{LATE}"),
    ("approver.operations", f"/cases/{DECIDED}"),
    ("{owner}", f"/cases/{FRESH}"),
    ("{owner}", f"/cases/{FRESH}?say=note"),
    ("{owner}", f"/cases/{FRESH}/alike"),
    ("{owner}", f"/cases/{FRESH}/acts/link"),
    ("{owner}", "/mentions"),
    ("{owner}", f"/cases/{FRESH}/steps/investigating"),
    ("{owner}", f"/contact/{FRESH}"),
    ("privacy", "/admin/data-requests"),
    ("privacy", "/admin/data-requests/new"),
    ("privacy", "{request}"),
    ("centre", f"/person/{DECIDED}"),
    ("{owner}", f"/messages/{FRESH}"),
    ("centre", f"/messages/{DECIDED}"),
    ("{owner}", f"/files/case/{FRESH}"),
    ("centre", f"/letters/{DECIDED}"),
    ("head.operations", "/alerts"),
    ("head.fio", "/reports"),
    ("head.fio", "/reports/cases?kpi=8"),
    ("centre", "/recovery"),
    ("centre", "/recovery/{recovery}"),
    ("centre", "/recovery/new"),
    ("centre", "/account"),
    ("centre", "/account/line"),
    ("administrator", "/admin"),
    ("administrator", "/admin/staff"),
    ("administrator", "/admin/staff/new"),
    ("administrator", "/admin/staff/member/centre"),
    ("administrator", "/admin/policy"),
    ("administrator", "/admin/audit"),
    ("administrator", "/admin/parked"),
    ("administrator", "/admin/channels"),
    ("administrator", "/admin/posters"),
    ("administrator", "/admin/templates"),
)

WORDS = """() => {
  const found = [];
  const skip = 'script, style, code, pre, kbd, [lang=en], select option[value=en], .no-words';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.data.trim().replace(/\\s+/g, ' ');
    if (text && !walk.currentNode.parentElement.closest(skip)) found.push(text);
  }
  for (const e of document.querySelectorAll('[aria-label],[title],[placeholder],[alt]'))
    if (!e.closest(skip)) for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      if (e.getAttribute(name)) found.push(e.getAttribute(name).trim());
  return found.concat(document.title);
}"""
"""Every text a reader meets: what is written, and the names that a screen reader says."""

ENGLISH = re.compile(r"\b[a-z]{3,} [a-z]{2,}\b")


@cache
def sources() -> frozenset[str]:
    """Every English source of the catalogues whose Thai is something else."""
    files = (ROOT / "services").glob("*/locale/th.po")
    entries = [entry for file in files for entry in polib.pofile(str(file))]
    return frozenset(entry.msgid for entry in entries if entry.msgstr != entry.msgid and len(entry.msgid) > 3)


@cache
def data() -> str:
    """What the policy itself says; not ours to translate."""
    return (deploy_dir() / "policies" / "fio.yaml").read_text(encoding="utf-8")


def left_in_english(texts: Iterable[str]) -> list[str]:
    """What stands untranslated: a source of the catalogue as it is, or words of running English."""
    return [text for text in texts if text in sources() or (ENGLISH.search(text) and text not in data())]


def filled(path: str, office: Office) -> str:
    """The address, with the cases of the office in it."""
    if path == "{survey}":
        case = UUID(office.system.case(office.decided["tracking_number"])["id"])
        return f"/survey/{survey_pass(DataFolder(office.system.data).secret_key(), case, 0, datetime.now(UTC))}"
    if "{recovery}" in path:
        with office.system.client("auditor") as auditor:
            items = auditor.get("/api/v1/recoveries").json()["items"]
        late = office.late["tracking_number"]
        path = path.format(recovery=next(item["number"] for item in items if item["tracking_number"] == late))
    if path == "{request}":
        return data_request(office)
    for name in ("late", "fresh", "decided"):
        path = path.replace(f"{{{name}}}", getattr(office, name)["tracking_number"])
    return path


def data_request(office: Office) -> str:
    """The address of a request about the data of the complainant whose case was decided."""
    with office.system.client("privacy") as privacy:
        secret = DataFolder(office.system.data).secret_key()
        privacy.headers.update({"cookie": "browser=b", "x-csrf-token": form_token(secret, "b")})
        asked = {"kind": "erase", "contact": "0812345678", "verified": "ดูบัตรประจำตัว", "wish": "ขอให้ลบ"}
        answer = privacy.post("/admin/data-requests/new", data=asked)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def wrong_with(visitor: Visitor, lang: Lang, looks: Iterable[tuple[int, Theme]], *, axe: bool = True) -> list[str]:
    """What is wrong with the page that is open, in some widths and themes; with `axe` also what hinders access."""
    wrong = []
    page: Page = visitor.page
    if page.locator("html").get_attribute("lang") != lang:
        wrong.append(f"the page does not say that it is in {lang}")
    if lang == "th":
        wrong += [f"English left: {text!r}" for text in left_in_english(page.evaluate(WORDS))]
    for width, theme in looks:
        visitor.look(width, theme)
        if (spilt := visitor.spills()) > 0:
            wrong.append(f"{spilt} px wider than {width}")
        if axe:
            wrong += [f"{width} {theme}: {finding}" for finding in visitor.axe()]
    return wrong


# Half of the pages are light when wide and dark when narrow, half the other way round: colours are the same everywhere.
LOOKS: tuple[tuple[tuple[int, Theme], ...], ...] = (
    ((DESK, "light"), (PHONE, "dark")),
    ((DESK, "dark"), (PHONE, "light")),
)


@pytest.mark.parametrize(("who", "path"), PAGES, ids=[f"{who or 'anybody'} {path}" for who, path in PAGES])
def test_a_page_is_whole_at_both_widths_in_both_languages_light_and_dark(
    who: str, path: str, window: Open, office: Office
) -> None:
    visitor = window()
    if who:
        office.sign_in(visitor, office.owner_of(office.fresh) if who == "{owner}" else who)
    address = filled(path, office)
    visitor.speak("th", "light")
    assert visitor.go(address).status == 200
    half = PAGES.index((who, path)) % 2
    wrong = wrong_with(visitor, "th", LOOKS[half])
    visitor.speak("en", "dark")
    assert visitor.go(address).status == 200
    wrong += wrong_with(visitor, "en", LOOKS[1 - half], axe=False)
    assert wrong == []


@pytest.mark.parametrize(("who", "path"), [(ANYBODY, "/nothing"), ("officer1.south", f"/cases/{LATE}")])
def test_an_error_page_is_as_whole_as_the_others(who: str, path: str, window: Open, office: Office) -> None:
    visitor = window(expected=[404])
    if who:
        office.sign_in(visitor, who)
    assert visitor.go(filled(path, office)).status == 404
    assert wrong_with(visitor, "th", ((DESK, "light"), (PHONE, "dark"))) == []


def test_pages_of_managers_and_administrators_are_not_for_everybody(window: Open, office: Office) -> None:
    visitor = window(expected=[403])
    office.sign_in(visitor, "officer1.south")
    for path in ("/admin", "/admin/staff", "/admin/parked"):
        assert visitor.go(path).status == 403, path
        assert visitor.page.locator(".trouble h1").inner_text()


def test_a_receipt_and_a_decided_case_are_whole(window: Open, office: Office) -> None:
    visitor = window()
    visitor.go(f"/track/{office.decided['tracking_number']}#{office.decided['tracking_secret']}")
    visitor.page.locator("ol.track").wait_for()
    assert wrong_with(visitor, "th", ((PHONE, "light"), (DESK, "dark"))) == []
    visitor.go(f"/track/{office.late['tracking_number']}#{office.late['tracking_secret']}")
    visitor.page.locator(".sorry").wait_for()
    assert wrong_with(visitor, "th", ((PHONE, "light"), (DESK, "dark"))) == []


def test_the_theme_follows_the_device_until_somebody_chooses(window: Open, office: Office) -> None:
    visitor = window()
    visitor.context.clear_cookies()
    visitor.page.emulate_media(color_scheme="dark")
    visitor.go("/charter")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = visitor.page.evaluate(ground)
    visitor.page.emulate_media(color_scheme="light")
    light = visitor.page.evaluate(ground)
    assert dark != light
    visitor.go("/charter?theme=dark")
    visitor.go("/charter")
    assert visitor.page.evaluate(ground) == dark
