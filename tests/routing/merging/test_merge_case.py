"""Merging joins a case into another, which is told; separating undoes it, and neither loses what happened before."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from services.kit.errors import InvalidInput
from services.routing.allowed import StepNotAllowed
from services.routing.links.link_cases import link_cases
from tests.routing.visitor import Visitor
from tests.routing.world import World

OFFICER, SUPERVISOR = "officer1.lodging", "supervisor"


async def to_merge(world: World, narrative: str = "น้ำไม่ไหลทั้งคืน") -> UUID:
    """A case that is not yet assigned: only from there is a case merged."""
    case_id = await world.filed(narrative)
    await world.bare_step(case_id, "assessed", OFFICER, reason="ยังไม่ชัดว่าเป็นของหน่วยใด")
    return case_id


async def merged(world: World) -> tuple[UUID, UUID]:
    one, other = await to_merge(world), await world.filed()
    number = (await world.case(other)).tracking_number
    await world.bare_step(one, "merged", SUPERVISOR, into=number, reason="เรื่องเดียวกัน ยื่นซ้ำ")
    return one, other


async def test_both_cases_know_of_a_merging_and_are_linked(world: World, visits: Callable[..., Visitor]) -> None:
    one, other = await merged(world)
    number = (await world.case(one)).tracking_number
    assert (await world.case(one)).state == "merged"
    (link,) = (await world.file(other, SUPERVISOR)).links
    assert (link.tracking_number, link.sort, link.outward) == (number, "merged", False)
    page = await visits(SUPERVISOR).page(f"/cases/{other}")
    assert f"รวม {number} เข้ากับเรื่องนี้" in page


async def test_a_merged_case_is_separated_again_and_goes_on_as_it_was(
    world: World, visits: Callable[..., Visitor]
) -> None:
    one, other = await merged(world)
    before = await world.case(one)
    address = f"/cases/{before.tracking_number}"
    answer = await visits(SUPERVISOR).fill(f"{address}/steps/assessed", reason="คนละห้อง คนละวัน")
    assert answer.status_code == 303, answer.text
    case = await world.case(one)
    assert (case.state, case.ended_at, case.outcome) == ("assessed", None, None)
    assert (case.ratings, case.priority, case.received_at) == (before.ratings, before.priority, before.received_at)
    assert (await world.file(one, SUPERVISOR)).links == []
    lines = (await world.file(other, SUPERVISOR)).timeline
    assert [line.fields["undone"] for line in lines if line.kind == "linked"] == [False, True]
    await world.step(one, "assigned", SUPERVISOR, unit="lodging")


async def test_only_a_supervisor_who_does_not_own_it_separates_a_case(world: World) -> None:
    one, _ = await merged(world)
    with pytest.raises(StepNotAllowed):
        await world.bare_step(one, "assessed", "centre", reason="คนละเรื่อง")


async def test_two_that_were_linked_are_merged_and_the_link_is_then_that_of_the_merging(world: World) -> None:
    one, other = await to_merge(world), await world.filed()
    number = (await world.case(other)).tracking_number
    async with world.database.transaction() as tx:
        await link_cases(
            tx, world.copies, one, other=number, reason="ท่อเดียวกัน", viewer=world.people[SUPERVISOR], now=world.now
        )
    await world.bare_step(one, "merged", SUPERVISOR, into=number, reason="ยื่นซ้ำ")
    assert [each.sort for each in (await world.file(one, SUPERVISOR)).links] == ["merged"]


async def test_an_ordinary_case_is_never_merged_into_a_restricted_one(world: World) -> None:
    one, other = await to_merge(world), await world.filed()
    number = (await world.case(other)).tracking_number
    async with world.database.transaction() as tx:
        await tx.execute(
            "update routing.case set restricted = true, approving_unit = $2 where id = $1",
            other, world.people[SUPERVISOR].unit,
        )  # fmt: skip
    with pytest.raises(InvalidInput):
        await world.bare_step(one, "merged", SUPERVISOR, into=number, reason="ยื่นซ้ำ")
