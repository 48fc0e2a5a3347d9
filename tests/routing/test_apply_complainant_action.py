"""What the complainant does moves the case as the table says; what is no longer possible is said, never dropped."""

from __future__ import annotations

from uuid import UUID

import pytest

from schemas.cases import ActionRefused, CaseMoved, ComplainantAdded
from services.routing.add_note import add_note
from tests.routing.world import World, later

OFFICER, APPROVER, VERIFIER = "officer1.lodging", "approver.services", "verifier"


@pytest.fixture
async def decided(world: World) -> UUID:
    """A case whose decision was communicated."""
    case_id = await world.filed(category="cleanliness")
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    await world.step(case_id, "decision_communicated", APPROVER)
    return case_id


@pytest.fixture
async def closed(world: World, decided: UUID) -> UUID:
    """A case that was accepted and closed."""
    await world.acts(decided, "accept")
    await world.step(decided, "closed", VERIFIER)
    return decided


async def test_accepting_leads_to_carrying_the_decision_out(world: World, decided: UUID) -> None:
    await world.acts(decided, "accept")
    case = await world.case(decided)
    assert (case.state, case.accepted_at) == ("implementing", world.now)
    fact = (await world.announced(decided))[-1].payload()
    assert isinstance(fact, CaseMoved)
    assert (fact.actor, fact.by) == ("complainant", None)


async def test_contesting_leads_to_the_internal_review(world: World, decided: UUID) -> None:
    await world.acts(decided, "contest", "ไม่เห็นด้วย")
    assert (await world.case(decided)).state == "internal_review"


async def test_contesting_too_late_is_refused_and_said(world: World, decided: UUID) -> None:
    world.now = later(days=31)
    await world.acts(decided, "contest", "ไม่เห็นด้วย")
    assert (await world.case(decided)).state == "decision_communicated"
    fact = (await world.announced(decided))[-1].payload()
    assert isinstance(fact, ActionRefused)
    assert (fact.action, "30 days" in fact.why) == ("contest", True)
    line = (await world.file(decided, OFFICER)).timeline[-1]
    assert (line.kind, line.texts["text"]) == ("refused", "ไม่เห็นด้วย")


async def test_what_was_done_in_time_counts_even_when_it_is_read_late(world: World, decided: UUID) -> None:
    acted = later(days=29)
    world.now = later(days=35)
    await world.acts(decided, "contest", at=acted)
    assert (await world.case(decided)).state == "internal_review"


async def test_reopening_in_time_puts_the_case_straight_back_to_work(world: World, closed: UUID) -> None:
    world.now = later(days=10)
    await world.acts(closed, "reopen", "ยังไม่ได้แก้")
    case = await world.case(closed)
    assert (case.state, case.reopened_count, case.ended_at) == ("investigating", 1, None)
    assert world.username(case.owner) == OFFICER
    moved = [event.payload() for event in await world.announced(closed)][-2:]
    assert [fact.to for fact in moved if isinstance(fact, CaseMoved)] == ["reopened", "investigating"]


async def test_reopening_after_the_window_is_refused(world: World, closed: UUID) -> None:
    world.now = later(days=30, seconds=1)
    await world.acts(closed, "reopen")
    assert (await world.case(closed)).state == "closed"
    assert isinstance((await world.announced(closed))[-1].payload(), ActionRefused)


async def test_a_note_after_the_decision_does_not_lengthen_the_window(world: World, closed: UUID) -> None:
    world.now = later(days=29)
    async with world.database.transaction() as tx:
        await add_note(tx, world.copies, closed, text="โทรถามแล้ว", viewer=world.people[OFFICER], now=world.now)
    world.now = later(days=31)
    await world.acts(closed, "reopen")
    assert (await world.case(closed)).state == "closed"


async def test_withdrawing_ends_an_open_case_with_the_complainants_confirmation(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    await world.acts(case_id, "withdraw", "แก้แล้ว")
    case = await world.case(case_id)
    assert (case.state, (case.outcome or {})["confirmed"]) == ("withdrawn", True)


async def test_withdrawing_leaves_no_task_behind(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, remedy="apology")
    await world.step(case_id, "decision_communicated", APPROVER)
    await world.acts(case_id, "withdraw")
    found = await world.file(case_id, OFFICER)
    assert (found.case.state, found.case.open_tasks) == ("withdrawn", 0)
    assert [task.status for task in found.tasks] == ["dropped"]


async def test_an_ended_case_is_not_withdrawn(world: World, closed: UUID) -> None:
    await world.acts(closed, "withdraw")
    assert (await world.case(closed)).state == "closed"


async def test_added_words_are_kept_and_move_nothing(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    before = await world.case(case_id)
    await world.acts(case_id, "add", "เมื่อคืนก็ไม่ไหล")
    case = await world.case(case_id)
    assert (case.state, case.version) == ("assigned", before.version + 1)
    fact = (await world.announced(case_id))[-1].payload()
    assert isinstance(fact, ComplainantAdded)
    assert str(fact.text) == "เมื่อคืนก็ไม่ไหล"


async def test_a_rating_is_not_routings_to_keep(world: World, closed: UUID) -> None:
    before = (await world.case(closed)).version
    await world.acts(closed, "rate")
    assert (await world.case(closed)).version == before


async def test_an_accepted_decision_with_nothing_to_carry_out_is_closed_by_a_verifier(
    world: World, decided: UUID
) -> None:
    await world.acts(decided, "accept")
    assert (await world.case(decided)).open_tasks == 0
    await world.step(decided, "closed", VERIFIER)
    assert (await world.case(decided)).state == "closed"
