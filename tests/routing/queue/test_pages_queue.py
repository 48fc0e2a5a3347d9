"""The queue at a browser without scripts: selected cases are changed and put back, filters kept, columns chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from schemas.complaints import Promised
from tests.routing.visitor import Visitor, main_of
from tests.routing.world import World, later

Visits = Callable[..., Visitor]
OFFICER = "officer1.lodging"


async def due(world: World, hours: float, narrative: str = "น้ำไม่ไหลทั้งคืน", **values: Any) -> str:
    """A case whose promise runs out in so many hours; its tracking number."""
    values = {"category": "cleanliness", **values}
    case_id = await world.filed(narrative, promised=Promised(resolve=later(hours=hours)), **values)
    return (await world.case(case_id)).tracking_number


def boxes(page: str) -> list[str]:
    """What the boxes before the rows stand for."""
    return re.findall(r'name="case" value="([^"]+)" form="bulk"', page)


def links(page: str) -> list[str]:
    """The numbers that the rows lead to."""
    return re.findall(r'<a class="gist" href="/cases/([^"]+)"', page)


async def press(visitor: Visitor, page: str, action: str, **typed: Any) -> httpx.Response:
    """Send the form of the bar to `action`."""
    found = re.search(r'<form[^>]*id="bulk".*?</form>', page, re.S)
    assert found is not None
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))
    return await visitor.http.post(action, data={**hidden, **typed})


async def test_selected_cases_are_given_on_and_the_page_says_what_became_of_each(world: World, visits: Visits) -> None:
    first, second = await due(world, 1), await due(world, 2)
    visitor = visits(OFFICER)
    page = await visitor.page("/desk?view=unit&channel=web")
    cases = boxes(page)
    await world.step(second, "investigating", str(world.username((await world.file(second, "centre")).case.owner)))
    answer = await press(
        visitor, page, "/desk/bulk", case=cases, do="assign", to="staff:officer2.lodging", reason_assign="แบ่งงาน"
    )
    assert answer.status_code == 303
    assert "view=unit&channel=web&change=" in answer.headers["location"]
    told = await visitor.page(answer.headers["location"])
    assert "ทำแล้ว 1 เรื่อง" in told
    assert f'<a href="/cases/{second}">{second}</a> มีผู้แก้เรื่องนี้หลังจากคุณเปิด' in told or "ไม่ได้ทำ 1 เรื่อง" in told
    assert world.username((await world.file(first, "centre")).case.owner) == "officer2.lodging"
    action = re.search(r'action="(/desk/changes/[^"]+/undo)"', told)
    assert action is not None
    back = await visitor.send(action[1], told)
    assert "เลิกทำ: มอบหมาย" in await visitor.page(back.headers["location"])


async def test_a_mistake_keeps_what_was_selected_and_typed(world: World, visits: Visits) -> None:
    await due(world, 1)
    visitor = visits(OFFICER)
    page = await visitor.page("/desk?view=unit")
    answer = await press(
        visitor, page, "/desk/bulk", case=boxes(page), do="assign", to="staff:officer2.lodging", reason_assign=""
    )
    assert answer.status_code == 422
    assert 'id="problem"' in answer.text
    assert re.search(r'name="case" value="[^"]+" form="bulk" checked', answer.text)
    assert '<option value="staff:officer2.lodging" selected>' in answer.text
    none = await press(visitor, page, "/desk/bulk", do="tag", tag="น้ำ")
    assert "ยังไม่ได้เลือกเรื่อง" in none.text


async def test_an_auditor_changes_nothing_but_may_watch(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    visitor = visits("auditor")
    page = await visitor.page("/desk?view=open")
    assert (await press(visitor, page, "/desk/bulk", case=boxes(page), do="tag", tag="x")).status_code == 403
    answer = await press(visitor, page, "/desk/watch", case=boxes(page), watch="on")
    assert answer.headers["location"] == "/desk?view=open&done=watched"
    assert links(await visitor.page("/desk?view=watched")) == [number]


async def test_a_case_is_watched_from_its_page_until_it_is_over(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    visitor = visits(OFFICER)
    case_page = await visitor.page(f"/cases/{number}")
    answer = await visitor.send("/desk/watch", case_page, watch="on")
    assert answer.status_code == 303
    page = await visitor.page("/desk?view=watched")
    assert links(page) == [number]
    assert '<span data-count="watched" class="c">1</span>' in page
    assert "เลิกติดตาม" in await visitor.page(f"/cases/{number}")
    assert links(await visits("officer2.lodging").page("/desk?view=watched")) == []
    await world.acts((await world.file(number, OFFICER)).case.id, "withdraw")
    assert links(await visitor.page("/desk?view=watched")) == []


async def test_a_watched_case_that_leaves_the_scope_is_seen_no_more(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    visitor = visits(OFFICER)
    await visitor.send("/desk/watch", await visitor.page(f"/cases/{number}"), watch="on")
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set unit = 'legal', owner = null, approving_unit = 'support'")
    page = await visitor.page("/desk?view=watched")
    assert links(page) == []
    assert '<span data-count="watched" class="c">0</span>' in page


async def test_a_filter_is_kept_for_oneself_or_for_the_unit(world: World, visits: Visits) -> None:
    await due(world, 1, channel="phone")
    await due(world, 1)
    mine, colleague, stranger = visits(OFFICER), visits("officer2.lodging"), visits("officer1.sales")
    page = await mine.page("/desk?view=open&channel=phone")
    assert (await mine.send("/desk/saved", page, name="ทางโทรศัพท์", shared="1")).status_code == 303
    assert (await mine.send("/desk/saved", page, name="ของฉันเอง")).status_code == 303
    seen = await mine.page("/desk?view=open")
    assert re.findall(r'<span class="nm">([^<]+)</span><span data-count="[^"]+" class="c">(\d)', seen) == [
        ("ของฉันเอง", "1"), ("ทางโทรศัพท์", "1"),
    ]  # fmt: skip
    theirs = await colleague.page("/desk?view=open")
    assert "ทางโทรศัพท์" in theirs
    assert "ของฉันเอง" not in theirs
    assert "ทางโทรศัพท์" not in await stranger.page("/desk?view=open")
    shown = await colleague.page("/desk?view=open&channel=phone")
    assert "ลบ “ทางโทรศัพท์”" not in shown
    drop = re.search(r'action="(/desk/saved/[^"]+/drop)"', await mine.page("/desk?view=open&channel=phone"))
    assert drop is not None
    refused = await colleague.send("/desk/columns", theirs)
    assert refused.status_code == 303
    await mine.send(drop[1], await mine.page("/desk?view=open&channel=phone"))
    assert len(re.findall(r'<span class="nm">', await mine.page("/desk?view=open"))) == 1


async def test_the_columns_are_those_that_were_chosen(world: World, visits: Visits) -> None:
    await due(world, 1)
    visitor = visits(OFFICER)
    page = await visitor.page("/desk?view=open")
    assert 'class="c-channel"' in main_of(page)
    assert (await visitor.send("/desk/columns", page, column=["priority", "owner", "nonsense"])).status_code == 303
    page = main_of(await visitor.page("/desk?view=open"))
    assert "ปกติ" in page
    assert 'class="c-channel"' not in page
    assert 'class="c-channel"' in main_of(await visits("officer2.lodging").page("/desk?view=open"))


async def test_a_queue_is_taken_along_as_a_workbook_without_formulas(world: World, visits: Visits) -> None:
    number = await due(world, 1, "=cmd()|'/c calc'!A0")
    await due(world, 2, channel="phone")
    visitor = visits(OFFICER)
    answer = await visitor.http.get("/desk/xlsx?view=open&channel=web")
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]][:3] == ["เลขที่เรื่อง", "เรื่อง", "กำหนด"]
    assert [row[0].value for row in rows[1:]] == [number]
    assert rows[1][1].value == "'=cmd()|'/c calc'!A0"
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert rows[1][2].is_date
    page = await visitor.page("/desk?view=open")
    chosen = await press(visitor, page, "/desk/xlsx", case=boxes(page)[1:])
    assert load_workbook(BytesIO(chosen.content)).active.max_row == 2
    hidden = await visits("officer1.sales").http.get("/desk/xlsx?view=all")
    assert load_workbook(BytesIO(hidden.content)).active.max_row == 1


async def test_a_workbook_that_ends_early_says_so(
    world: World, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.routing.queue.export_queue.MOST", 2)
    for hours in range(5):
        await due(world, hours + 1)
    whole = load_workbook(BytesIO((await visits(OFFICER).http.get("/desk/xlsx?view=open")).content)).active
    assert [row[0].value is None for row in whole.iter_rows()] == [False] * 6
    monkeypatch.setattr("services.routing.queue.export_queue.export_queue.__kwdefaults__", {"only": (), "bound": 3})
    rows = list(load_workbook(BytesIO((await visits(OFFICER).http.get("/desk/xlsx?view=open")).content)).active.rows)
    assert len(rows) == 5
    assert "จบที่ 3 เรื่อง" in rows[-1][0].value


async def test_tags_are_shown_filtered_by_and_escaped(world: World, visits: Visits) -> None:
    tagged, _ = await due(world, 1), await due(world, 2)
    visitor = visits(OFFICER)
    page = await visitor.page("/desk?view=open")
    await press(visitor, page, "/desk/bulk", case=boxes(page)[:1], do="tag", tag="<b>ด่วน")
    answer = (await visitor.http.get("/desk", params={"view": "open", "tag": "<b>ด่วน"})).text
    assert links(answer) == [tagged]
    assert "&lt;b&gt;ด่วน" in answer
    assert "<b>ด่วน" not in answer


async def test_the_line_of_a_row_is_changed_by_whoever_works_the_case(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    for username, status in ((OFFICER, 200), ("officer1.sales", 404), ("auditor", 403)):
        visitor = visits(username)
        page = await visitor.page("/desk")
        token = re.search(r'name="_csrf" value="([^"]+)"', page)
        assert token is not None
        answer = await visitor.http.post(
            f"/api/v1/cases/{number}/gist", json={"gist": " น้ำ  ไม่ไหล "}, headers={"x-csrf-token": token[1]}
        )
        assert answer.status_code == status
    assert (await world.file(number, OFFICER)).filed.gist == "น้ำ ไม่ไหล"


async def test_what_a_program_saves_cannot_break_the_desk_of_the_unit(world: World, visits: Visits) -> None:
    number = await due(world, 1)
    visitor = visits(OFFICER)
    token = re.search(r'name="_csrf" value="([^"]+)"', await visitor.page("/desk"))
    assert token is not None
    headers = {"x-csrf-token": token[1]}

    async def save(**filters: str) -> int:
        body = {"name": "x", "view": "open", "filters": filters, "shared": True}
        return (await visitor.http.post("/api/v1/desk/saved", json=body, headers=headers)).status_code

    assert await save(state="nonsense") == 422
    assert await save(nonsense="1") == 422
    assert await save(category="gone\u0000", unit="gone") == 201
    page = await visits("officer2.lodging").page("/desk?view=open")
    assert links(page) == [number]
    assert re.findall(r'<span class="nm">([^<]+)</span><span data-count="[^"]+" class="c">(\d)', page) == [("x", "0")]
