"""Splitting: the part becomes a case of its own, received when the whole was, and both know of each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from schemas.cases import CaseSplit
from services.kit.errors import InvalidInput
from services.routing.merging.split_case import split_case
from tests.routing.visitor import Visitor
from tests.routing.world import World, later

OFFICER = "officer1.lodging"


async def test_a_part_is_asked_for_and_linked_once_it_is_registered(
    world: World, visits: Callable[..., Visitor]
) -> None:
    whole = await world.filed("น้ำไม่ไหล และพนักงานพูดจาไม่สุภาพ")
    received_at = world.now
    world.now = later(days=2)
    visitor = visits(OFFICER)
    address = f"/cases/{(await world.case(whole)).tracking_number}"
    answer = await visitor.fill(
        f"{address}/acts/split", narrative="พนักงานพูดจาไม่สุภาพ", category="lodging", reason="คนละเรื่อง"
    )
    assert answer.status_code == 303, answer.text
    fact = (await world.announced(whole))[-1].payload()
    assert isinstance(fact, CaseSplit)
    assert (str(fact.narrative), fact.category) == ("พนักงานพูดจาไม่สุภาพ", "lodging")
    part = await world.filed(str(fact.narrative), received_at=received_at, split_from=whole, filed_by=fact.by)
    assert (await world.case(part)).received_at == received_at
    (there,), (here,) = (await world.file(part, OFFICER)).links, (await world.file(whole, OFFICER)).links
    assert (there.sort, there.outward, there.other_id) == ("split", True, whole)
    assert (here.sort, here.outward, here.other_id) == ("split", False, part)
    assert f"แยกเรื่อง: {here.tracking_number}" in await visitor.page(address)


async def test_a_part_of_a_restricted_case_stays_restricted(world: World) -> None:
    whole = await world.filed()
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set restricted = true, unit = 'integrity' where id = $1", whole)
    officer = world.people["officer1.integrity"]
    async with world.database.transaction() as tx:
        with pytest.raises(InvalidInput):
            await split_case(
                tx, world.copies, whole, narrative="ห้องไม่สะอาด", category="lodging", reason="คนละเรื่อง",
                viewer=officer, now=world.now + timedelta(hours=1),
            )  # fmt: skip


async def test_a_part_that_is_restricted_does_not_show_in_the_case_it_came_from(world: World) -> None:
    whole = await world.filed()
    part = await world.filed("เรียกรับเงิน", split_from=whole, category="misconduct")
    assert (await world.case(part)).restricted
    assert (await world.file(whole, OFFICER)).links == []
    assert (await world.case(part)).tracking_number not in str((await world.file(whole, OFFICER)).timeline)
