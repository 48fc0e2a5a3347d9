"""Sums beyond what an approver may settle go to the executive, in a decision and in its review (5.4, 7.8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.kit.database import Database
from services.kit.errors import NotFound
from services.routing.allowed import StepNotAllowed, allowed_steps
from services.routing.nobody_can import NOBODY, explained
from tests.routing.world import World

OFFICER, APPROVER, REVIEWER, EXECUTIVE = "officer1.lodging", "approver.services", "reviewer", "head.quick"
BIG = {"remedy": "refund", "baht": "50000", "authority": "ข้อ 9"}
SMALL = {**BIG, "baht": "900"}
MISCONDUCT: dict[str, Any] = {"category": "misconduct"}


async def proposed(world: World, by: str = OFFICER, remedy: dict[str, Any] = SMALL, **filed: Any) -> UUID:
    """A case whose response stands to be decided."""
    case_id = await world.filed(**filed)
    await world.step(case_id, "investigating", by)
    await world.step(case_id, "response_proposed", by, **remedy)
    return case_id


async def reviewed(world: World, decider: str, remedy: dict[str, Any]) -> UUID:
    """A case whose decision is contested."""
    case_id = await proposed(world, remedy=remedy)
    await world.step(case_id, "decision_communicated", decider)
    await world.acts(case_id, "contest", "น้อยไป")
    return case_id


async def granted(world: World, case_id: UUID) -> str:
    """The sum granted so far, in baht."""
    return str((await world.case(case_id)).decision["baht"])  # type: ignore[index]


async def test_a_review_upholds_a_sum_that_was_settled_by_somebody_who_may(world: World) -> None:
    case_id = await reviewed(world, EXECUTIVE, BIG)
    await world.step(case_id, "decision_communicated", REVIEWER)
    assert await granted(world, case_id) == "50000.00"


async def test_a_review_that_grants_more_than_its_limit_is_for_the_executive(world: World) -> None:
    case_id = await reviewed(world, APPROVER, SMALL)
    with pytest.raises(StepNotAllowed, match="over your settlement limit"):
        await world.step(case_id, "decision_communicated", "approver.legal", **BIG)
    await world.step(case_id, "decision_communicated", EXECUTIVE, **BIG)
    assert await granted(world, case_id) == "50000.00"


async def test_the_executive_does_not_review_a_decision_of_their_own(world: World) -> None:
    case_id = await reviewed(world, EXECUTIVE, BIG)
    with pytest.raises(StepNotAllowed, match="You made the decision under review"):
        await world.step(case_id, "decision_communicated", EXECUTIVE)


async def test_a_second_review_that_says_nothing_of_a_remedy_leaves_that_of_the_first(world: World) -> None:
    case_id = await reviewed(world, APPROVER, SMALL)
    await world.step(case_id, "decision_communicated", "approver.legal", **{**SMALL, "baht": "1500"})
    await world.acts(case_id, "contest", "ยังน้อยไป")
    await world.step(case_id, "decision_communicated", EXECUTIVE)
    assert await granted(world, case_id) == "1500.00"


async def test_a_restricted_case_is_before_the_executive_only_while_the_sum_is_to_be_decided(world: World) -> None:
    by = "officer1.integrity"
    case_id = await world.filed(**MISCONDUCT)
    await world.step(case_id, "investigating", by)
    with pytest.raises(NotFound):
        await world.file(case_id, EXECUTIVE)
    await world.step(case_id, "response_proposed", by, **BIG)
    await world.bare_step(case_id, "investigating", EXECUTIVE, reason="ขอหลักฐานเพิ่ม")
    with pytest.raises(NotFound):
        await world.file(case_id, EXECUTIVE)
    await world.step(case_id, "response_proposed", by, **BIG)
    await world.step(case_id, "decision_communicated", EXECUTIVE)
    case = await world.case(case_id)
    assert (case.approving_unit, case.decided_by) == ("audit", world.people[EXECUTIVE].staff_id)
    with pytest.raises(NotFound):
        await world.file(case_id, EXECUTIVE)


async def test_a_step_that_nobody_of_the_staff_may_take_says_so(database: Database) -> None:
    world = World(database)
    del world.people["approver2.audit"]
    await world.prepare()
    case_id = await proposed(world, "officer1.integrity", **MISCONDUCT)
    await world.step(case_id, "decision_communicated", "approver.audit")
    await world.acts(case_id, "contest", "ไม่เป็นความจริง")
    viewer = world.people["approver.audit"]
    assert await _why(world, case_id, viewer.username) == NOBODY
    await world.employ(viewer.model_copy(update={"username": "new", "staff_id": UUID(int=7), "version": 1}))
    assert await _why(world, case_id, viewer.username) != NOBODY


async def _why(world: World, case_id: UUID, username: str) -> str | None:
    case = await world.case(case_id)
    steps = allowed_steps(case, world.people[username], world.bundle, world.now)
    staff = await world.copies.staff(world.database)
    found = next(
        step for step in explained(steps, case, world.bundle, staff, world.now) if step.to == "decision_communicated"
    )
    return found.blocked.what if found.blocked else None
