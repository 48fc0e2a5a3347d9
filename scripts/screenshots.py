"""Pictures of every page, as a person sees it: both widths, Thai and English, light and dark.

`python scripts/screenshots.py` (`make screenshots`) makes a demonstration of its own in `--data`, leads a few cases to
the standings that a page can show, and writes one PNG a page and look into `--to`. With `--port` it looks at a system
that is already running on that data folder. All pages are taken in Thai and light at both widths; every third one in
English and dark as well. With `--axe` it also prints what axe finds against WCAG A and AA.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, sync_playwright

from services.intake.survey_pass import survey_pass
from services.kit.data_folder import DataFolder
from tests.browser.conftest import Office, Receipt, by_phone, named
from tests.browser.visitor import DESK, PHONE, Lang, Theme, Visitor, launch, visit
from tests.intake.messages.conftest import MailServer
from tests.journeys.system import ROOT, Running, until

ANYBODY = ""
PLAIN: tuple[tuple[int, Lang, Theme], ...] = ((PHONE, "th", "light"), (DESK, "th", "light"))
OTHER: tuple[tuple[int, Lang, Theme], ...] = ((PHONE, "en", "dark"), (DESK, "en", "dark"))
PAGES = (
    (ANYBODY, "form", "/"),
    (ANYBODY, "form-of-a-place", "/p/ban_wat_chan"),
    (ANYBODY, "poster", "/p/ban_wat_chan/poster"),
    (ANYBODY, "embed", "/embed"),
    (ANYBODY, "charter", "/charter"),
    (ANYBODY, "policy", "/policy"),
    (ANYBODY, "track", "/track"),
    (ANYBODY, "track-code", "/track/code"),
    (ANYBODY, "sign-in", "/sign-in"),
    (ANYBODY, "not-found", "/nothing"),
    (ANYBODY, "survey", "{survey}"),
    (ANYBODY, "survey-over", "/survey/over"),
    ("centre", "desk", "/desk?view=open"),
    ("centre", "desk-filtered", "/desk?view=open&channel=web"),
    ("officer2.fio", "desk-empty", "/desk?view=mine"),
    ("centre", "desk-new", "/desk/new"),
    ("centre", "phone", "/desk/phone"),
    ("centre", "letter-in", "/desk/letter"),
    ("centre", "walk-in", "/desk/walk-in"),
    ("centre", "call-backs", "/desk/call-backs"),
    ("{owner}", "case-new", "/cases/{fresh}"),
    ("{owner}", "case-step", "/cases/{fresh}/steps/investigating"),
    ("{owner}", "case-reply", "/cases/{fresh}?say=reply"),
    ("{owner}", "case-note", "/cases/{fresh}?say=note"),
    ("{owner}", "case-finding", "/cases/{fresh}/acts/finding"),
    ("{owner}", "case-link", "/cases/{fresh}/acts/link"),
    ("centre", "case-split", "/cases/{fresh}/acts/split"),
    ("{owner}", "case-alike", "/cases/{fresh}/alike"),
    ("{owner}", "mentions", "/mentions"),
    ("centre", "case-late", "/cases/{late}"),
    ("approver.operations", "case-decided", "/cases/{decided}"),
    ("centre", "case-closed", "/cases/{closed}"),
    ("{owner}", "messages", "/messages/{id:fresh}"),
    ("centre", "messages-decided", "/messages/{id:decided}"),
    ("{owner}", "files", "/files/case/{id:fresh}"),
    ("{owner}", "contact", "/contact/{fresh}"),
    ("centre", "person", "/person/{decided}"),
    ("privacy", "data-requests", "/admin/data-requests"),
    ("privacy", "data-requests-new", "/admin/data-requests/new"),
    ("centre", "letter", "/letters/{id:decided}"),
    ("head.operations", "alerts", "/alerts"),
    ("head.fio", "reports", "/reports"),
    ("head.fio", "reports-cases", "/reports/cases?kpi=8"),
    ("centre", "recovery", "/recovery"),
    ("centre", "recovery-case", "/recovery/{recovery}"),
    ("centre", "recovery-new", "/recovery/new"),
    ("centre", "account", "/account"),
    ("centre", "account-line", "/account/line"),
    ("officer1.operations", "account-leave", "/account/leave/officer1.operations"),
    ("head.operations", "account-people", "/account/people"),
    ("head.operations", "desk-load", "/desk/load"),
    ("head.operations", "desk-load-officer", "/desk/load/officer1.operations"),
    ("administrator", "admin", "/admin"),
    ("administrator", "admin-policy", "/admin/policy"),
    ("administrator", "admin-staff", "/admin/staff"),
    ("administrator", "admin-staff-new", "/admin/staff/new"),
    ("administrator", "admin-staff-import", "/admin/staff/import"),
    ("administrator", "admin-staff-member", "/admin/staff/member/centre"),
    ("administrator", "admin-parked", "/admin/parked"),
    ("administrator", "admin-parked-intake", "/admin/parked/intake"),
    ("administrator", "admin-channels", "/admin/channels"),
    ("administrator", "admin-posters", "/admin/posters"),
    ("administrator", "admin-templates", "/admin/templates"),
    ("administrator", "admin-audit", "/admin/audit"),
    ("officer1.operations", "forbidden", "/admin"),
)


def main() -> int:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "screenshots", help="the demonstration")
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "screenshots", help="where the pictures go")
    parser.add_argument("--port", type=int, help="a system that already runs on the data folder")
    parser.add_argument("--only", default="", help="pages whose name matches this expression")
    parser.add_argument("--axe", action="store_true", help="also print what axe finds")
    chosen = parser.parse_args()
    chosen.to.mkdir(parents=True, exist_ok=True)
    system = Running(chosen.data.resolve())
    if chosen.port:
        system.port = chosen.port
    else:
        made_ready(system)
    try:
        album = Album(system, chosen.to, re.compile(chosen.only), chosen.axe)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            album.take(browser)
            browser.close()
    finally:
        if system.process and system.process.poll() is None:
            system.stop()
    print(f"{album.taken} pictures are in {chosen.to}; {len(album.findings)} things to mend")
    print("\n".join(album.findings))
    return 1 if album.findings else 0


def made_ready(system: Running) -> None:
    """The demonstration, made once, and started."""
    if not (system.data / "demo.json").exists():
        command = [sys.executable, "-m", "services", "demo", "--cases", "100", "--data", str(system.data)]
        subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    system.start()


@dataclass
class Album:
    """The pictures of one system. `findings` collects what is wrong on them."""

    system: Running
    folder: Path
    only: re.Pattern[str]
    with_axe: bool
    taken: int = 0
    findings: list[str] = field(default_factory=list)

    def take(self, browser: Browser) -> None:
        """Take every picture."""
        cases = Standings.of(self.system)
        office = Office(self.system, cases.fresh, cases.late, cases.decided, MailServer())
        owner = office.owner_of(cases.fresh)
        for turn, (who, name, path) in enumerate(PAGES):
            if not self.only.search(name):
                continue
            with Window(browser, self.system.address) as visitor:
                if who:
                    office.sign_in(visitor, owner if who == "{owner}" else who)
                for width, lang, theme in PLAIN + (OTHER if turn % 3 == 0 else ()):
                    visitor.speak(lang, theme)
                    visitor.go(cases.filled(path))
                    self.picture(visitor, name, width, lang, theme)
        if self.only.search("track-case"):
            self._follow(browser, cases)
        if self.only.search("form-steps"):
            self._file(browser)

    def _follow(self, browser: Browser, cases: Standings) -> None:
        for name in ("fresh", "late", "decided", "closed"):
            receipt: Receipt = getattr(cases, name)
            with Window(browser, self.system.address) as visitor:
                visitor.go(f"/track/{receipt['tracking_number']}#{receipt['tracking_secret']}")
                visitor.page.locator("ol.track").wait_for()
                for width, lang, theme in PLAIN + (OTHER if name == "closed" else ()):
                    visitor.speak(lang, theme)
                    visitor.go(f"/track/{receipt['tracking_number']}")
                    self.picture(visitor, f"track-case-{name}", width, lang, theme)

    def _file(self, browser: Browser) -> None:
        photo = self.folder / "photo.jpg"
        painted().save(photo, "JPEG")
        with Window(browser, self.system.address) as visitor:
            page = visitor.page
            visitor.go("/p/ban_wat_chan")
            for number in range(1, 6):
                if page.locator("textarea[name=narrative]").is_visible():
                    page.locator("[name=narrative]").fill("เข้าพักคืนวันที่ 19 พ.ย. บ้านหลังที่ 7 น้ำไม่ไหลตั้งแต่สองทุ่ม อยากให้ซ่อม")
                    page.locator(".shot.add:not(.camera) input").set_input_files(photo)
                    page.locator(".shot[data-kept] img").wait_for()
                self.both(visitor, f"form-step-{number}")
                if page.locator("[name=identity]").first.is_visible():
                    page.locator("[name=identity][value=anonymous]").check()
                if page.locator("[name=consent]").count():
                    page.locator("[name=consent]").check()
                page.locator(".foot .btn.pri").click()
                if page.url.endswith("/receipt"):
                    break
            self.both(visitor, "receipt")
        photo.unlink()

    def both(self, visitor: Visitor, name: str) -> None:
        """The page that is open, at both widths."""
        for width, lang, theme in PLAIN:
            self.picture(visitor, name, width, lang, theme)

    def picture(self, visitor: Visitor, name: str, width: int, lang: Lang, theme: Theme) -> None:
        """One picture of the page that is open; what spills over its window, or axe finds, is noted."""
        visitor.look(width, theme)
        label = f"{name}-{width}-{lang}-{theme}"
        visitor.page.screenshot(path=self.folder / f"{label}.png", full_page=True)
        self.taken += 1
        if (spilt := visitor.spills()) > 0:
            self.findings.append(f"{label}: {spilt} px wider than the window")
        if (filled := visitor.page.locator("main .btn.pri:visible, .foot .btn.pri:visible").count()) > 1:
            self.findings.append(f"{label}: {filled} filled buttons")
        if self.with_axe:
            self.findings += [f"{label}: {finding}" for finding in visitor.axe()]


@dataclass
class Standings:
    """A case in each standing, and the addresses that only one case has."""

    system: Running
    fresh: Receipt
    late: Receipt
    decided: Receipt
    closed: Receipt

    @classmethod
    def of(cls, system: Running) -> Standings:
        """File them and lead them there."""
        place = {"category": "lodging_not_ready", "service_point": "ban_wat_chan"}
        fresh = system.file(**place, narrative="บ้านหลังที่ 7 น้ำไม่ไหลตั้งแต่สองทุ่ม อยากให้ซ่อมก่อนคนอื่นมาพัก", **named())
        late = by_phone(system, 60, **place, narrative="จองบ้านพักแล้วไม่มีห้อง ขอคืนเงินมัดจำ 2,400 บาท", **named())
        decided, closed = (system.file(**place, narrative="น้ำอุ่นไม่ทำงานทั้งคืน ขอให้ซ่อม", **named()) for _ in range(2))
        office = Office(system, fresh, late, decided, MailServer())
        office.decide(decided)
        office.decide(closed)
        system.act(closed, "accept")
        number = closed["tracking_number"]
        case = system.in_state(number, "implementing")
        with system.client(
            str(case["owner"]["username"] if isinstance(case["owner"], dict) else case["owner"])
        ) as staff:
            for task in case.get("tasks", []):
                staff.post(f"/api/v1/cases/{case['id']}/tasks/{task['id']}", json={"status": "done"})
        system.step(f"approver.{str(case['unit']).replace('_', '-')}", number, "closed", proof="โทรยืนยันกับผู้ร้องแล้ว")
        with system.client("auditor") as auditor:
            until("a recovery", lambda: late["tracking_number"] in auditor.get("/api/v1/recoveries").text)
        return cls(system, fresh, late, decided, closed)

    def filled(self, path: str) -> str:
        """The address, with these cases in it."""
        if path == "{survey}":
            secret = DataFolder(self.system.data).secret_key()
            return f"/survey/{survey_pass(secret, UUID(self._id(self.closed)), 0, datetime.now(UTC))}"
        if "{recovery}" in path:
            with self.system.client("auditor") as auditor:
                items = auditor.get("/api/v1/recoveries").json()["items"]
            late = self.late["tracking_number"]
            path = path.replace("{recovery}", next(i["number"] for i in items if i["tracking_number"] == late))
        for name in ("fresh", "late", "decided", "closed"):
            if f"{{id:{name}}}" in path:
                path = path.replace(f"{{id:{name}}}", self._id(getattr(self, name)))
            path = path.replace(f"{{{name}}}", getattr(self, name)["tracking_number"])
        return path

    def _id(self, receipt: Receipt) -> str:
        return str(self.system.case(receipt["tracking_number"])["id"])


class Window:
    """A window for the length of a `with`."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.visitor = visit(browser, address)

    def __enter__(self) -> Visitor:
        return self.visitor

    def __exit__(self, *_: object) -> None:
        self.visitor.close()


def painted() -> Image.Image:
    """A house by the wood, to stand for a photo."""
    image = Image.new("RGB", (1200, 900), "#c9d8de")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 620), (400, 260), (760, 620)], fill="#7f9c8b")
    draw.rectangle((0, 600, 1200, 900), fill="#5d7f4f")
    draw.polygon([(480, 720), (680, 360), (880, 720)], fill="#6b4a35")
    return image


if __name__ == "__main__":
    raise SystemExit(main())
