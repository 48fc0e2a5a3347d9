"""What a complainant may do, when, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.cases import ActionRefused
from schemas.complaints import ComplainantActed
from services.cli.runtime import Runtime
from services.kit.database import Database
from tests.intake.conftest import NOW, Clock, filing
from tests.intake.progress import announced, life_until, moved, snapshot


class Case:
    """A complaint filed over HTTP, with its secret."""

    def __init__(self, client: httpx.AsyncClient, runtime: Runtime, database: Database, body: dict[str, Any]) -> None:
        self.client, self.runtime, self.database = client, runtime, database
        self.number, self.secret = body["tracking_number"], body["tracking_secret"]
        self.id: UUID

    async def reach(self, state: str) -> None:
        """Let routing bring the case to a state."""
        await announced(self.runtime, self.database, self.id, life_until(state, NOW), NOW)

    async def view(self) -> dict[str, Any]:
        """The tracking answer."""
        answer = await self.client.get(
            f"/api/v1/complaints/{self.number}", headers={"X-Tracking-Secret": self.secret, "Accept-Language": "en"}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def act(self, action: str, **fields: Any) -> httpx.Response:
        """Ask for an action."""
        return await self.client.post(
            f"/api/v1/complaints/{self.number}/actions",
            json={"action": action, **fields},
            headers={"X-Tracking-Secret": self.secret},
        )

    async def acted(self) -> list[ComplainantActed]:
        """What intake announced about it."""
        rows = await self.database.read(
            "select body, texts from intake.journal where type = 'complainant-acted' order by position"
        )
        return [ComplainantActed.from_wire(row["body"], row["texts"]) for row in rows]


@pytest.fixture
async def case(client: httpx.AsyncClient, runtime: Runtime, database: Database) -> Case:
    """A complaint just filed."""
    await runtime.prepare()
    found = Case(client, runtime, database, (await client.post("/api/v1/complaints", json=filing())).json())
    found.id = (await database.read("select id from intake.complaint"))[0]["id"]
    return found


ALLOWED = {
    "received": ["add", "withdraw"],
    "investigating": ["add", "withdraw"],
    "decision_communicated": ["accept", "contest", "rate", "add", "withdraw"],
    "implementing": ["rate", "add", "withdraw"],
    "closed": ["reopen", "rate"],
}


@pytest.mark.parametrize("state", ALLOWED)
async def test_each_state_allows_its_actions_and_refuses_the_others(case: Case, state: str) -> None:
    await case.reach(state)
    assert (await case.view())["actions"] == ALLOWED[state]
    for action in {"accept", "contest", "reopen", "rate", "add", "withdraw"} - set(ALLOWED[state]):
        answer = await case.act(action, text="ข้อความ", **({"rating": 3} if action == "rate" else {}))
        assert answer.status_code == 409, action
        assert answer.json()["allowed"] == ALLOWED[state]
        assert answer.json()["detail"]
    assert not await case.acted()


@pytest.mark.parametrize("state", ["merged", "referred", "not_accepted", "withdrawn"])
async def test_a_case_that_left_the_count_offers_nothing(case: Case, state: str) -> None:
    fact = moved(state, 2, NOW, "received", reason="เหตุผล")
    await announced(case.runtime, case.database, case.id, [*life_until("received", NOW), fact], NOW)
    assert (await case.view())["actions"] == []


async def test_an_action_is_announced_and_seen_at_once(case: Case) -> None:
    await case.reach("decision_communicated")
    answer = await case.act("contest", text="ยังไม่ได้คืนเงิน")
    assert answer.status_code == 202
    assert answer.json()["actions"] == ["rate", "add"]
    (fact,) = await case.acted()
    assert (fact.action, str(fact.text), fact.medium) == ("contest", "ยังไม่ได้คืนเงิน", "api")
    assert (await case.view())["timeline"][-1]["label"] == "You asked for a review of the outcome"


async def test_while_an_answer_waits_to_be_carried_out_there_is_no_second(case: Case) -> None:
    await case.reach("decision_communicated")
    await case.act("accept")
    assert (await case.act("contest")).status_code == 409
    assert len(await case.acted()) == 1


async def test_a_refused_action_is_shown_and_may_be_asked_again(case: Case) -> None:
    await case.reach("investigating")
    await case.act("withdraw")
    refused = ActionRefused(
        case=snapshot("investigating", 5, NOW), at=NOW, actor="system", action="withdraw", why="too late"
    )
    await announced(case.runtime, case.database, case.id, [refused], NOW)
    view = await case.view()
    assert "withdraw" in view["actions"]
    assert "The case could not be withdrawn any more" in [step["label"] for step in view["timeline"]]


@pytest.mark.parametrize(("action", "state"), [("contest", "decision_communicated"), ("reopen", "closed")])
async def test_the_window_counts_from_the_decision_not_from_the_last_edit(
    case: Case, clock: Clock, action: str, state: str
) -> None:
    await case.reach(state)
    if state == "closed":  # closed much later than decided: no matter
        await announced(case.runtime, case.database, case.id, [moved("closed", 9, NOW + timedelta(days=20))], NOW)
    clock.move(days=30)
    assert action in (await case.view())["actions"]
    clock.move(seconds=1)
    assert action not in (await case.view())["actions"]
    assert (await case.act(action)).status_code == 409


async def test_a_decision_can_be_accepted_after_the_time_to_contest_it(case: Case, clock: Clock) -> None:
    await case.reach("decision_communicated")
    clock.move(days=60)
    assert (await case.act("accept")).status_code == 202


async def test_the_handling_is_rated_once_for_each_closure(case: Case) -> None:
    await case.reach("closed")
    assert (await case.act("rate", rating=5)).status_code == 202
    assert (await case.act("rate", rating=1)).status_code == 409
    again = [moved("reopened", 9, NOW, "closed", reopened_count=1), moved("closed", 10, NOW, reopened_count=1)]
    await announced(case.runtime, case.database, case.id, again, NOW)
    assert (await case.act("rate", rating=2, confidence=4, text="ช้าไปหน่อย")).status_code == 202
    assert [(fact.rating, fact.confidence) for fact in await case.acted()] == [(5, None), (2, 4)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "rate"}, "rating"),
        ({"action": "rate", "rating": 0}, "rating"),
        ({"action": "rate", "rating": 6}, "rating"),
        ({"action": "rate", "rating": "5"}, "rating"),
        ({"action": "accept", "rating": 5}, "rating"),
        ({"action": "rate", "rating": 5, "confidence": 6}, "confidence"),
        ({"action": "accept", "confidence": 5}, "confidence"),
        ({"action": "add"}, "text"),
        ({"action": "add", "text": "  "}, "text"),
        ({"action": "add", "text": "a\x00b"}, "text"),
        ({"action": "add", "text": "ก" * 10_001}, "text"),
        ({"action": "close"}, "action"),
        ({}, "action"),
        ({"action": "add", "text": "x", "foo": 1}, "foo"),
    ],
)
async def test_a_bad_action_names_the_field_and_the_remedy(case: Case, body: dict[str, Any], field: str) -> None:
    await case.reach("decision_communicated")
    answer = await case.client.post(
        f"/api/v1/complaints/{case.number}/actions", json=body, headers={"X-Tracking-Secret": case.secret}
    )
    assert answer.status_code == 422, answer.text
    problems = {error["field"]: error for error in answer.json()["errors"]}
    assert problems[field]["detail"]
    assert problems[field]["remedy"]


async def test_with_a_wrong_secret_nothing_can_be_done(case: Case) -> None:
    case.secret = "0000-0000"
    assert (await case.act("withdraw")).status_code == 404
    assert not await case.acted()
