"""Who may call what: every route of every service, with every role, in one table made from the code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from schemas.governance import ROLES, StaffMember
from services.cli.runtime import build
from services.cli.web_app import make_app
from services.governance.adopt_policy import adopt_sample_policy
from services.governance.check_policy import check_policy
from services.kit.access import Allow, rules_of
from services.kit.database import Database, new_id
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings
from services.kit.tokens import SessionClaims, issue_session

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SECRET = "a secret for tests that is long enough"

PUBLIC_FOR_A_REASON = (
    "/", "/track", "/receipt", "/charter", "/policy", "/sign-in", "/p/", "/health/", "/metrics", "/api/v1/policy",
    "/api/v1/complaints", "/api/v1/sessions", "/sign-out", "/embed", "/draft/", "/channels/", "/survey/",
)  # fmt: skip
"""Where anybody may come in; every other route names roles."""


def an_app() -> FastAPI:
    runtime = build(Settings(secret=SECRET), Database("postgresql://nowhere/redress", "governance"))
    return make_app(runtime, start=False)


def table() -> list[tuple[str, str, Allow]]:
    return sorted(rules_of([an_app()]), key=lambda rule: (rule[1], rule[0]))


def test_every_route_has_exactly_one_rule_that_says_its_scope() -> None:
    rules = table()
    assert len(rules) > 40
    assert all(rule.scope for _, _, rule in rules)


def test_only_the_public_pages_and_calls_are_open_to_anybody() -> None:
    open_routes = {path for _, path, rule in table() if rule.public}
    surprising = [path for path in open_routes if path != "/" and not path.startswith(PUBLIC_FOR_A_REASON[1:])]
    assert surprising == []


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    runtime = build(Settings(secret=SECRET), database, now=lambda: NOW)
    await runtime.prepare()
    bundle = check_policy((deploy_dir() / "policies" / "quick.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    async with database.beside("governance").transaction() as tx:
        await adopt_sample_policy(tx, bundle, now=NOW, effective_from=NOW)
        for service in SERVICES:
            for role, staff_id in PEOPLE.items():
                member = StaffMember(
                    staff_id=staff_id, username=role.replace("_", "-"), display_name=role, unit="quick", roles=(role,)
                )
                await tx.execute(
                    f"insert into {service}.staff_copy (staff_id, version, body) values ($1, 1, $2)",
                    staff_id,
                    member.model_dump(mode="json"),
                )
    await runtime.drain()
    for context in runtime.contexts.values():
        context.database.doorbell.close()  # a stream of events to a browser ends at once, as when the process ends
    transport = httpx.ASGITransport(make_app(runtime, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


PEOPLE: dict[str, UUID] = {role: new_id() for role in ROLES}


def filled(path: str) -> str:
    """A path whose parameters name something that is not there."""
    parts = ["nothing" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts).replace("nothing", str(UUID(int=0)))


async def test_every_route_answers_every_role_as_its_rule_says(client: httpx.AsyncClient) -> None:
    """Refused (401, 403) exactly where the rule does not cover the role; allowed calls fail later or succeed."""
    wrong = []
    for method, path, rule in table():
        if rule.public:
            continue
        anybody = await client.request(method, filled(path), headers={"accept": "application/json"})
        if anybody.status_code != 401 and "browser" not in anybody.text and anybody.status_code != 403:
            wrong.append(f"{method} {path} answered {anybody.status_code} to nobody")
        for role, staff_id in PEOPLE.items():
            if method != "GET" and role in rule.roles:
                continue
            token = issue_session(SECRET, SessionClaims(staff_id, new_id()), datetime.now(UTC))
            answer = await client.request(
                method, filled(path), headers={"authorization": f"Bearer {token}", "accept": "application/json"}
            )
            if role not in rule.roles and answer.status_code != 403:
                wrong.append(f"{method} {path} answered {answer.status_code} to {role}")
            if role in rule.roles and answer.status_code in (401, 403) and "roles" in answer.text:
                wrong.append(f"{method} {path} refused {role}")
    assert wrong == []


def test_the_access_document_is_the_one_the_code_gives() -> None:
    document = Path(__file__).parents[1] / "docs" / "access.md"
    assert document.read_text(encoding="utf-8") == access_document(), "write it anew: python -m tests.test_access"


def access_document() -> str:
    """`docs/access.md`: every route with who may call it and how far they reach."""
    lines = [
        "# Who may call what",
        "",
        "Made from the rules in the code (`python -m tests.test_access`); a test walks every line with every role.",
        "",
        "| call | who | reach |",
        "|---|---|---|",
    ]
    for method, path, rule in table():
        who = "anybody" if rule.public else ", ".join(role for role in ROLES if role in rule.roles)
        if set(rule.roles) == set(ROLES):
            who = "any member of staff"
        lines.append(f"| `{method} {path}` | {who} | {rule.scope} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "access.md").write_text(access_document(), encoding="utf-8")
