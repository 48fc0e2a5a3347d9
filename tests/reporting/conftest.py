"""Reporting served over HTTP in the test's own process, with members of staff to ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.runtime import build
from services.cli.web_app import make_app
from services.kit.database import Database
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, issue_session
from tests.reporting.happenings import World, at, person

SECRET = "a secret of forty characters for the tests"
STAFF: tuple[tuple[str, ...], ...] = (
    ("somchai", "lodging", "officer"),
    ("malee", "sales", "unit_head"),
    ("prasit", "integrity", "integrity"),
    ("boss", "quick", "executive"),
)


@dataclass
class Office:
    """A world that answers HTTP. It is 15 April 2026, 10:00."""

    world: World
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, who: str | None = "boss", **query: Any) -> httpx.Response:
        """Ask as somebody, or as nobody."""
        headers = {"authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return await self.client.get(path, params=query or None, headers=headers)

    async def items(self, who: str = "boss", **query: Any) -> list[dict[str, Any]]:
        """The figures of March 2026 that somebody gets."""
        answer = await self.get("/api/v1/kpis", who, **{"from": "2026-03-01", "to": "2026-04-01", **query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@pytest.fixture
async def served(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    """Reporting with its pages, and four members of staff."""
    world = await World(database).open(*STAFF)
    await world.read()
    settings = Settings(data=tmp_path, secret=SECRET)
    runtime = build(settings, database, ("reporting",), now=lambda: at("2026-04-15 10:00"))
    app = make_app(runtime, start=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        now = datetime.now(UTC)
        tokens = {
            name: issue_session(SECRET, SessionClaims(person(name), person(f"{name}/s")), now) for name, *_ in STAFF
        }
        yield Office(world, client, tokens)
