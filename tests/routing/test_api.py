"""Routing's HTTP API: the interface that clients rely on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from schemas.complaints import Promised
from services.kit.access import rules_of
from services.kit.service import utc_now
from services.kit.tokens import SessionClaims, issue_session
from services.kit.web import install_problem_handlers
from services.routing import api
from tests.routing.world import MONDAY, STEP_FIELDS, World, later

OFFICER, APPROVER = "officer1.lodging", "approver.services"


class Client:
    """Somebody with a bearer token."""

    def __init__(self, http: httpx.AsyncClient, world: World) -> None:
        self.http, self.world = http, world

    def headers(self, username: str | None, **more: str) -> dict[str, str]:
        if username is None:
            return more
        claims = SessionClaims(self.world.people[username].staff_id, uuid4())
        # A token is judged by the real clock, whatever the clock of the test says.
        return {"authorization": f"Bearer {issue_session('s' * 40, claims, utc_now())}", **more}

    async def get(self, path: str, username: str | None = OFFICER, **params: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1/cases{path}", headers=self.headers(username), params=params)

    async def post(self, path: str, username: str | None = OFFICER, /, **body: Any) -> httpx.Response:
        return await self.http.post(f"/api/v1/cases{path}", headers=self.headers(username), json=body)

    async def step(self, case_id: UUID, to: str, version: int | str | None, username: str = OFFICER) -> httpx.Response:
        more = {} if version is None else {"if-match": str(version)}
        body = {"to": to, "fields": STEP_FIELDS.get(to, {})}
        path = f"/api/v1/cases/{case_id}/transitions"
        return await self.http.post(path, headers=self.headers(username, **more), json=body)


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    """The API over the world."""
    app = FastAPI()
    app.include_router(api.router(world.context))
    install_problem_handlers(app, world.context.web)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield Client(http, world)


@pytest.fixture
async def case_id(world: World) -> UUID:
    """A case that is assigned to the lodging department."""
    return await world.filed(category="cleanliness")


async def test_every_route_has_exactly_one_rule_of_access(world: World) -> None:
    assert list(rules_of([api.router(world.context)]))


async def test_nobody_who_is_not_signed_in_sees_anything(client: Client, case_id: UUID) -> None:
    assert (await client.get("", None)).status_code == 401
    assert (await client.get(f"/{case_id}", None)).status_code == 401


async def test_a_case_is_told_with_its_clocks_allowed_steps_and_timeline(client: Client, case_id: UUID) -> None:
    answer = await client.get(f"/{case_id}")
    body = answer.json()
    assert answer.headers["etag"] == '"3"'
    assert (body["state"], body["unit"], body["owner"], body["version"]) == ("assigned", "lodging", OFFICER, 3)
    assert [line["to"] for line in body["timeline"]] == ["received", "assessed", "assigned"]
    assert body["clocks"] == []
    assert [step["to"] for step in body["allowed"] if step["blocked_by"] is None] == ["assessed", "investigating"]


async def test_the_tracking_number_names_a_case_too(client: Client, case_id: UUID, world: World) -> None:
    number = (await world.case(case_id)).tracking_number
    assert (await client.get(f"/{number}")).json()["id"] == str(case_id)


async def test_the_fields_of_a_step_are_a_json_schema_that_its_values_fit(client: Client, case_id: UUID) -> None:
    await client.step(case_id, "investigating", 3)
    body = (await client.get(f"/{case_id}")).json()
    step = next(step for step in body["allowed"] if step["to"] == "response_proposed")
    jsonschema.Draft202012Validator.check_schema(step["fields"])
    jsonschema.validate(STEP_FIELDS["response_proposed"], step["fields"])
    assert step["fields"]["properties"]["cause"]["enum"] == ["process", "equipment", "staff", "outside"]
    assert step["fields"]["properties"]["findings"]["x-titles"] == {"th": "ข้อเท็จจริงที่พบ", "en": "Findings"}


async def test_a_step_gives_the_new_version(client: Client, case_id: UUID) -> None:
    answer = await client.step(case_id, "investigating", 3)
    assert answer.status_code == 200
    assert answer.json() == {"id": str(case_id), "state": "investigating", "version": 4}
    assert answer.headers["etag"] == '"4"'


@pytest.mark.parametrize("version", ['"3"', 'W/"3"', "3", "*"])
async def test_if_match_is_understood_in_every_spelling(client: Client, case_id: UUID, version: str) -> None:
    assert (await client.step(case_id, "investigating", version)).status_code == 200


async def test_a_step_without_if_match_is_asked_for_it(client: Client, case_id: UUID) -> None:
    answer = await client.step(case_id, "investigating", None)
    assert answer.status_code == 428
    assert "If-Match" in answer.json()["detail"]


async def test_an_if_match_that_is_none_is_said(client: Client, case_id: UUID) -> None:
    assert (await client.step(case_id, "investigating", "latest")).status_code == 422


async def test_an_old_version_is_stale_and_told_the_new_one(client: Client, case_id: UUID) -> None:
    answer = await client.step(case_id, "investigating", 2)
    assert (answer.status_code, answer.json()["version"]) == (412, 3)


async def test_a_step_that_is_not_possible_is_told_what_is(client: Client, case_id: UUID) -> None:
    answer = await client.step(case_id, "decision_communicated", 3)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert {step["to"] for step in answer.json()["allowed"]} == {"assessed", "investigating"}


async def test_the_owner_is_refused_the_decision_with_the_reason(client: Client, case_id: UUID) -> None:
    await client.step(case_id, "investigating", 3)
    await client.step(case_id, "response_proposed", 4)
    answer = await client.step(case_id, "decision_communicated", 5)
    assert (answer.status_code, answer.json()["title"]) == (409, "คุณเป็นเจ้าของเรื่องนี้")
    assert (await client.step(case_id, "decision_communicated", 5, APPROVER)).status_code == 200


async def test_wrong_fields_are_named_one_by_one(client: Client, case_id: UUID, world: World) -> None:
    await client.step(case_id, "investigating", 3)
    answer = await client.http.post(
        f"/api/v1/cases/{case_id}/transitions",
        headers=client.headers(OFFICER, **{"if-match": "4", "accept-language": "en"}),
        json={"to": "response_proposed", "fields": {"cause": "luck"}},
    )
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"findings", "cause", "correction"}
    assert all(error["detail"] and error["remedy"] for error in answer.json()["errors"])


async def test_a_reason_may_stand_beside_or_among_the_fields(client: Client, case_id: UUID) -> None:
    answer = await client.http.post(
        f"/api/v1/cases/{case_id}/transitions",
        headers=client.headers(OFFICER, **{"if-match": "3"}),
        json={"to": "assessed", "fields": {"reason": "เป็นของฝ่ายขาย"}},
    )
    assert answer.status_code == 200


async def test_a_case_outside_the_scope_is_as_unknown_as_none(client: Client, case_id: UUID) -> None:
    hidden = await client.get(f"/{case_id}", "officer1.sales")
    none = await client.get(f"/{uuid4()}", "officer1.sales")
    assert hidden.status_code == none.status_code == 404
    assert hidden.json()["title"] == none.json()["title"]
    assert (await client.step(case_id, "investigating", 3, "officer1.sales")).status_code == 404


async def test_an_auditor_reads_and_changes_nothing(client: Client, case_id: UUID) -> None:
    assert (await client.get(f"/{case_id}", "auditor")).status_code == 200
    assert (await client.step(case_id, "investigating", 3, "auditor")).status_code == 403


async def test_the_queue_is_paged_by_key(client: Client, world: World) -> None:
    for _ in range(5):
        await world.announce("intake", world.complaint(category="cleanliness"))
    await world.drain()
    seen: list[str] = []
    cursor = None
    while True:
        params: dict[str, Any] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        body = (await client.get("", OFFICER, **params)).json()
        seen += [item["id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5


async def test_the_queue_is_filtered_by_state_and_unit(client: Client, case_id: UUID) -> None:
    async def found(**params: Any) -> int:
        return len((await client.get("", "centre", **params)).json()["items"])

    assert await found(state="assigned") == 1
    assert await found(state="assigned,closed", unit="lodging") == 1
    assert await found(state="closed") == 0
    assert await found(unit="sales") == 0
    assert (await client.get("", "centre", state="done")).status_code == 422
    assert (await client.get("", "centre", cursor="zzz")).status_code == 422
    assert (await client.get("", "centre", limit=500)).status_code == 422


async def test_overdue_is_judged_by_the_clock(client: Client, world: World) -> None:
    await world.filed(category="cleanliness", promised=Promised(resolve=later(hours=1)))
    assert (await client.get("", overdue="true")).json()["items"] == []
    world.now = later(hours=2)
    items = (await client.get("", overdue="true")).json()["items"]
    assert [item["overdue"] for item in items] == [True]
    assert (await client.get("", overdue="false")).json()["items"] == []


async def test_contacts_notes_tasks_and_the_rest_leave_their_mark(client: Client, case_id: UUID, world: World) -> None:
    assert (await client.post(f"/{case_id}/contacts", medium="phone", text="โทรแล้ว")).status_code == 201
    assert (await client.post(f"/{case_id}/notes", text="รอช่าง")).status_code == 201
    task = await client.post(f"/{case_id}/tasks", what="ตรวจปั๊ม", due_at="2026-11-20T14:05")
    assert task.status_code == 201
    done = await client.post(f"/{case_id}/tasks/{task.json()['id']}", status="done")
    assert done.json()["status"] == "done"
    assert (await client.post(f"/{case_id}/priority", priority="urgent", reason="เด็กป่วย")).status_code == 200
    assert (await client.post(f"/{case_id}/kind", category="product", reason="เรื่องสินค้า")).status_code == 200
    assert (await client.post(f"/{case_id}/raise", level="executive", reason="เป็นข่าว")).status_code == 200
    moved = await client.post(f"/{case_id}/reassignment", "head.lodging", owner="officer2.lodging", reason="ลาป่วย")
    assert moved.status_code == 200
    body = (await client.get(f"/{case_id}")).json()
    assert [line["kind"] for line in body["timeline"]][3:] == [
        "contact", "note", "task", "task", "prioritised", "reclassified", "raised", "reassigned",
    ]  # fmt: skip
    assert (body["priority"], body["category"], body["owner"]) == ("urgent", "product", "officer2.lodging")
    assert all(line["label"] for line in body["timeline"])
    assert body["version"] == 3 + 8


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("notes", {"text": "\x00"}),
        ("contacts", {"medium": "carrier pigeon"}),
        ("contacts", {"medium": "phone", "contacted_at": "2569-13-45"}),
        ("contacts", {"medium": "phone", "contacted_at": "2599-01-01T00:00:00Z"}),
        ("tasks", {"what": ""}),
        ("tasks", {"what": "x", "due_at": "soon"}),
        ("tasks", {"what": "x", "owner": "nobody"}),
        ("priority", {"priority": "highest", "reason": "x"}),
        ("priority", {"priority": "urgent"}),
        ("kind", {"kind": "joke", "reason": "x"}),
        ("raise", {"level": "owner", "reason": "x"}),
        ("reassignment", {"unit": "moon", "reason": "x"}),
        ("reassignment", {"owner": "officer1.sales", "reason": "x"}),
        ("notes", {"text": ["a"]}),
        ("notes", {"text": "ก" * 20_000}),
    ],
)
async def test_bad_input_names_its_field_and_changes_nothing(
    client: Client, case_id: UUID, world: World, path: str, body: dict[str, Any]
) -> None:
    answer = await client.post(f"/{case_id}/{path}", **body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert (await world.case(case_id)).version == 3


def test_the_clock_of_these_tests_is_a_monday_morning() -> None:
    assert MONDAY.weekday() == 0
