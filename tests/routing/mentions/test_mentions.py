"""A colleague named in a note is told, where they may see the case; else its writer is, at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from services.kit.errors import InvalidInput
from services.kit.scope import scope_of
from services.routing.add_note import add_note
from services.routing.mentions.read_mentions import count_unread, list_mentions
from tests.routing.visitor import Visitor
from tests.routing.world import World

Visits = Callable[..., Visitor]
OFFICER, OTHER = "officer1.lodging", "officer2.lodging"


async def note(world: World, case_id: object, text: str, by: str = OFFICER) -> object:
    async with world.database.transaction() as tx:
        return await add_note(tx, world.copies, str(case_id), text=text, viewer=world.people[by], now=world.now)


async def test_a_named_colleague_finds_the_note_until_it_is_read(world: World, visits: Visits) -> None:
    case_id = await world.filed()
    number = (await world.case(case_id)).tracking_number
    answer = await visits(OFFICER).fill(
        f"/cases/{number}?say=note", f"/cases/{number}/acts/note", text=f"@{OTHER} ดูด้วย"
    )
    assert f"แจ้ง ชื่อ {OTHER} แล้ว" in await visits(OFFICER).page(answer.headers["location"])
    other = visits(OTHER)
    assert (await other.http.get("/mentions/count")).json() == {"unread": 1, "shown": "1"}
    page = await other.page("/mentions")
    assert "ดูด้วย" in page
    link = page.partition('href="/mentions/')[2].partition('"')[0]
    opened = await other.http.get(f"/mentions/{link}")
    assert opened.headers["location"].startswith(f"/cases/{number}#line-")
    anchor = opened.headers["location"].partition("#")[2]
    assert f'id="{anchor}"' in await other.page(f"/cases/{number}")
    assert (await other.http.get("/mentions/count")).json()["unread"] == 0
    assert (await visits(OFFICER).http.get(f"/mentions/{link}")).status_code == 404


async def test_a_writer_learns_at_once_who_may_not_see_the_case(world: World, visits: Visits) -> None:
    case_id = await world.filed()
    number = (await world.case(case_id)).tracking_number
    answer = await visits(OFFICER).fill(
        f"/cases/{number}?say=note", f"/cases/{number}/acts/note", text="ฝาก @officer1.sales ดู"
    )
    assert answer.status_code == 422
    assert "ชื่อ officer1.sales ไม่มีสิทธิ์เห็นเรื่องนี้" in answer.text
    assert "ฝาก @officer1.sales ดู" in answer.text
    assert not [line for line in (await world.file(case_id, OFFICER)).timeline if line.kind == "note"]


async def test_a_note_of_a_case_that_left_the_scope_is_shown_no_more(world: World) -> None:
    case_id = await world.filed()
    await note(world, case_id, f"@{OTHER} ดูด้วย")
    scope = scope_of(world.bundle, world.people[OTHER])
    assert await count_unread(world.database, scope) == 1
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set restricted = true, unit = 'integrity' where id = $1", case_id)
    assert await count_unread(world.database, scope) == 0
    assert (await list_mentions(world.database, scope)).rows == []


async def test_the_list_is_paged_by_key_newest_first(world: World) -> None:
    case_id = await world.filed()
    for minute in range(5):
        world.now += timedelta(minutes=minute)
        await note(world, case_id, f"@{OTHER} ข้อ {minute}")
    scope, after, seen = scope_of(world.bundle, world.people[OTHER]), None, []
    while True:
        page = await list_mentions(world.database, scope, after=after, limit=2)
        seen += [row.text for row in page.rows]
        after = page.following
        if after is None:
            break
    assert seen == [f"@{OTHER} ข้อ {minute}" for minute in (4, 3, 2, 1, 0)]


async def test_nobody_is_told_of_naming_themselves_and_an_unknown_name_is_said(world: World, visits: Visits) -> None:
    case_id = await world.filed()
    number = (await world.case(case_id)).tracking_number
    answer = await visits(OFFICER).fill(
        f"/cases/{number}?say=note", f"/cases/{number}/acts/note", text=f"@{OFFICER} @สมศรี"
    )
    page = await visits(OFFICER).page(answer.headers["location"])
    assert "ไม่มีใครชื่อ @สมศรี" in page
    assert await world.database.read("select 1 from routing.mention") == []


async def test_the_names_offered_are_of_those_who_may_see_the_case(world: World, visits: Visits) -> None:
    case_id = await world.filed()
    people = (await visits(OFFICER).http.get(f"/cases/{case_id}/names?q=officer")).json()["people"]
    names = {one["username"] for one in people}
    assert OTHER in names
    assert "officer1.sales" not in names
    assert people[0]["insert"] == f"ชื่อ {people[0]['username']}"


async def test_a_note_names_no_more_than_can_be_meant(world: World) -> None:
    case_id, other = await world.filed(), world.people[OTHER]
    many = [
        other.model_copy(update={"staff_id": uuid4(), "username": f"many{n}", "display_name": f"คน{n}"})
        for n in range(21)
    ]
    await world.employ(*many)
    with pytest.raises(InvalidInput):
        await note(world, case_id, " ".join(f"@{one.username}" for one in many))
