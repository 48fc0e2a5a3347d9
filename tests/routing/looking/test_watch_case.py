"""Who else has a case open: told at once, forgotten in seconds, and never to whom the case is hidden from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.kit.i18n import Lang
from services.routing.looking.look_at_case import forget_old_looks, look_at, lookers, say_writing
from services.routing.looking.watch_case import Watch
from services.routing.pages.live import say_form
from tests.routing.visitor import Visitor
from tests.routing.world import World, staff_id

OFFICER, OTHER = "officer1.lodging", "officer2.lodging"


async def watching(world: World, case_id: UUID, username: str, lang: Lang = "th") -> Watch:
    version = (await world.case(case_id)).version
    return Watch(world.context, world.people[username], case_id, lang, version, say_form)


async def told(stream: Any, name: str) -> Any:
    """What the next event of that name says."""
    async with asyncio.timeout(8):
        async for said in stream:
            if said.startswith(f"event: {name}\n"):
                return json.loads(said.partition("data: ")[2])
    raise AssertionError(f"the stream ended without {name}")


async def test_two_who_have_a_case_open_see_each_other_come_write_and_go(world: World) -> None:
    case_id = await world.filed()
    mine = (await watching(world, case_id, OFFICER)).events()
    assert await told(mine, "looking") == {"people": []}
    theirs = (await watching(world, case_id, OTHER)).events()
    assert [one["text"] for one in (await told(theirs, "looking"))["people"]] == [f"ชื่อ {OFFICER} เปิดดูอยู่ด้วย"]
    assert [one["text"] for one in (await told(mine, "looking"))["people"]] == [f"ชื่อ {OTHER} เปิดดูอยู่ด้วย"]
    await say_writing(world.database, case_id, staff_id(OTHER), "note", world.now)
    assert [one["text"] for one in (await told(mine, "looking"))["people"]] == [f"ชื่อ {OTHER} กำลังเขียน: โน้ตภายใน"]
    await theirs.aclose()
    assert await told(mine, "looking") == {"people": []}
    await mine.aclose()


async def test_an_open_case_tells_who_changed_it_and_what(world: World, visits: Callable[..., Visitor]) -> None:
    case_id = await world.filed()
    stream = (await watching(world, case_id, OFFICER)).events()
    await told(stream, "looking")
    address = f"/cases/{(await world.case(case_id)).tracking_number}"
    await visits(OTHER).fill(f"{address}?say=note", f"{address}/acts/note", text="ช่างมาแล้ว")
    changed = await told(stream, "changed")
    assert changed["text"] == f"ชื่อ {OTHER} · โน้ตภายใน"
    assert changed["version"] == (await world.case(case_id)).version
    await stream.aclose()


async def test_a_case_that_leaves_the_viewers_sight_ends_their_stream(world: World) -> None:
    case_id = await world.filed()
    stream = (await watching(world, case_id, OFFICER)).events()
    await told(stream, "looking")
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set restricted = true, unit = 'integrity' where id = $1", case_id)
    await told(stream, "gone")
    assert [said async for said in stream] == []


async def test_a_screen_that_went_away_without_a_word_is_forgotten(world: World) -> None:
    case_id, screen = await world.filed(), UUID(int=7)
    await look_at(world.database, case_id, screen, staff_id(OTHER), world.now)
    await say_writing(world.database, case_id, staff_id(OTHER), "note", world.now)
    me = staff_id(OFFICER)
    (seen,) = await lookers(world.database, case_id, world.now + timedelta(seconds=11), besides=me)
    assert seen.writing == "note"
    (seen,) = await lookers(world.database, case_id, world.now + timedelta(seconds=13), besides=me)
    assert seen.writing is None
    assert await lookers(world.database, case_id, world.now + timedelta(seconds=46), besides=me) == []
    assert await forget_old_looks(world.database, world.now + timedelta(minutes=4)) == 0
    assert await forget_old_looks(world.database, world.now + timedelta(minutes=6)) == 1


async def test_the_page_shows_who_is_there_and_takes_what_a_screen_tells(
    world: World, visits: Callable[..., Visitor]
) -> None:
    case_id = await world.filed()
    await look_at(world.database, case_id, UUID(int=7), staff_id(OTHER), world.now)
    address = f"/cases/{(await world.case(case_id)).tracking_number}"
    assert f"ชื่อ {OTHER} เปิดดูอยู่ด้วย" in await visits(OFFICER).page(address)
    other = visits(OTHER)
    page = await other.page(address)
    token = page.partition('name="_csrf" value="')[2].partition('"')[0]
    sent = await other.http.post(f"{address}/writing", data={"what": "steps/investigating", "_csrf": token})
    assert sent.status_code == 204
    assert f"ชื่อ {OTHER} กำลังเขียน: ตรวจสอบข้อเท็จจริง" in await visits(OFFICER).page(f"{address}/acts/note")


async def test_nobody_is_shown_a_case_outside_their_scope(world: World, visits: Callable[..., Visitor]) -> None:
    case_id = await world.filed()
    await visits("officer1.sales").page(f"/cases/{case_id}/live", 404)
