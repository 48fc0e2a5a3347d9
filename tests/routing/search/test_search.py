"""Search: words in Thai and English in every text of a case, facts and days, always within the asker's scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from schemas.complaints import MessageTakenBack, ReceiptCorrected, WordsErased
from schemas.envelope import FreeText
from services.kit.scope import scope_of
from services.routing.add_note import add_note
from services.routing.edit_gist import edit_gist
from services.routing.search import find_cases as finding
from services.routing.search.asked import contact_in, read_asked
from services.routing.search.index_words import behind, index_words
from services.routing.search.search import Results, search
from services.routing.search.segmenter import Segmenter
from tests.routing.world import MONDAY, World

CENTRE, OFFICER = "centre", "officer1.lodging"


@pytest.fixture(scope="module")
def segmenter() -> Iterator[Segmenter]:
    """One process for all of them."""
    made = Segmenter()
    yield made
    made.close()


class Desk:
    """Somebody who searches."""

    def __init__(self, world: World, segmenter: Segmenter) -> None:
        self.world = world
        self.segmenter = segmenter

    async def read(self) -> int:
        """Let the words of what changed be read."""
        return await index_words(self.world.database, self.segmenter)

    async def results(
        self, username: str = CENTRE, cursor: str | None = None, limit: int = 25, **typed: str
    ) -> Results:
        """What is found by what is typed."""
        world = self.world
        scope = scope_of(world.bundle, world.people[username])
        asked = read_asked({name.rstrip("_"): value for name, value in typed.items()}, world.bundle)
        return await search(world.database, self.segmenter, scope, asked, cursor=cursor, limit=limit)

    async def found(self, q: str = "", username: str = CENTRE, **typed: Any) -> list[UUID]:
        """The cases found, newest first."""
        return [row.id for row in (await self.results(username, q=q, **typed)).found.rows]


@pytest.fixture
async def desk(world: World, segmenter: Segmenter) -> Desk:
    """A desk at which nothing was filed yet."""
    return Desk(world, segmenter)


async def test_thai_words_are_found_inside_unspaced_text_and_all_of_them_must_occur(desk: Desk) -> None:
    water = await desk.world.filed("เมื่อคืนวันศุกร์เข้าพักที่บ้านพักแล้วน้ำไม่ไหลตั้งแต่สองทุ่มจนถึงเช้า")
    await desk.world.filed("รีสอร์ตเสียงดังทั้งคืน นอนไม่ได้")
    await desk.read()
    assert await desk.found("น้ำไม่ไหล") == [water]
    assert await desk.found("สองทุ่ม บ้านพัก") == [water]
    assert await desk.found("น้ำไม่ไหล รีสอร์ต") == []


async def test_english_words_are_found_in_any_case_and_by_their_beginning(desk: Desk) -> None:
    parcel = await desk.world.filed("The Delivery of our teak table came TWO weeks late.")
    await desk.read()
    assert await desk.found("deliver teak") == [parcel]


async def test_digits_and_numbers_are_one_word_however_they_are_written(desk: Desk) -> None:
    paid = await desk.world.filed("จ่ายไปแล้ว ๑,๒๐๐ บาท โทรกลับที่ +66 81-234 5678")
    await desk.read()
    for typed in ("1200", "๑๒๐๐", "0812345678", "๐๘๑ ๒๓๔ ๕๖๗๘", "+6681 2345678"):
        assert await desk.found(typed) == [paid], typed


async def test_notes_messages_and_reasons_are_searched_as_well(desk: Desk) -> None:
    world = desk.world
    case = await world.filed("ห้องไม่สะอาด")
    async with world.database.transaction() as tx:
        await add_note(tx, world.copies, case, text="ปรึกษาฝ่ายกฎหมายแล้ว", viewer=world.people[OFFICER], now=world.now)
    await world.acts(case, "add", "ส่งรูปเพดานรั่วให้แล้ว")
    await world.bare_step(case, "assessed", OFFICER, reason="ไม่อยู่ในพื้นที่รับผิดชอบ")
    await desk.read()
    for typed in ("กฎหมาย", "เพดานรั่ว", "พื้นที่รับผิดชอบ"):
        assert await desk.found(typed) == [case], typed


async def test_the_line_around_the_words_is_shown_with_the_words_marked(desk: Desk) -> None:
    case = await desk.world.filed("ที่พักกว้างขวางดี แต่น้ำไม่ไหลทั้งคืน")
    await desk.read()
    results = await desk.results(q="น้ำไม่ไหล")
    line = results.lines[case]
    assert "".join(piece.text for piece in line) == "ที่พักกว้างขวางดี แต่น้ำไม่ไหลทั้งคืน"
    assert "".join(piece.text for piece in line if piece.hit) == "น้ำไม่ไหล"


async def test_nobody_finds_a_case_outside_their_scope(desk: Desk) -> None:
    world = desk.world
    await world.filed("พนักงานเรียกรับเงินค่าที่จอดรถ", category="misconduct")
    shop = await world.filed("สินค้าหมดอายุ ที่จอดรถเต็ม", category="product")
    await desk.read()
    assert await desk.found("ที่จอดรถ") == [shop]
    assert await desk.found("ที่จอดรถ", OFFICER) == []
    integrity = next(name for name, one in world.people.items() if "integrity" in one.roles)
    assert shop not in await desk.found("ที่จอดรถ", integrity)
    assert len(await desk.found("ที่จอดรถ", integrity)) == 1


async def test_a_case_that_moved_away_is_no_longer_found_even_before_it_is_read_anew(desk: Desk) -> None:
    world = desk.world
    case = await world.filed("น้ำไม่ไหล")
    await desk.read()
    assert await desk.found("น้ำ", OFFICER) == [case]
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set unit = 'sales', owner = null, approving_unit = 'legal'")
    assert await desk.found("น้ำ", OFFICER) == []


async def test_facts_and_days_narrow_and_days_may_be_of_the_buddhist_era(desk: Desk) -> None:
    world = desk.world
    monday = await world.filed("น้ำไม่ไหล")
    world.now = MONDAY + timedelta(days=3)
    thursday = await world.filed("น้ำไม่ไหลอีก", category="product", channel="phone")
    await desk.read()
    assert await desk.found("น้ำ") == [thursday, monday]
    assert await desk.found("น้ำ", category="lodging") == [monday]
    assert await desk.found(channel="phone") == [thursday]
    assert await desk.found(to="๑๖ พ.ย. ๒๕๖๙") == [monday]
    assert await desk.found(from_="17/11/2569") == [thursday]
    assert await desk.found("น้ำ", from_="16/11/2569", to="16/11/2569") == [monday]


async def test_what_changed_is_read_once_and_in_its_own_time(desk: Desk) -> None:
    world = desk.world
    case = await world.filed("น้ำไม่ไหล")
    assert await desk.found("น้ำ") == []
    assert await behind(world.database) > 0
    assert await desk.read() == 1
    assert (await desk.read(), await behind(world.database)) == (0, 0)
    async with world.database.transaction() as tx:
        await edit_gist(tx, world.copies, case, gist="ปั๊มชำรุด", viewer=world.people[OFFICER], now=world.now)
    assert await desk.read() == 1
    assert await desk.found("ปั๊ม") == [case]


async def test_what_was_erased_is_gone_from_the_index_in_the_same_moment(desk: Desk) -> None:
    world = desk.world
    case = await world.filed("นายสมชาย ใจดี แจ้งว่าน้ำไม่ไหล")
    await desk.read()
    assert await desk.found("สมชาย") == [case]
    await world.announce("intake", WordsErased(at=world.now, legal_ground="PDPA 33", by=None), case)
    await world.drain()
    rows = await world.database.read("select words::text from routing.case_words")
    assert [row["words"] for row in rows] == [""]
    await desk.read()
    assert await desk.found("สมชาย") == []
    assert await desk.found(category="lodging") == [case]


async def test_words_that_were_being_read_when_they_were_erased_do_not_stay(desk: Desk) -> None:
    world = desk.world
    case = await world.filed("นายสมชาย ใจดี แจ้งว่าน้ำไม่ไหล")

    class Erasing(Segmenter):
        async def cut(self, texts: Sequence[str]) -> list[list[str]]:
            cut = await desk.segmenter.cut(texts)
            await world.announce("intake", WordsErased(at=world.now, legal_ground="PDPA 33", by=None), case)
            await world.drain()
            return cut

    await index_words(world.database, Erasing(), rounds=1)
    await desk.read()
    assert await desk.found("สมชาย") == []


async def test_a_message_that_was_taken_back_is_not_found_and_a_corrected_receipt_moves_the_case(desk: Desk) -> None:
    world = desk.world
    case = await world.filed("น้ำไม่ไหล")
    said_at = world.now
    await world.acts(case, "add", "รหัสประตูสีแดง")
    await desk.read()
    assert await desk.found("ประตู") == [case]
    taken: dict[str, Any] = {"said_at": said_at, "at": world.now, "medium": "line"}
    await world.announce("intake", MessageTakenBack(**taken), case)
    before = world.now - timedelta(days=10)
    corrected: dict[str, Any] = {"received_before": world.now, "received_at": before, "reason": FreeText.of("ลงวันผิด")}
    await world.announce("intake", ReceiptCorrected(**corrected, by=world.people[CENTRE].staff_id), case)
    await world.drain()
    await desk.read()
    assert await desk.found("ประตู") == []
    assert await desk.found("น้ำ", to="10/11/2569") == [case]


async def test_pages_follow_each_other_without_gap_or_repeat_both_ways_of_looking(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = []
    for number in range(7):
        desk.world.now = MONDAY + timedelta(minutes=number)
        filed.append(await desk.world.filed(f"น้ำไม่ไหล ห้อง {number}"))
    await desk.read()
    filed.reverse()
    assert await _paged(desk, 3) == filed
    monkeypatch.setattr(finding, "EXACT", 2)
    monkeypatch.setattr(finding, "SLICE", 2)
    assert await _paged(desk, 3) == filed
    monkeypatch.setattr(finding, "SLICES", 1)
    assert await _paged(desk, 3) == filed


async def _paged(desk: Desk, limit: int) -> list[UUID]:
    seen: list[UUID] = []
    cursor = None
    while True:
        found = (await desk.results(q="น้ำ", cursor=cursor, limit=limit)).found
        seen += [row.id for row in found.rows]
        cursor = found.next_cursor
        if cursor is None:
            return seen


async def test_a_search_says_how_far_back_it_looked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        desk.world.now = MONDAY + timedelta(minutes=number)
        await desk.world.filed("น้ำไม่ไหล" if number == 0 else "ไฟดับ", channel="web" if number else "phone")
    await desk.read()
    for name, value in (("EXACT", 0), ("SLICE", 2), ("SLICES", 2)):
        monkeypatch.setattr(finding, name, value)
    first = (await desk.results(q="น้ำ")).found
    assert (first.rows, first.back_to) == ([], MONDAY + timedelta(minutes=2))
    second = (await desk.results(q="น้ำ", cursor=first.next_cursor)).found
    assert (len(second.rows), second.next_cursor) == (1, None)


async def test_a_process_that_was_ended_is_started_again(desk: Desk) -> None:
    own = Segmenter()
    assert await own.cut(["น้ำไม่ไหล"]) == [["น้ำ", "ไม่", "ไหล"]]
    assert own._process is not None
    own._process.kill()
    own._process.wait()
    assert await own.cut(["ไฟดับ"]) == [["ไฟ", "ดับ"]]
    own.close()


def test_a_telephone_number_or_address_alone_asks_for_a_person() -> None:
    assert contact_in("๐๘๑-๒๓๔ ๕๖๗๘") == "0812345678"
    assert contact_in("somchai@example.com") == "somchai@example.com"
    assert contact_in("น้ำไม่ไหล 0812345678") is None
    assert contact_in("1200") is None
