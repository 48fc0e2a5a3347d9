"""Silence closes a case only after the notices, and never while something is owed."""

from __future__ import annotations

from uuid import UUID

import pytest

from schemas.cases import CaseMoved, SilenceNoticed
from services.routing.close_silent_cases import close_silent_cases
from tests.routing.world import World, later

OFFICER, APPROVER = "officer1.lodging", "approver.services"


async def decided(world: World, **fields: str) -> UUID:
    """A case whose decision was communicated."""
    case_id = await world.filed(category="cleanliness")
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, **fields)
    await world.step(case_id, "decision_communicated", APPROVER)
    return case_id


@pytest.fixture
async def case_id(world: World) -> UUID:
    """A case that waits for the complainant's answer since Monday."""
    return await decided(world)


async def run(world: World, days: float) -> int:
    """Let so many days pass since the decision, and the job run."""
    world.now = later(days=days)
    return await close_silent_cases(world.database, world.copies, world.now)


async def test_two_notices_go_out_and_then_the_case_is_closed(world: World, case_id: UUID) -> None:
    for day in (6, 7, 8, 13, 14, 20, 29, 30, 31):
        await run(world, day)
    facts = [event.payload() for event in await world.announced(case_id)]
    notices = [(fact.notice, fact.at) for fact in facts if isinstance(fact, SilenceNoticed)]
    assert notices == [(1, later(days=7)), (2, later(days=14))]
    last = facts[-1]
    assert isinstance(last, CaseMoved)
    assert (last.to, last.actor, last.at) == ("closed", "system", later(days=30))


async def test_the_job_run_twice_says_nothing_twice(world: World, case_id: UUID) -> None:
    assert await run(world, 7) == 1
    assert await run(world, 7) == 0


async def test_after_a_long_standstill_every_notice_still_comes_first(world: World, case_id: UUID) -> None:
    await run(world, 90)
    assert (await world.case(case_id)).state == "decision_communicated"
    await run(world, 91)
    assert (await world.case(case_id)).notices == 2
    await run(world, 91.5)
    assert (await world.case(case_id)).state == "decision_communicated"
    await run(world, 92)
    assert (await world.case(case_id)).state == "closed"


async def test_an_answer_ends_the_waiting(world: World, case_id: UUID) -> None:
    await world.acts(case_id, "accept")
    assert await run(world, 40) == 0
    assert (await world.case(case_id)).state == "implementing"


async def test_a_case_with_a_remedy_still_to_deliver_stays_open(world: World) -> None:
    case_id = await decided(world, remedy="apology")
    for day in (7, 14, 30, 32):
        await run(world, day)
    assert (await world.case(case_id)).state == "decision_communicated"


async def test_no_case_starves_behind_the_size_of_a_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.routing.close_silent_cases.BATCH", 2)
    ids = [await decided(world) for _ in range(5)]
    assert await run(world, 7) == 5
    assert {(await world.case(case_id)).notices for case_id in ids} == {1}
