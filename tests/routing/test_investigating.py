"""Assessing proposes a priority, investigating keeps a record, and nobody proposes who has not declared (7.5, 7.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.cases import FindingRecorded
from schemas.policy import Ratings
from services.kit.errors import InvalidInput
from services.routing.forms import causes
from services.routing.reassign_case import reassign_case
from services.routing.record_finding import record_finding
from tests.routing.visitor import Visitor
from tests.routing.world import World, a_case, later, policy

OFFICER, OTHER, CENTRE = "officer1.lodging", "officer2.lodging", "centre"
RATED: dict[str, Any] = {"severity": 2, "safety": 1, "complexity": 2, "impact": 2, "urgency": 2}


async def to_assess(world: World) -> object:
    case_id = await world.filed()
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set state = 'received', owner = null where id = $1", case_id)
    return case_id


async def test_another_priority_than_the_ratings_propose_needs_its_reason(world: World) -> None:
    proposed = world.bundle.severity.priority_for(Ratings(**RATED))
    other = next(one.code for one in world.bundle.priorities if one.code != proposed)
    case_id = await to_assess(world)
    with pytest.raises(InvalidInput) as refused:
        await world.bare_step(str(case_id), "assessed", CENTRE, **RATED, priority=other)
    assert [problem.field for problem in refused.value.fields] == ["priority_reason"]
    await world.bare_step(str(case_id), "assessed", CENTRE, **RATED, priority=other, priority_reason="กระทบผู้สูงอายุ")
    found = await world.file(str(case_id), CENTRE)
    assert found.case.priority == other
    assert found.timeline[-1].texts["priority_reason"] == "กระทบผู้สูงอายุ"


async def test_left_to_the_ratings_the_priority_is_what_they_propose(world: World) -> None:
    case_id = await to_assess(world)
    await world.bare_step(str(case_id), "assessed", CENTRE, **RATED)
    assert (await world.file(str(case_id), CENTRE)).case.priority == world.bundle.severity.priority_for(
        Ratings(**RATED)
    )


async def test_the_form_of_an_assessment_begins_with_the_ratings_of_the_rules_and_proposes(
    world: World, visits: Callable[..., Visitor]
) -> None:
    case_id = await to_assess(world)
    page = await visits(CENTRE).page(f"/cases/{case_id}/steps/assessed")
    assert "data-proposes" in page
    assert page.count(" checked") >= 5


async def test_findings_are_kept_with_their_source_and_begin_the_evidence_of_a_proposal(
    world: World, visits: Callable[..., Visitor]
) -> None:
    case_id = await world.filed()
    await world.step(case_id, "investigating", OFFICER)
    visitor, address = visits(OFFICER), f"/cases/{(await world.case(case_id)).tracking_number}"
    answer = await visitor.fill(
        f"{address}/acts/finding", sort="interview", source="ช่างประปา", text="ปั๊มเสียตั้งแต่สามทุ่ม", reference="รูป 3.jpg"
    )
    assert answer.status_code == 303, answer.text
    page = await visitor.page(address)
    for said in ("สอบถามบุคคล: ช่างประปา", "ปั๊มเสียตั้งแต่สามทุ่ม", "รูป 3.jpg"):
        assert said in page
    assert "สอบถามบุคคล: ช่างประปา – ปั๊มเสียตั้งแต่สามทุ่ม" in await visitor.page(f"{address}/steps/response_proposed")
    fact = (await world.announced(case_id))[-1].payload()
    assert isinstance(fact, FindingRecorded)
    assert str(fact.texts["source"]) == "ช่างประปา"


async def test_a_finding_lies_not_ahead_and_says_what_it_shows(world: World) -> None:
    case_id = await world.filed()
    for wrong in ({"found_at": later(days=1)}, {"text": " "}, {"sort": "rumour"}, {"source": ""}):
        given = {"sort": "evidence", "source": "กล้องวงจรปิด", "text": "เห็นน้ำรั่ว", **wrong}
        async with world.database.transaction() as tx:
            with pytest.raises(InvalidInput):
                await record_finding(tx, world.copies, case_id, viewer=world.people[OFFICER], now=world.now, **given)  # type: ignore[arg-type]


async def test_who_took_the_case_over_declares_to_have_no_conflict_before_proposing(world: World) -> None:
    case_id = await world.filed()
    await world.step(case_id, "investigating", OFFICER)
    async with world.database.transaction() as tx:
        await reassign_case(
            tx, world.copies, case_id, owner=OTHER, reason="ลาป่วย", viewer=world.people[OFFICER], now=world.now
        )
    with pytest.raises(InvalidInput) as refused:
        await world.step(case_id, "response_proposed", OTHER)
    assert [problem.field for problem in refused.value.fields] == ["no_conflict"]
    await world.step(case_id, "response_proposed", OTHER, no_conflict=True)
    assert (await world.case(case_id)).declared_by == world.people[OTHER].staff_id


def test_causes_are_offered_as_a_tree_with_the_way_to_each() -> None:
    label = {"th": "ก", "en": "Place"}
    tree = policy(
        causes=[
            {"code": "place", "label": label},
            {"code": "process", "label": {"th": "ข", "en": "Process"}},
            {"code": "pump", "parent": "place", "label": {"th": "ค", "en": "Pump"}},
        ]
    )
    assert causes(a_case(), tree, "en") == [("place", "Place"), ("pump", "Place › Pump"), ("process", "Process")]
