"""Somebody at a browser: signed in by cookie, reading pages of routing and sending its forms, without scripts."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from services.kit.access import rules_of
from services.kit.service import utc_now
from services.kit.tokens import SessionClaims, issue_session
from services.kit.web import install_problem_handlers
from services.routing.service import build
from tests.routing.world import World

SECRET = "s" * 40


def pages_app(world: World) -> FastAPI:
    """Routing as it is served."""
    app = FastAPI()
    for router in build(world.context).routers:
        app.include_router(router)
    list(rules_of([app]))
    install_problem_handlers(app, world.context.web)
    return app


class Visitor:
    """A member of staff with a browser of their own."""

    def __init__(self, world: World, app: FastAPI, username: str | None, lang: str = "th") -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test", cookies={"lang": lang}
        )
        if username is not None:
            claims = SessionClaims(world.people[username].staff_id, uuid4())
            # A token is judged by the real clock, whatever the clock of the test says.
            self.http.cookies.set("session", issue_session(SECRET, claims, utc_now()))

    async def page(self, path: str, status: int = 200) -> str:
        """A page as text, entities resolved."""
        answer = await self.http.get(path)
        assert answer.status_code == status, answer.text[-2000:]
        return html.unescape(answer.text)

    async def fill(self, path: str, action: str | None = None, **typed: Any) -> httpx.Response:
        """Open the page, fill in the form that is sent to `action` (else to the page itself), and send it."""
        return await self.send(action or path.partition("?")[0], await self.page(path), **typed)

    async def send(self, action: str, page: str, **typed: Any) -> httpx.Response:
        """Send a form of a page that was opened before; what is not typed stays as it stood there."""
        found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.S)
        assert found is not None, f"no form is sent to {action}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))
        return await self.http.post(action, data={**hidden, **typed})

    async def close(self) -> None:
        """Leave."""
        await self.http.aclose()


def main_of(page: str) -> str:
    """What stands in the middle of a page."""
    return page[page.index('<main id="main"') : page.index("</main>")]


def filled_buttons(page: str) -> list[str]:
    """What the filled buttons of a page say."""
    found = re.findall(r'<(?:a|button)[^>]*class="btn[^"]*\bpri\b[^"]*"[^>]*>(.*?)</(?:a|button)>', page, re.S)
    return [re.sub(r"<kbd.*?</kbd>|<[^>]+>", "", text).strip() for text in found]
