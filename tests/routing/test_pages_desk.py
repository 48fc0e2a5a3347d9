"""The desk: the queue by what is due first, its views, filters and search, within what the viewer may see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from schemas.clocks import Clock, ClockStarted
from schemas.complaints import Promised
from tests.routing.visitor import Visitor, filled_buttons, main_of
from tests.routing.world import MONDAY, World, later

Visits = Callable[..., Visitor]
OFFICER = "officer1.lodging"


async def due(world: World, hours: float | None, narrative: str = "น้ำไม่ไหลทั้งคืน", **values: Any) -> str:
    """A case whose promise runs out in so many hours; its tracking number."""
    promised = Promised(resolve=later(hours=hours)) if hours is not None else Promised()
    case_id = await world.filed(narrative, promised=promised, **{"category": "cleanliness", **values})
    return (await world.case(case_id)).tracking_number


async def clock(world: World, case_id: UUID, target: str, started: datetime, until: datetime) -> None:
    """A clock that sla told of."""
    told = Clock(
        target=target, state="running", started_at=started, due_at=until, policy_version=world.bundle.version,
        calendar=world.bundle.calendars[0].code,
    )  # fmt: skip
    await world.announce("sla", ClockStarted(clock=told, version=1), case_id)
    await world.drain()


def numbers(page: str) -> list[str]:
    """The numbers of the rows, short as they stand there."""
    return re.findall(r'<span class="no">([^<]+)</span>', page)


def links(page: str) -> list[str]:
    """The numbers that the rows lead to."""
    return re.findall(r'<a class="gist" href="/cases/([^"]+)"', page)


async def test_nobody_who_is_not_signed_in_sees_the_desk(visits: Visits) -> None:
    answer = await visits(None).http.get("/desk?view=open")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdesk%3Fview%3Dopen")


async def test_what_is_due_first_stands_first_under_the_day_it_is_due(world: World, visits: Visits) -> None:
    later_today, no_clock, tomorrow, overdue = [await due(world, hours) for hours in (3, None, 26, -1)]
    far = await due(world, 24 * 30)
    page = main_of(await visits(OFFICER).page("/desk?view=open"))
    assert links(page) == [overdue, later_today, tomorrow, far, no_clock]
    heads = [re.sub(r"<[^>]+>", "", head).split("·")[0].strip() for head in re.findall(r"<h2 class=.*?</h2>", page)]
    assert [head.replace("\u00a0", " ") for head in heads] == [
        "เกินกำหนด 1 เรื่อง", "วันนี้ จันทร์ 16 พ.ย. 1 เรื่อง", "อังคาร 17 พ.ย. 1 เรื่อง", "จันทร์ 23 พ.ย. เป็นต้นไป 1 เรื่อง",
        "ไม่มีกำหนดที่เดินอยู่ 1 เรื่อง",
    ]  # fmt: skip


async def test_the_chip_says_what_is_left_in_working_time_of_the_clock(world: World, visits: Visits) -> None:
    number = await due(world, None)
    case_id = (await world.file(number, OFFICER)).case.id
    await clock(world, case_id, "resolve", MONDAY, MONDAY + timedelta(hours=8))
    world.now = later(hours=7)
    page = main_of(await visits(OFFICER).page("/desk?view=open"))
    assert "เหลือ 1\u00a0ชม." in page
    assert "due near" in page
    world.now = later(hours=10)
    page = main_of(await visits(OFFICER).page("/desk?view=open"))
    assert "เกิน 2\u00a0ชม." in page
    assert "due late" in page


async def test_each_view_is_counted_and_lists_what_it_counts(world: World, visits: Visits) -> None:
    await due(world, -1)
    await due(world, 1, category="danger")
    page = await visits(OFFICER, "en").page("/desk?view=late")
    counted = dict(re.findall(r'href="/desk\?view=(\w+)"[^>]*>.*?class="c[^"]*">(\d+)<', page))
    assert counted["late"] == "1"
    assert counted["safety"] == "1"
    assert counted["open"] == "2"
    assert len(numbers(main_of(page))) == 1


async def test_a_desk_shows_only_what_its_owner_may_see(world: World, visits: Visits) -> None:
    mine = await due(world, 1)
    secret = await due(world, 1, category="misconduct")
    assert links(await visits(OFFICER).page("/desk?view=all")) == [mine]
    assert links(await visits("officer1.sales").page("/desk?view=all")) == []
    assert links(await visits("centre").page("/desk?view=all")) == [mine]
    assert links(await visits("officer1.integrity").page("/desk?view=all")) == [secret]


async def test_an_empty_view_says_what_would_stand_there(visits: Visits) -> None:
    assert "ไม่มีเรื่องเกินกำหนด" in await visits(OFFICER).page("/desk?view=late")
    assert "New cases appear here as soon as they are assigned." in await visits(OFFICER, "en").page("/desk")


async def test_the_first_desk_is_that_of_what_waits_for_oneself(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    owner = world.username((await world.file(number, "centre")).case.owner)
    assert '<h1>งานของฉัน <span class="mut">1</span></h1>' in await visits(owner).page("/desk")
    await world.step(number, "investigating", str(owner))
    await world.step(number, "response_proposed", str(owner))
    assert '<h1>รออนุมัติ <span class="mut">1</span></h1>' in await visits("approver.services").page("/desk")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=cleanliness", 2),
        # A category covers those below it.
        ("category=lodging", 2),
        ("category=product", 1),
        ("channel=phone", 1),
        ("state=assigned", 3),
        ("state=closed", 0),
        ("service_point=cabin", 1),
        ("unit=lodging&channel=web", 1),
        ("category=nonsense", 3),
    ],
)
async def test_filters_narrow_the_queue(world: World, visits: Visits, query: str, found: int) -> None:
    await due(world, 1)
    await due(world, 2, channel="phone", service_point="cabin")
    await due(world, 3, category="product")
    page = await visits("centre").page(f"/desk?view=open&{query}")
    assert len(links(page)) == found
    if not found:
        assert "ไม่พบเรื่องที่ตรง" in page


async def test_pages_follow_one_another_by_key(world: World, visits: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.routing.pages.desk_view.PAGE_ROWS", 2)
    filed = [await due(world, hours) for hours in (1, 2, 3, 4, 5)]
    visitor, seen, path = visits(OFFICER), [], "/desk?view=open&channel=web"
    while path:
        page = await visitor.page(path)
        seen += links(page)
        # What stands under a heading is counted over all pages.
        assert "5 เรื่อง" in main_of(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1] if following else ""
        assert not path or "channel=web" in path
    assert seen == filed
    assert 'rel="first"' in page


async def test_a_number_leads_to_its_case_however_it_is_typed(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    plain = number.lower().replace("-", " ")
    thai = number.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    for typed in (number, plain, number.replace("-", ""), thai):
        answer = await visits(OFFICER).http.get("/desk", params={"q": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{number}")


async def test_a_number_outside_the_scope_looks_like_one_that_does_not_exist(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    visitor = visits("officer1.sales")
    hidden = await visitor.page(f"/desk?q={number}")
    none = await visitor.page("/desk?q=QCK-69-99999-A")
    assert main_of(hidden).replace(number, "N") == main_of(none).replace("QCK-69-99999-A", "N")
    assert "ไม่พบเรื่องที่ตรง" in hidden


async def test_words_are_looked_for_in_gist_and_places_within_the_scope(world: World, visits: Visits) -> None:
    water = await due(world, 1, "น้ำไม่ไหลทั้งคืน")
    wood = await due(world, 2, "ไม้ผิดเกรด", category="product")
    visitor = visits("centre")
    assert links(await visitor.page("/desk?q=ไม่ไหล")) == [water]
    assert links(await visitor.page("/desk?q=ฝ่ายขาย")) == [wood]
    assert links(await visitor.page("/desk?q=%25")) == []
    assert links(await visits(OFFICER).page("/desk?q=ผิดเกรด")) == []


async def test_there_is_one_filled_button_and_a_box_before_each_row(world: World, visits: Visits) -> None:
    await due(world, 1)
    page = await visits(OFFICER).page("/desk?view=open")
    assert filled_buttons(page) == ["บันทึกเรื่อง"]
    assert main_of(page).count('name="case"') == 1
    auditor = await visits("auditor").page("/desk?view=open")
    assert filled_buttons(auditor) == []
    assert 'value="assign"' not in auditor


async def test_the_desk_speaks_english_when_asked(world: World, visits: Visits) -> None:
    await due(world, -1)
    page = await visits(OFFICER, "en").page("/desk?view=open")
    assert "1 case" in page
    assert "Overdue" in page
    assert "Assigned" in page


async def test_a_cursor_that_is_none_is_refused_in_words(visits: Visits) -> None:
    page = await visits(OFFICER).page("/desk?view=open&cursor=zzz", 422)
    assert "เริ่มใหม่" in page or "cursor" in page
