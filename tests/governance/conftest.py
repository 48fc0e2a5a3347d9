"""Governance in a fresh database with the quick sample organisation and its people, and clients of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from argon2 import PasswordHasher

from schemas.policy import Approval, PolicyBundle, Text
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.governance import passwords
from services.governance.add_staff import sample_staff
from services.governance.adopt_policy import adopt_sample_policy
from services.kit.database import Database
from services.kit.paths import deploy_dir
from services.kit.service import utc_now
from services.kit.settings import Settings

SECRET = "a secret of the tests, long enough to sign with"
PASSWORD = "a password of tests"
SETTINGS = Settings(secret=SECRET, data=Path("/nowhere"))


def policy_text(name: str) -> str:
    """The YAML of a sample policy."""
    return (deploy_dir() / "policies" / f"{name}.yaml").read_text("utf-8")


def sample(name: str) -> PolicyBundle:
    """A sample policy."""
    return PolicyBundle.model_validate(yaml.safe_load(policy_text(name)))


@pytest.fixture(scope="session")
def bundle() -> PolicyBundle:
    """The quick sample policy."""
    return sample("quick")


@pytest.fixture(autouse=True)
def cheap_digests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """argon2 as ever, with the least work it accepts: these tests are about the rules around it."""
    passwords._nobody.cache_clear()
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
async def runtime(database: Database, bundle: PolicyBundle, tmp_path: Path) -> Runtime:
    """Governance and intake, with the policy in force and the sample people, all of whom have `PASSWORD`."""
    built = build(Settings(data=tmp_path, secret=SECRET), database, ("governance", "intake"))
    await built.prepare()
    now = utc_now()
    async with built.contexts["governance"].database.transaction() as tx:
        await adopt_sample_policy(tx, bundle, now=now, effective_from=now - timedelta(days=3650))
        await sample_staff(tx, bundle, lambda: PASSWORD, now=now)
    await built.drain()
    return built


def approved(bundle: PolicyBundle, version: str, effective: date, **changes: Any) -> PolicyBundle:
    """A policy as a board approved it."""
    approval = Approval(
        body=Text(th="คณะกรรมการ"),
        body_kind="board",
        resolution_number="8/2569",
        resolution_date=effective - timedelta(days=7),
        signed_by="ผู้อำนวยการ",
        effective_from=effective,
    )
    return bundle.model_copy(update={"version": version, "approval": approval, **changes})


@dataclass
class Browser:
    """A browser: it keeps cookies, follows no redirect by itself, and posts forms with their token."""

    client: httpx.AsyncClient
    runtime: Runtime

    async def get(self, address: str, **params: Any) -> httpx.Response:
        """Open a page."""
        return await self.client.get(address, params=params or None)

    async def post(self, address: str, fields: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """Send a form as its page would, and let every service hear of what came of it."""
        page = await self.client.get("/sign-in" if "session" not in self.client.cookies else "/account")
        token = re.search(r'name="_csrf" value="(\w+)"', page.text)
        assert token is not None
        answer = await self.client.post(address, data={**(fields or {}), "_csrf": token[1]}, **more)
        await self.runtime.drain()
        return answer

    async def sign_in(self, username: str, password: str = PASSWORD, target: str = "") -> httpx.Response:
        """Sign in by the form."""
        return await self.post("/sign-in", {"username": username, "password": password, "next": target})


@asynccontextmanager
async def browser_of(runtime: Runtime) -> AsyncIterator[Browser]:
    """A browser of its own, without cookies."""
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as client:
        yield Browser(client, runtime)


@pytest.fixture
async def browser(runtime: Runtime) -> AsyncIterator[Browser]:
    """Somebody who is not signed in."""
    async with browser_of(runtime) as opened:
        yield opened


@pytest.fixture
async def administrator(browser: Browser) -> Browser:
    """The administrator, signed in."""
    answer = await browser.sign_in("administrator")
    assert answer.status_code == 303
    return browser
