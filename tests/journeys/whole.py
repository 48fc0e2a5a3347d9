"""The whole system in the process of the test, over a fresh database: every service, every role, a clock to move.

Quicker than `redress up` as a process of its own, and its answers can be asked for by the thousand.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from schemas.governance import StaffChanged, StaffMember, staff_stream
from schemas.policy import PolicyBundle
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.governance.add_staff import sample_members
from services.governance.adopt_policy import adopt_sample_policy
from services.governance.check_policy import check_policy
from services.governance.passwords import digest_password
from services.governance.tables import StaffAccount
from services.kit.database import Database, new_id
from services.kit.paths import deploy_dir
from services.kit.settings import Settings
from services.kit.tokens import SessionClaims, issue_session

SECRET = "a secret of the tests, long enough to sign with"
PASSWORD = "one password for all"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        """Let time pass, or jump back."""
        self.now += timedelta(**span)


@dataclass
class Whole:
    """Five services over one database, and their people by user name."""

    runtime: Runtime
    app: FastAPI
    clock: Clock
    people: dict[str, StaffMember]
    address: str = "http://redress.test"

    @property
    def database(self) -> Database:
        """The database, as governance sees it."""
        return self.runtime.contexts["governance"].database

    def token(self, username: str, session_id: UUID | None = None) -> str:
        """A bearer token of somebody."""
        claims = SessionClaims(self.people[username].staff_id, session_id or new_id())
        return issue_session(SECRET, claims, datetime.now(UTC))

    def client(self, username: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A program, signed in as somebody or as nobody; errors come back as the answers they become."""
        if username is not None:
            headers["authorization"] = f"Bearer {self.token(username)}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=self.address, headers=headers)

    async def file(self, **filing: Any) -> dict[str, Any]:
        """File a complaint as the public does, and let everybody read of it."""
        body = {"narrative": "น้ำไม่ไหลทั้งคืน", "identity": "anonymous", **filing}
        async with self.client() as public:
            answer = await public.post("/api/v1/complaints", json=body)
        assert answer.status_code == 201, answer.text
        await self.runtime.drain()
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def case(self, number: str, username: str = "centre") -> dict[str, Any]:
        """A case as somebody sees it."""
        async with self.client(username) as staff:
            answer = await staff.get(f"/api/v1/cases/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def whole_system(database: Database, data: Path, policy: str = "quick") -> AsyncIterator[Whole]:
    """The system over a fresh database, with the people of a sample policy, who all have one password."""
    clock = Clock()
    runtime = build(Settings(data=data, secret=SECRET), database, now=clock)
    await runtime.prepare()
    bundle = check_policy((deploy_dir() / "policies" / f"{policy}.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    async with database.beside("governance").transaction() as tx:
        await adopt_sample_policy(tx, bundle, now=clock.now, effective_from=clock.now - timedelta(days=400))
    people = await _hire(database.beside("governance"), bundle, clock.now)
    await runtime.drain()
    yield Whole(runtime, make_app(runtime, start=False), clock, people)


async def _hire(governance: Database, bundle: PolicyBundle, now: datetime) -> dict[str, StaffMember]:
    """The sample people, with one password digested once: argon2 takes its time by design."""
    digest = digest_password(PASSWORD)
    people: dict[str, StaffMember] = {}
    async with governance.transaction() as tx:
        for new in sample_members(bundle, lambda: PASSWORD):
            member = StaffMember(
                staff_id=new_id(), username=new.username, display_name=new.display_name, unit=new.unit, roles=new.roles
            )
            people[new.username] = member
            tx.session.add(
                StaffAccount(
                    staff_id=member.staff_id,
                    username=new.username,
                    display_name=new.display_name,
                    unit=new.unit,
                    roles=list(new.roles),
                    password_hash=digest,
                    created_at=now,
                )
            )
            tx.announce(StaffChanged(member=member, what="added"), case_id=staff_stream(member.staff_id), at=now)
    return people
