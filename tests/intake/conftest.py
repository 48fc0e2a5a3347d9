"""An intake service over a fresh database with the quick policy adopted, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import yaml

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.intake.contacts.keeping import Contacts
from services.intake.contacts.read_identity import read_identity
from services.intake.contacts.seal import seal_of
from services.kit.database import Database
from services.kit.paths import deploy_dir
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, form_token, issue_session

NOW = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
SECRET = "a secret of the tests, long enough to sign with"
CONTACT_KEY = "a key for the contacts of these tests"
KEPT = Contacts(seal_of(Settings(options={"REDRESS_CONTACT_KEY": CONTACT_KEY})), SECRET)
"""How the services under test keep contacts."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def contact_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that contacts are sealed with."""
    monkeypatch.setenv("REDRESS_CONTACT_KEY", CONTACT_KEY)


def from_browser(secret: str = SECRET) -> dict[str, str]:
    """Headers of a browser that has the page whose form it sends."""
    return {"cookie": "browser=a-browser", "x-csrf-token": form_token(secret, "a-browser")}


async def identity_of(database: Database, case_id: UUID | None = None) -> dict[str, Any]:
    """Who filed a case, or the only one there is, as those who may look are shown it."""
    rows = await database.read("select complaint_id from intake.identity")
    assert case_id is not None or len(rows) == 1
    return await read_identity(database, case_id or rows[0]["complaint_id"], KEPT)


@pytest.fixture
def clock() -> Clock:
    """The clock of the service under test."""
    return Clock()


@pytest.fixture(scope="session")
def bundle() -> PolicyBundle:
    """The quick sample policy."""
    return PolicyBundle.model_validate(yaml.safe_load((deploy_dir() / "policies" / "quick.yaml").read_text("utf-8")))


@pytest.fixture
async def runtime(database: Database, bundle: PolicyBundle, clock: Clock, tmp_path: Path) -> Runtime:
    """Intake alone, with the policy in force."""
    settings = Settings(data=tmp_path, secret=SECRET, options={"REDRESS_FORM_SECONDS": "0"})
    built = build(settings, database, ("intake",), clock)
    await database.statement(
        "insert into intake.policy_copy (version, effective_from, adopted_at, bundle) values ($1, $2, $2, $3)",
        bundle.version,
        NOW - timedelta(days=400),
        orjson.dumps(bundle.model_dump(mode="json")).decode(),
    )
    return built


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A browser or program without a session."""
    transport = httpx.ASGITransport(app=make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as opened:
        yield opened


async def add_staff(runtime: Runtime, username: str, unit: str, *roles: str, name: str = "") -> tuple[UUID, str]:
    """A member of staff known to intake, and a bearer token of theirs."""
    member = StaffMember(staff_id=uuid4(), username=username, display_name=name or username, unit=unit, roles=roles)
    await runtime.contexts["intake"].database.statement(
        "insert into intake.staff_copy (staff_id, version, body) values ($1, 1, $2)",
        member.staff_id,
        member.model_dump(mode="json"),
    )
    runtime.contexts["intake"].copies.forget()
    return member.staff_id, issue_session(SECRET, SessionClaims(member.staff_id, uuid4()), datetime.now(UTC))


def filing(**fields: Any) -> dict[str, Any]:
    """A body that is accepted as it is."""
    return {"narrative": "น้ำที่บ้านพักไม่ไหลทั้งคืน", "identity": "anonymous", **fields}
