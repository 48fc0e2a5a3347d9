"""Cases that belong together: linked with a reason, told in both, and named to nobody who may not see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.cases import CaseLinked
from schemas.complaints import WordsErased
from services.kit.errors import InvalidInput, NotFound
from services.kit.scope import scope_of
from services.routing.links.find_alike import AlikeRow, find_alike
from services.routing.links.link_cases import link_cases, unlink_cases
from tests.routing.visitor import Visitor
from tests.routing.world import World, later

OFFICER = "officer1.lodging"


async def number_of(world: World, case_id: UUID) -> str:
    return (await world.case(case_id)).tracking_number


async def link(world: World, case_id: UUID, other: UUID, by: str = OFFICER, reason: str = "เรื่องเดียวกัน") -> None:
    number = await number_of(world, other)
    async with world.database.transaction() as tx:
        await link_cases(tx, world.copies, case_id, other=number, reason=reason, viewer=world.people[by], now=world.now)


async def alike(world: World, case_id: UUID, username: str = OFFICER) -> list[AlikeRow]:
    found = await world.file(case_id, username)
    scope = scope_of(world.bundle, world.people[username])
    return await find_alike(world.database, scope, found.case, found.filed.gist)


async def test_a_link_stands_on_both_cases_and_is_announced_of_both(
    world: World, visits: Callable[..., Visitor]
) -> None:
    one, other = await world.filed(), await world.filed("น้ำไหลเบามาก")
    visitor, number = visits(OFFICER), await number_of(world, other)
    page = f"/cases/{await number_of(world, one)}"
    answer = await visitor.fill(
        f"{page}/acts/link?other={number}", f"{page}/acts/link", other=number, reason="ท่อเดียวกัน"
    )
    assert answer.status_code == 303, answer.text
    for case_id, shown in ((one, number), (other, await number_of(world, one))):
        found = await world.file(case_id, OFFICER)
        assert [each.tracking_number for each in found.links] == [shown]
        assert f"เชื่อมโยงกับ {shown}" in await visitor.page(f"/cases/{case_id}")
        assert isinstance((await world.announced(case_id))[-1].payload(), CaseLinked)


async def test_a_link_is_undone_with_a_reason_and_may_be_made_again(
    world: World, visits: Callable[..., Visitor]
) -> None:
    one, other = await world.filed(), await world.filed()
    await link(world, one, other)
    (kept,) = (await world.file(other, OFFICER)).links
    page = f"/cases/{await number_of(world, other)}"
    visitor = visits(OFFICER)
    assert (await visitor.fill(f"{page}/links/{kept.id}/undo", reason="")).status_code == 422
    assert (await visitor.fill(f"{page}/links/{kept.id}/undo", reason="คนละท่อ")).status_code == 303
    assert (await world.file(one, OFFICER)).links == []
    assert "ยกเลิกการเชื่อมโยงกับ" in await visitor.page(f"/cases/{one}")
    await link(world, other, one)
    assert len((await world.file(one, OFFICER)).links) == 1


async def test_two_cases_are_linked_once_and_never_one_with_itself(world: World) -> None:
    one, other = await world.filed(), await world.filed()
    await link(world, one, other)
    for first, second in ((one, other), (other, one), (one, one)):
        with pytest.raises(InvalidInput):
            await link(world, first, second)


async def test_a_case_outside_the_scope_can_neither_be_linked_nor_is_it_named(world: World) -> None:
    one, other = await world.filed(), await world.filed()
    await link(world, one, other)
    number = await number_of(world, other)
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set restricted = true, unit = 'integrity' where id = $1", other)
    found = await world.file(one, OFFICER)
    assert found.links == []
    assert number not in str([line.fields for line in found.timeline])
    third = await world.filed()
    with pytest.raises(InvalidInput):
        await link(world, third, other)
    async with world.database.transaction() as tx:
        with pytest.raises(NotFound):
            await unlink_cases(
                tx, world.copies, one, uuid4(), reason="ไม่มี", viewer=world.people[OFFICER], now=world.now
            )


async def test_erasing_either_case_erases_why_they_were_linked(world: World) -> None:
    one, other = await world.filed(), await world.filed()
    await link(world, one, other, reason="คุณสมชายคนเดิม")
    await world.announce("intake", WordsErased(at=world.now, legal_ground="มาตรา 33"), other)
    await world.drain()
    assert [each.reason for each in (await world.file(one, OFFICER)).links] == [None]


async def test_cases_in_like_words_at_the_same_matter_are_found_best_first(world: World) -> None:
    mine = await world.filed("น้ำไม่ไหลทั้งคืน ห้องพักชั้นสอง")
    near = await world.filed("ห้องพักชั้นสองน้ำไม่ไหลตั้งแต่กลางคืน")
    await world.filed("พนักงานต้อนรับพูดจาไม่สุภาพ")
    found = await alike(world, mine)
    assert [row.id for row in found] == [near]
    assert found[0].likeness.words


async def test_a_case_of_the_same_person_about_the_same_matter_is_a_repeat(
    world: World, visits: Callable[..., Visitor]
) -> None:
    person = uuid4()
    first = await world.filed("น้ำไม่ไหลทั้งคืน", complainant_ref=person)
    world.now = later(days=30)
    again = await world.filed("เครื่องปรับอากาศเสียงดัง", complainant_ref=person)
    (row,) = [row for row in await alike(world, again) if row.same_person]
    assert (row.id, row.repeat) == (first, True)
    assert "ร้องเรียนซ้ำ" in await visits(OFFICER).page(f"/cases/{again}")
    world.now = later(days=130)
    late = await world.filed("ประตูเสีย", complainant_ref=person)
    rows = {row.id: row.repeat for row in await alike(world, late)}
    # A hundred days after the one before, a hundred and thirty after the first.
    assert rows == {first: False, again: False}


async def test_cases_outside_the_scope_and_linked_ones_are_not_offered(
    world: World, visits: Callable[..., Visitor]
) -> None:
    mine, near, linked = [await world.filed("น้ำไม่ไหลทั้งคืน ห้องพักชั้นสอง") for _ in range(3)]
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set restricted = true, unit = 'integrity' where id = $1", near)
    await link(world, mine, linked)
    assert await alike(world, mine) == []
    assert await number_of(world, near) not in await visits(OFFICER).page(f"/cases/{mine}/alike")


async def test_the_page_of_similar_cases_says_why_and_offers_to_link(
    world: World, visits: Callable[..., Visitor]
) -> None:
    mine, near = [await world.filed("น้ำไม่ไหลทั้งคืน ห้องพักชั้นสอง") for _ in range(2)]
    page = await visits(OFFICER).page(f"/cases/{mine}/alike")
    number = await number_of(world, near)
    assert "ข้อความคล้ายกัน" in page
    assert f"/acts/link?other={number}" in page
    answer: Any = (await visits(OFFICER).http.get(f"/api/v1/cases/{mine}/alike")).json()
    assert [item["tracking_number"] for item in answer["items"]] == [number]
