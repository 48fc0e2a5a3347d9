"""Somebody at a browser: a window of a size, a language and a theme, and everything that went wrong in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

PHONE = 390
DESK = 1440

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
"""The rules of axe that stand for WCAG 2.2, level A and AA."""

SPILLS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

Lang = Literal["th", "en"]
Theme = Literal["light", "dark"]

_axe = Axe()


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium. Without it the test is skipped; on a build machine (CI=true) it fails."""
    path = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium") or ""
    if not path:
        why = "there is no Chromium: install the package `chromium`"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return playwright.chromium.launch(executable_path=path, args=list(QUIET))


@dataclass
class Visitor:
    """A window. `troubles` collects script errors, refused or failed requests, and requests to another host."""

    context: BrowserContext
    page: Page
    address: str
    expected: set[int] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> Response:
        """Open a page of the system and wait until it is loaded."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer

    def speak(self, lang: Lang, theme: Theme = "light") -> None:
        """Choose language and theme, as the links of the page would."""
        self.context.add_cookies(
            [{"name": n, "value": v, "url": self.address} for n, v in (("lang", lang), ("theme", theme))]
        )

    def look(self, width: int, theme: Theme) -> None:
        """The same page in another width and theme, without loading it again."""
        self.page.set_viewport_size({"width": width, "height": 844 if width < 600 else 900})
        self.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)

    def spills(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate(SPILLS))

    def axe(self) -> list[str]:
        """What axe finds against WCAG A and AA: the rule, the element, the reason."""
        found = _axe.run(self.page, options=WCAG).response["violations"]
        return [f"{v['id']}: {n['html'][:160]} {n['failureSummary'][:200]}" for v in found for n in v["nodes"]]

    def press_under_thai(self, code: str, thai: str) -> None:
        """Press a key while the Thai layout is on: the place of the key is `code`, what it types is `thai`."""
        session = self.context.new_cdp_session(self.page)
        for kind in ("keyDown", "keyUp"):
            session.send("Input.dispatchKeyEvent", {"type": kind, "code": code, "key": thai, "text": thai})
        session.detach()

    def close(self) -> None:
        """Close the window."""
        self.context.close()


def visit(
    browser: Browser,
    address: str,
    *,
    width: int = DESK,
    lang: Lang = "th",
    theme: Theme = "light",
    scripts: bool = True,
    expected: Sequence[int] = (),
) -> Visitor:
    """A new window with nothing remembered. `expected` are the error statuses that the test is about."""
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": 844 if phone else 900},
        has_touch=phone,
        is_mobile=phone,
        java_script_enabled=scripts,
        locale="th-TH",
        timezone_id="Asia/Bangkok",
        reduced_motion="reduce",
    )
    visitor = Visitor(context, context.new_page(), address, set(expected))
    visitor.speak(lang, theme)
    _watch(visitor)
    return visitor


def _watch(visitor: Visitor) -> None:
    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            visitor.troubles.append(f"console: {message.text}")

    def broke(error: Any) -> None:
        visitor.troubles.append(f"script: {error}")

    def answered(response: Response) -> None:
        if response.status >= 400 and response.status not in visitor.expected:
            visitor.troubles.append(f"{response.status} {response.url}")

    def asked(request: Request) -> None:
        if not request.url.startswith((visitor.address, "data:", "blob:")):
            visitor.troubles.append(f"another host: {request.url}")

    visitor.page.on("console", said)
    visitor.page.on("pageerror", broke)
    visitor.page.on("response", answered)
    visitor.page.on("request", asked)
