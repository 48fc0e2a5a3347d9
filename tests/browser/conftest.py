"""A running system with a few cases in every standing, and windows to look at it.

The browser lives as long as one file of tests: Playwright's loop must not run beside those of asynchronous tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from services.intake.phone.signature import signature_of
from tests.browser.visitor import Visitor, launch, visit
from tests.intake.messages.conftest import SENDER, MailServer
from tests.journeys.far_ends import mail_server
from tests.journeys.system import ROOT, Running, until

Receipt = dict[str, Any]

QUIET_HOURS = ', quiet: "20:00-07:00"'
PHONE_SECRET = "a secret that the switchboard shares with us"


@dataclass
class Office:
    """The system, and the cases that stand in it."""

    system: Running
    fresh: Receipt
    late: Receipt
    decided: Receipt
    mail: MailServer
    """Where its mails end up."""
    _signed_in: dict[str, StorageState] = field(default_factory=dict)

    def password(self, username: str) -> str:
        """The password of a sample log-in."""
        return next(str(p["password"]) for p in self.system.people() if p["username"] == username)

    def sign_in(self, visitor: Visitor, username: str) -> None:
        """Sign in through the page, or again with the cookies of the first time."""
        if username in self._signed_in:
            visitor.context.add_cookies([dict(c) for c in self._signed_in[username]["cookies"]])  # type: ignore[misc]
            return
        visitor.go("/sign-in")
        visitor.page.locator("[name=username]").fill(username)
        visitor.page.locator("[name=password]").fill(self.password(username))
        visitor.page.locator("form.box button[type=submit]").click()
        visitor.page.wait_for_url(lambda url: "/sign-in" not in url)
        state = visitor.context.storage_state()
        state["cookies"] = [c for c in state["cookies"] if c["name"] not in ("lang", "theme")]
        self._signed_in[username] = state

    def owner_of(self, receipt: Receipt, state: str = "assigned") -> str:
        """Who owns a case once it is in a state."""
        owner = self.system.in_state(receipt["tracking_number"], state)["owner"]
        return str(owner["username"] if isinstance(owner, dict) else owner)

    def rings(self, event: str, call: str, **fields: str) -> None:
        """The switchboard tells of a call, signed."""
        now = datetime.now(UTC)
        body = json.dumps({"event": event, "call": call, "at": now.isoformat(), **fields}).encode()
        stamp = str(int(now.timestamp()))
        headers = {"x-redress-timestamp": stamp, "x-redress-signature": signature_of(PHONE_SECRET, stamp, body)}
        answer = httpx.post(f"{self.system.address}/channels/phone/calls", content=body, headers=headers, timeout=30)
        assert answer.is_success, answer.text

    def decide(self, receipt: Receipt) -> None:
        """Lead a case to its decision: its owner proposes, an approver outside the unit decides."""
        number = receipt["tracking_number"]
        owner = self.owner_of(receipt)
        self.system.step(owner, number, "investigating", no_conflict=True)
        self.system.step(
            owner,
            number,
            "response_proposed",
            findings="ปั๊มน้ำเสียและไม่มีปั๊มสำรอง",
            cause="maintenance",
            correction="เปลี่ยนปั๊มแล้ว",
            prevention="ตรวจปั๊มทุกเดือน",
            remedy="apology",
        )
        unit = str(self.system.case(number)["approving_unit"]).replace("_", "-")
        self.system.step(
            f"approver.{unit}",
            number,
            "decision_communicated",
            reasons="ปั๊มน้ำเสียโดยไม่มีเครื่องสำรอง เป็นความบกพร่องของเรา ขออภัยและเปลี่ยนปั๊มแล้ว",
            recourse="ขอทบทวนได้ภายใน 30 วัน",
            medium="web",
        )


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The sample organisation at work: one case new, one overdue, one decided, and some more on the desks."""
    with mail_server() as mail:
        sends = {"REDRESS_SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "REDRESS_MAIL_FROM": SENDER}
        environment = {**sends, "REDRESS_PHONE_SECRET": PHONE_SECRET}
        folder = tmp_path_factory.mktemp("browser")
        system = Running(folder / "data", policy=str(wide_awake(folder)), environment=environment)
        try:
            yield Office(system.start(), *lived_in(system), mail)
        finally:
            if system.process and system.process.poll() is None:
                system.stop()


def wide_awake(folder: Path) -> Path:
    """The sample policy without its quiet hours, by its path without the ending: alerts go out whatever the hour."""
    text = (ROOT / "deploy" / "policies" / "fio.yaml").read_text(encoding="utf-8")
    assert text.count(QUIET_HOURS) == 1
    (folder / "fio.yaml").write_text(text.replace(QUIET_HOURS, ""), encoding="utf-8")
    return folder / "fio"


def lived_in(system: Running) -> tuple[Receipt, Receipt, Receipt]:
    """File what the pages are to show; returns the new, the overdue and the decided case."""
    place = {"category": "lodging_not_ready", "service_point": "ban_wat_chan"}
    fresh = system.file(**place, narrative="บ้านหลังที่ 7 น้ำไม่ไหลตั้งแต่สองทุ่ม อยากให้ซ่อมก่อนคนอื่นมาพัก")
    decided = system.file(**place, narrative="น้ำอุ่นไม่ทำงานทั้งคืน ขอให้ซ่อม", **named())
    late = by_phone(system, 60, **place, narrative="จองบ้านพักแล้วไม่มีห้อง ขอคืนเงินมัดจำ 2,400 บาท", **named())
    by_phone(system, 12, category="wood_quality", service_point="bang_pho", narrative="ซื้อไม้สักได้ไม้มีตา 14 แผ่น")
    by_phone(system, 3, category="seedlings", service_point="khao_krayang", narrative="กล้าไผ่ได้ไม่ครบ ขาด 60 ถุง")
    system.file(category="safety", service_point="doi_bo_luang", narrative="ราวสะพานแขวนหลุด เด็กเกือบตก")
    system.file(kind="enquiry", narrative="อยากทราบขั้นตอนขอใช้พื้นที่จัดค่ายเยาวชน")
    office = Office(system, fresh, late, decided, MailServer())
    office.decide(decided)
    office.rings("missed", "lived-in-1", **{"from": "0891112222"})
    office.rings("missed", "lived-in-2", **{"from": "0893334444"})
    office.rings("ringing", "lived-in-3", **{"from": "+66812345678", "to": "022823243"})
    with system.client("auditor") as auditor:
        until("the overdue case to be alerted", lambda: late["tracking_number"] in auditor.get("/api/v1/alerts").text)
        until("its recovery", lambda: late["tracking_number"] in auditor.get("/api/v1/recoveries").text)
    return fresh, late, decided


def named() -> dict[str, Any]:
    """A complainant who says who they are; nobody real."""
    return {"identity": "named", "complainant": {"name": "สมชาย ตัวอย่าง", "phone": "081 234 5678"}}


def by_phone(system: Running, days: int, **filing: Any) -> Receipt:
    """A complaint that came in by telephone some days ago and is recorded only now."""
    received = datetime.now(UTC) - timedelta(days=days)
    body = {"identity": "anonymous", "channel": "phone", "received_at": received.isoformat(), **filing}
    with system.client("centre") as centre:
        answer = centre.post("/api/v1/complaints", json=body)
    assert answer.status_code == 201, answer.text
    receipt: Receipt = answer.json()
    return receipt


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file of tests."""
    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


Open = Callable[..., Visitor]


@pytest.fixture
def window(browser: Browser, office: Office) -> Iterator[Open]:
    """Opens windows on the system; they close after the test, and nothing may have gone wrong in any of them."""
    opened: list[Visitor] = []

    def open_window(**how: Any) -> Visitor:
        visitor = visit(browser, office.system.address, **how)
        visitor.page.set_default_timeout(15_000)
        opened.append(visitor)
        return visitor

    yield open_window
    for visitor in opened:
        visitor.close()
    assert [trouble for visitor in opened for trouble in visitor.troubles] == []
