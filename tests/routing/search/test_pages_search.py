"""`/search` and its call, as somebody at a browser sees them."""

from __future__ import annotations

from collections.abc import Callable

from services.kit.database import Database
from services.routing.search.index_words import index_words
from services.routing.search.segmenter import Segmenter
from tests.routing.visitor import Visitor
from tests.routing.world import World


async def _read(database: Database) -> None:
    segmenter = Segmenter()
    await index_words(database, segmenter)
    segmenter.close()


async def test_the_page_shows_what_was_found_with_the_words_marked(
    world: World, visits: Callable[..., Visitor]
) -> None:
    await world.filed("ที่พักกว้างขวางดี แต่น้ำไม่ไหลทั้งคืน")
    await _read(world.database)
    officer = visits("officer1.lodging")
    assert "ค้นหาจากทุกเรื่องที่ท่านมีสิทธิ์เห็น" in await officer.page("/search")
    found = await officer.page("/search?q=น้ำไม่ไหล")
    assert "<mark>น้ำไม่ไหล</mark>" in found
    assert "1 เรื่อง" in found
    assert "ไม่พบเรื่องที่ตรง" in await officer.page("/search?q=ช้างเผือก")


async def test_a_number_in_any_spelling_leads_straight_to_its_case(
    world: World, visits: Callable[..., Visitor]
) -> None:
    case = await world.case(await world.filed())
    officer = visits("officer1.lodging")
    answer = await officer.http.get("/search", params={"q": case.tracking_number.lower().replace("-", " ")})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case.tracking_number}")


async def test_a_telephone_number_offers_the_search_for_a_person_and_never_stands_in_an_address(
    world: World, visits: Callable[..., Visitor]
) -> None:
    page = await visits("officer1.lodging").page("/search?q=๐๘๑-๒๓๔-๕๖๗๘")
    assert 'action="/person-search"' in page
    assert '<input type="hidden" name="contact" value="0812345678">' in page
    assert 'action="/person-search"' not in await visits("auditor").page("/search?q=0812345678")


async def test_what_cannot_be_read_is_said_and_what_was_typed_stays(
    world: World, visits: Callable[..., Visitor]
) -> None:
    page = await visits("officer1.lodging", lang="en").page("/search?q=น้ำ&from=31/2/2569", 422)
    assert "This is no date." in page
    assert 'value="31/2/2569"' in page


async def test_the_call_answers_with_rows_lines_and_the_words_it_looked_for(
    world: World, visits: Callable[..., Visitor]
) -> None:
    await world.filed("น้ำไม่ไหลทั้งคืน")
    await _read(world.database)
    answer = (await visits("centre").http.get("/api/v1/search", params={"q": "น้ำไม่ไหล"})).json()
    assert (answer["total"], answer["words"], answer["unread_events"]) == (1, ["น้ำ", "ไม่", "ไหล"], 0)
    assert answer["items"][0]["line"][0] == {"text": "น้ำไม่ไหล", "hit": True}
