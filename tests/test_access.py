"""Who may call what: every route of every service with every role, of the own unit and another, by page and by call.

`docs/access.md` is made from the same rules: `python -m tests.test_access` writes it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
from fastapi import FastAPI

from schemas.governance import NAMESPACE, ROLES, StaffMember
from schemas.policy import PolicyBundle
from services.cli.runtime import build
from services.cli.web_app import make_app
from services.governance.adopt_policy import adopt_sample_policy
from services.governance.check_policy import check_policy
from services.kit.access import WHOLE, Allow, rules_of
from services.kit.database import Database, new_id
from services.kit.paths import deploy_dir
from services.kit.scope import scope_of
from services.kit.settings import SERVICES, Settings
from services.kit.tokens import SessionClaims, form_token, issue_session
from services.routing.actors import STAFF
from services.routing.lifecycle import TABLE

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SECRET = "a secret for tests that is long enough"

NOBODYS = UUID(int=1)
"""The id of no case."""


def quick_policy() -> PolicyBundle:
    """The policy under which everybody here works."""
    bundle = check_policy((deploy_dir() / "policies" / "quick.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    return bundle


BUNDLE = quick_policy()

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
    async with database.beside("governance").transaction() as tx:
        await adopt_sample_policy(tx, BUNDLE, now=NOW, effective_from=NOW)
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
        opened.runtime = runtime  # type: ignore[attr-defined]
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


NAMES_A_CASE = re.compile(
    r"/(?:api/v1/)?(?:cases|recovery|recoveries|contact|messages|letters|person|files/case|alerts/cases|complaints)"
    r"/\{(?:ident|case|case_id|number)\}"
)
"""Routes that name one case or recovery record: outside of the scope it must look as if it did not exist."""

IN_SCOPE = {
    "/cases/{ident}": frozenset({200}),
    "/api/v1/cases/{ident}": frozenset({200}),
    "/api/v1/cases/{case}/files": frozenset({200}),
    "/api/v1/cases/{case}/messages": frozenset({200}),
    "/messages/{case}": frozenset({200}),
    "/files/case/{case}": frozenset({200}),
    "/recovery/{ident}": frozenset({200}),
    "/api/v1/recoveries/{ident}": frozenset({200}),
}
"""What whoever has the case in scope, and a role that the route names, is answered; both by page and by call."""

GIVEN: dict[str, Any] = {
    "reason": "ตรวจสอบแล้ว", "text": "ข้อความ", "kind": "suggestion", "to": "assessed", "priority": "urgent",
    "what": "โทรกลับ", "fields": {}, "level": "executive", "medium": "phone", "answered": True,
    "status": "done", "owner": None, "unit": None, "at": "2026-11-20T03:00:00Z",
    "received_at": "2026-11-19T03:00:00Z", "ground": "PDPA s. 33", "verified": "id",
}  # fmt: skip
"""A body from which most calls would take what they need, so that more than its form is looked at."""


def at_work(unit: str) -> dict[str, StaffMember]:
    """One member for each role, in a unit."""
    return {
        role: StaffMember(
            staff_id=uuid5(NAMESPACE, f"{role}.{unit}"), username=f"{role.replace('_', '-')}.{unit}",
            display_name=role, unit=unit, roles=(role,),
        )
        for role in ROLES
    }  # fmt: skip


HERE, ELSEWHERE = at_work("lodging"), at_work("people")
"""People of the unit that answers for the ordinary case, and of one in another line."""


@pytest.fixture
async def cases(client: httpx.AsyncClient, database: Database) -> dict[str, dict[str, Any]]:
    """A case and a recovery record of the lodging department, and a case about corruption in the restricted unit."""
    runtime = client.runtime  # type: ignore[attr-defined]
    for service in SERVICES:
        async with database.beside(service).transaction() as tx:
            for member in (*HERE.values(), *ELSEWHERE.values()):
                await tx.execute(
                    f"insert into {service}.staff_copy (staff_id, version, body) values ($1, 1, $2)",
                    member.staff_id,
                    member.model_dump(mode="json"),
                )
    for category in ("lodging", "misconduct"):
        body = {"narrative": "น้ำไม่ไหลทั้งคืน ขอให้ตรวจสอบ", "category": category, "identity": "anonymous"}
        filed = await client.post("/api/v1/complaints", json=body, headers={"idempotency-key": str(new_id())})
        assert filed.status_code == 201, filed.text
    for context in runtime.contexts.values():
        context.copies.forget()
    await runtime.drain()
    rows = await database.beside("routing").read("select * from routing.case")
    found = {"restricted" if row["restricted"] else "ordinary": dict(row) for row in rows}
    opening = {"what_failed": "น้ำไม่ไหลทั้งคืน", "unit": "lodging", "trigger": "in_service"}
    token = issue_session(SECRET, SessionClaims(HERE["officer"].staff_id, new_id()), datetime.now(UTC))
    opened = await client.post("/api/v1/recoveries", json=opening, headers={"authorization": f"Bearer {token}"})
    assert opened.status_code == 201, opened.text
    (record,) = await database.beside("reporting").read("select * from reporting.recovery")
    return {**found, "recovery": dict(record)}


def ident_of(which: str, case: dict[str, Any], path: str) -> str | UUID:
    """What a path names a case or record by: intake's and sla's pages by id, the others by number as well."""
    by_id = which == "recovery" or "case_id" in path or "{case}" in path
    found: str | UUID = case["id"] if by_id else case["tracking_number"]
    return found


def visible(member: StaffMember, case: dict[str, Any], bundle: PolicyBundle) -> bool:
    """Whether the one rule of scope lets this member see the case."""
    names = ("unit", "owner", "approving_unit", "restricted", "subject_unit", "subject_person")
    return scope_of(bundle, member).sees(**{name: case[name] for name in names})


def named(path: str, case: Any) -> str:
    """A path that names a case, its other parameters something that is not there."""
    parts = path.split("/")
    at = next(place for place, part in enumerate(parts) if part.startswith("{"))
    return filled("/".join([*parts[:at], str(case), *parts[at + 1 :]]))


async def answered(client: httpx.AsyncClient, member: StaffMember, method: str, path: str, *, page: bool) -> int:
    """The status a member is answered, as a browser asks or as a program."""
    token = issue_session(SECRET, SessionClaims(member.staff_id, new_id()), datetime.now(UTC))
    headers = {
        "authorization": f"Bearer {token}",
        "accept": "text/html" if page else "application/json",
        "cookie": "browser=b",
        "x-csrf-token": form_token(SECRET, "b"),
    }
    if method == "GET":
        answer = await client.get(path, headers=headers)
    elif path.startswith("/api/"):
        answer = await client.request(method, path, headers=headers, json=GIVEN)
    else:
        flat = {name: value for name, value in GIVEN.items() if isinstance(value, str)}
        answer = await client.request(method, path, headers=headers, data=flat)
    return answer.status_code


@pytest.mark.parametrize("page", [True, False], ids=["page", "call"])
async def test_outside_of_the_scope_a_case_looks_as_if_it_did_not_exist(
    client: httpx.AsyncClient, cases: dict[str, dict[str, Any]], page: bool
) -> None:
    """Every route that names a case × every role × own and other unit: what is out of reach looks like nothing.

    Of what is in reach the pages and calls that only read are held to answer.
    """
    routes = [(m, path, rule) for m, path, rule in table() if NAMES_A_CASE.match(path) and not rule.public]
    routes = [(m, path, rule) for m, path, rule in routes if path.startswith("/api/") is not page]
    assert len(routes) > 10
    wrong, hidden, shown = [], 0, 0
    for which, case in cases.items():
        for member in (*HERE.values(), *ELSEWHERE.values()):
            in_scope = visible(member, case, BUNDLE)
            for method, path, rule in routes:
                if rule.roles.isdisjoint(member.roles) or ("/recover" in path) is not (which == "recovery"):
                    continue
                told = f"{method} {path} to {member.username} about the {which} one"
                ident = ident_of(which, case, path)
                if not in_scope:
                    nothing = NOBODYS if isinstance(ident, UUID) else "QCK-69-99999-9"
                    real = await answered(client, member, method, named(path, ident), page=page)
                    none = await answered(client, member, method, named(path, nothing), page=page)
                    hidden += 1
                    if real != none or real < 400:
                        wrong.append(f"{told}: {real}, but {none} for one that does not exist")
                elif method == "GET" and path in IN_SCOPE:
                    real = await answered(client, member, method, named(path, ident), page=page)
                    shown += 1
                    if real not in IN_SCOPE[path]:
                        wrong.append(f"{told}: {real}")
    assert wrong == []
    assert hidden > 50
    assert shown > 20


def test_who_sees_which_case_is_as_the_domain_says() -> None:
    """The rule of scope held against the words of the domain, role by role."""
    seen = {role: "".join(mark for _, mark in reach_of(role)) for role in ROLES}
    everything, own = "●●●●–", "●–●––"
    assert {role for role, marks in seen.items() if marks.startswith("●●●")} == set(WHOLE)
    assert all(seen[role] == everything for role in WHOLE - {"executive"})
    assert seen["officer"] == own
    assert all(marks[-1] == ("●" if role == "integrity" else "–") for role, marks in seen.items())


def reach_of(role: str) -> list[tuple[str, str]]:
    """Which kinds of case a role of a unit sees: its own, another's, of a unit below, to be decided, restricted."""
    at_services = StaffMember(staff_id=new_id(), username="x", display_name="x", unit="services", roles=(role,))
    at_integrity = at_services.model_copy(update={"unit": "integrity"})
    kinds = (
        ("of the own unit", at_services, {"unit": "services"}),
        ("of another unit", at_services, {"unit": "people"}),
        ("of a unit below", at_services, {"unit": "lodging"}),
        ("of another unit, decided by the own one", at_services, {"unit": "people", "approving_unit": "services"}),
        ("restricted, in the restricted unit", at_integrity, {"unit": "integrity", "restricted": True}),
    )
    return [(name, "●" if scope_of(BUNDLE, who).sees(**case) else "–") for name, who, case in kinds]


def who_sees() -> list[str]:
    """The rule of scope as a table: role by kind of case."""
    heads = [name for name, _ in reach_of("officer")]
    lines = [
        "",
        "## Who sees which case",
        "",
        "One rule for the desk, alerts, reports and recovery records (`services/kit/scope.py`).",
        "",
    ]
    lines += [f"| role | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    return lines + [f"| {role} | {' | '.join(mark for _, mark in reach_of(role))} |" for role in ROLES]


def who_steps() -> list[str]:
    """The table of the life of a case: who of the staff may take which step, and what bars a person from it."""
    lines = [
        "",
        "## Who takes which step of a case",
        "",
        "Made from `services/routing/lifecycle.py`; a step also needs the case in scope.",
        "",
    ]
    lines += ["| from | to | who | only if |", "|---|---|---|---|"]
    for step in TABLE:
        who = "; ".join(STAFF[code].who for code in step.who if code in STAFF) or ", ".join(step.who)
        bars = ", ".join(guard.__name__.replace("_", " ") for guard in step.guards)
        lines.append(f"| {step.come_from or '–'} | {step.to} | {who} | {bars or '–'} |")
    return lines


def who_calls() -> list[str]:
    """Every call by role, as marks to be read down a column."""
    lines = ["", "## Every call by role", "", f"| call | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for method, path, rule in table():
        marks = ["●" if rule.public or role in rule.roles else "–" for role in ROLES]
        lines.append(f"| `{method} {path}` | {' | '.join(marks)} |")
    return lines


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
    lines += [*who_sees(), *who_steps(), *who_calls()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "access.md").write_text(access_document(), encoding="utf-8")
