"""Leave in routing: nothing new to who is away, open cases to the substitute and back, decisions by who stands in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.cases import CaseReassigned
from schemas.governance import Leave, StaffMember
from services.kit.database import new_id
from services.routing.duty.hand_over import hand_over
from services.routing.reassign_case import reassign_case
from services.routing.transition_case import StepNotAllowed
from tests.routing.world import MONDAY, World, later

FIRST, SECOND = "officer1.lodging", "officer2.lodging"
DAY = timedelta(days=1)


async def away(world: World, username: str, substitute: str | None = None, days: int = 3, **more: Any) -> StaffMember:
    """Let somebody be on leave from now on."""
    member = world.people[username]
    other = world.people[substitute].staff_id if substitute else None
    period = Leave(leave_id=new_id(), starts_at=world.now, ends_at=world.now + days * DAY, substitute=other, **more)
    gone = member.model_copy(update={"leave": (period,), "version": member.version + 1})
    await world.employ(gone)
    return gone


async def handed(world: World) -> int:
    """Let the job run."""
    return await hand_over(world.database, world.copies, world.now)


async def test_nothing_new_is_assigned_to_who_is_on_leave(world: World) -> None:
    await away(world, FIRST)
    owners = {world.username((await world.case(await world.filed())).owner) for _ in range(3)}
    assert owners == {SECOND}
    world.now += 3 * DAY
    assert world.username((await world.case(await world.filed())).owner) == FIRST


async def test_open_cases_go_to_the_substitute_once_and_come_back_at_the_end(world: World) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    other = SECOND if owner == FIRST else FIRST
    before = await world.case(case_id)
    await away(world, owner, other, hand_over=True)
    assert (await handed(world), await handed(world)) == (1, 0)
    case = await world.case(case_id)
    assert (world.username(case.owner), case.state, case.version) == (other, before.state, before.version + 1)
    told = (await world.announced(case_id))[-1]
    fact = told.payload()
    assert isinstance(fact, CaseReassigned)
    assert (fact.actor, fact.owner_before) == ("system", before.owner)
    world.now += 3 * DAY
    assert (await handed(world), await handed(world)) == (1, 0)
    assert world.username((await world.case(case_id)).owner) == owner


async def test_cases_stay_with_their_owner_unless_the_leave_hands_them_over(world: World) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    await away(world, owner, SECOND if owner == FIRST else FIRST)
    assert await handed(world) == 0
    assert world.username((await world.case(case_id)).owner) == owner


async def test_a_case_given_to_the_absent_owner_on_purpose_is_not_handed_over_again(world: World) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    other = SECOND if owner == FIRST else FIRST
    await away(world, owner, other, hand_over=True)
    await handed(world)
    async with world.database.transaction() as tx:
        await reassign_case(
            tx, world.copies, case_id, owner=owner, reason="ขอให้รอ", viewer=world.people["head.lodging"], now=world.now
        )
    assert await handed(world) == 0
    world.now += 3 * DAY
    assert await handed(world) == 0
    assert world.username((await world.case(case_id)).owner) == owner


async def test_a_substitute_never_takes_a_case_about_themselves(world: World) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    other = SECOND if owner == FIRST else FIRST
    await world.database.read("select 1")
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set subject_person = $2 where id = $1", case_id, other)
    await away(world, owner, other, hand_over=True)
    assert (await handed(world), await handed(world)) == (0, 0)
    assert world.username((await world.case(case_id)).owner) == owner


async def test_a_leave_that_is_cancelled_gives_back_at_once(world: World) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    gone = await away(world, owner, SECOND if owner == FIRST else FIRST, hand_over=True)
    await handed(world)
    await world.employ(gone.model_copy(update={"leave": (), "version": gone.version + 1}))
    assert await handed(world) == 1
    assert world.username((await world.case(case_id)).owner) == owner


async def test_who_stands_in_for_an_approver_decides_but_never_on_what_they_proposed(world: World) -> None:
    case_id = await world.filed()
    owner = world.username((await world.case(case_id)).owner)
    assert owner is not None
    await world.step(case_id, "investigating", owner)
    await world.step(case_id, "response_proposed", owner)
    unit = (await world.case(case_id)).approving_unit
    approver = f"approver.{unit}"
    inside = f"officer1.{unit}"
    with pytest.raises(StepNotAllowed):
        await world.step(case_id, "decision_communicated", inside)
    await away(world, approver, inside)
    staff = await world.copies.staff(world.database)
    acting = staff.acting(world.people[inside], world.now)
    assert "approver" in acting.roles
    proposer = staff.acting(world.people[owner], world.now)
    assert "approver" not in proposer.roles
    world.people[inside] = acting
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set proposed_by = $2, owner = $2 where id = $1", case_id, acting.staff_id)
    with pytest.raises(StepNotAllowed):
        await world.step(case_id, "decision_communicated", inside)
    async with world.database.transaction() as tx:
        before = world.people[owner].staff_id
        await tx.execute("update routing.case set proposed_by = $2, owner = $2 where id = $1", case_id, before)
    moved = await world.step(case_id, "decision_communicated", inside)
    assert moved.state == "decision_communicated"


async def test_roles_are_lent_for_the_days_of_the_leave_within_the_unit_and_never_a_clearance(world: World) -> None:
    head = world.people["head.lodging"]
    lent = head.model_copy(update={"roles": (*head.roles, "integrity", "administrator", "privacy", "auditor")})
    await world.employ(lent)
    await away(world, "head.lodging", FIRST)
    staff = await world.copies.staff(world.database)
    acting = staff.acting(world.people[FIRST], world.now)
    assert set(acting.roles) == {"officer", "supervisor", "unit_head"}
    for moment in (MONDAY - DAY, later(days=3)):
        assert staff.acting(world.people[FIRST], moment) == world.people[FIRST]
    assert staff.acting(world.people["officer1.sales"], world.now) == world.people["officer1.sales"]
