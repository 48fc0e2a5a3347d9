"""The case page and its forms: who, what, by when; every step and change from the page, with what was typed kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from services.routing.lifecycle import TABLE
from services.routing.side_forms import ACTS
from tests.routing.visitor import Visitor, filled_buttons, main_of
from tests.routing.world import STEP_FIELDS, World, later

Visits = Callable[..., Visitor]
OFFICER, OTHER, APPROVER = "officer1.lodging", "officer2.lodging", "approver.services"


@pytest.fixture
async def case_id(world: World) -> UUID:
    """A case assigned to officer1 of the lodging department."""
    return await world.filed("น้ำไม่ไหลทั้งคืน พนักงานบอกให้รอเช้า", category="cleanliness")


@pytest.fixture
async def address(world: World, case_id: UUID) -> str:
    """Where its page is."""
    return f"/cases/{(await world.case(case_id)).tracking_number}"


def head(page: str) -> list[str]:
    """The three parts at the top of a case."""
    part = page[page.index('<section class="ask') : page.index("</section>", page.index('<section class="ask'))]
    found = re.findall(r"<dd>(.*?)</dd>", part, re.S)
    return [re.sub(r'<span class="av.*?</span></span>|<[^>]+>', "", text).strip() for text in found]


async def test_the_head_says_who_what_and_by_when_with_one_filled_button(
    world: World, visits: Visits, address: str
) -> None:
    page = await visits(OFFICER).page(address)
    assert head(page)[:2] == ["ชื่อ officer1.lodging", "ตรวจสอบข้อเท็จจริง"]
    assert filled_buttons(page) == ["ตรวจสอบข้อเท็จจริง"]
    english = await visits(OFFICER, "en").page(address)
    assert head(english)[1] == "Establish the facts"


async def test_the_id_and_the_number_open_the_same_case(visits: Visits, case_id: UUID, address: str) -> None:
    visitor = visits(OFFICER)
    assert main_of(await visitor.page(f"/cases/{case_id}")) == main_of(await visitor.page(address.lower()))


async def test_a_case_outside_the_scope_looks_like_none(visits: Visits, address: str) -> None:
    visitor = visits("officer1.sales")
    hidden, none = await visitor.page(address, 404), await visitor.page(f"/cases/{uuid4()}", 404)
    assert re.findall(r"<h1>.*?</h1>", hidden) == re.findall(r"<h1>.*?</h1>", none)
    assert "น้ำไม่ไหล" not in hidden
    for path in (f"{address}/steps/investigating", f"{address}/acts/note"):
        await visitor.page(path, 404)


async def test_a_page_tells_the_story_but_not_who_complained(world: World, visits: Visits, address: str) -> None:
    page = await visits(OFFICER).page(address)
    assert "น้ำไม่ไหลทั้งคืน พนักงานบอกให้รอเช้า" in page
    assert "ได้รับเรื่อง" in page
    assert "ตามกฎ" in page


async def test_the_contact_is_one_click_away_and_only_for_whom_it_may_concern(world: World, visits: Visits) -> None:
    named = await world.filed(category="cleanliness", identity="named")
    unknown = await world.filed(category="cleanliness", identity="anonymous")
    assert f'href="/contact/{named}"' in await visits(OFFICER).page(f"/cases/{named}")
    assert "/contact/" not in await visits(OFFICER).page(f"/cases/{unknown}")
    assert "/contact/" not in await visits("auditor").page(f"/cases/{named}")


async def test_a_blocked_step_shows_its_reason_instead_of_a_link(world: World, visits: Visits, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    page = await visits(OFFICER).page(f"/cases/{case_id}")
    assert "คุณเป็นเจ้าของเรื่องนี้" in page
    assert "/steps/decision_communicated" not in page
    assert filled_buttons(await visits(APPROVER).page(f"/cases/{case_id}")) == ["แจ้งผล"]


async def test_a_step_is_taken_from_its_form_and_leads_back_to_the_case(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    answer = await visits(OFFICER).fill(f"{address}/steps/investigating", no_conflict="true")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?done=investigating")
    assert (await world.case(case_id)).state == "investigating"
    page = await visits(OFFICER).page(answer.headers["location"])
    assert 'role="status"' in page
    assert "ตรวจสอบข้อเท็จจริง" in page


async def test_a_whole_life_is_led_from_the_pages(world: World, visits: Visits, case_id: UUID, address: str) -> None:
    officer, approver = visits(OFFICER), visits(APPROVER)

    async def take(visitor: Visitor, to: str) -> None:
        given = {name: str(value).lower() for name, value in STEP_FIELDS.get(to, {}).items()}
        answer = await visitor.fill(f"{address}/steps/{to}", **given)
        assert answer.status_code == 303, answer.text

    await take(officer, "investigating")
    await take(officer, "response_proposed")
    await take(approver, "decision_communicated")
    page = await officer.page(address)
    assert head(page)[0] == "ผู้ร้อง"
    await world.acts(case_id, "accept")
    await take(visits("verifier"), "closed")
    assert (await world.case(case_id)).state == "closed"
    page = await officer.page(address)
    assert head(page) == ["ไม่ต้องรอใคร", "ไม่มีอะไรต้องทำแล้ว", "–"]
    assert filled_buttons(page) == ["กลับโต๊ะงาน"]


async def test_wrong_fields_are_marked_and_what_was_typed_stays(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    await world.step(case_id, "investigating", OFFICER)
    answer = await visits(OFFICER).fill(
        f"{address}/steps/response_proposed", findings="ปั๊มเสีย <b>", baht="๑๕๐๐", correction=""
    )
    assert answer.status_code == 422
    assert "ปั๊มเสีย &lt;b&gt;" in answer.text
    assert 'value="๑๕๐๐"' in answer.text
    assert 'href="#f-cause"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert (await world.case(case_id)).state == "investigating"


async def test_a_stale_form_tells_what_happened_and_can_be_sent_again(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    await world.step(case_id, "investigating", OFFICER)
    visitor = visits(OFFICER)
    opened = await visitor.page(f"{address}/steps/response_proposed")
    await visits(OTHER).fill(f"{address}?say=note", f"{address}/acts/note", text="ช่างมาแล้ว")
    given = dict(STEP_FIELDS["response_proposed"])
    answer = await visitor.send(f"{address}/steps/response_proposed", opened, **given)
    assert answer.status_code == 412
    assert "ช่างมาแล้ว" in answer.text
    assert given["findings"] in answer.text
    assert (await world.case(case_id)).state == "investigating"
    again = await visitor.send(f"{address}/steps/response_proposed", answer.text, **given)
    assert again.status_code == 303


async def test_a_step_that_is_gone_keeps_the_words_and_offers_what_is_left(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    await world.step(case_id, "investigating", OFFICER)
    visitor = visits(OFFICER)
    opened = await visitor.page(f"{address}/steps/awaiting_third_party")
    await world.step(case_id, "response_proposed", OFFICER)
    answer = await visitor.send(
        f"{address}/steps/awaiting_third_party", opened, what="ขอผลตรวจน้ำ", from_whom="ประปา", until="30/11/2569"
    )
    assert answer.status_code == 412
    assert "ขอผลตรวจน้ำ" in answer.text
    assert "<form" not in answer.text[answer.text.index('<main id="main"') : answer.text.index("</main>")]


async def test_a_form_without_its_token_changes_nothing(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    visitor = visits(OFFICER)
    await visitor.page(f"{address}/steps/investigating")
    for path in ("steps/investigating", "acts/note", f"tasks/{uuid4()}/done"):
        answer = await visitor.http.post(f"{address}/{path}", data={"no_conflict": "true", "text": "x"})
        assert answer.status_code == 403
    assert (await world.case(case_id)).version == 3


async def test_an_auditor_reads_and_is_offered_nothing_to_change(visits: Visits, address: str) -> None:
    page = await visits("auditor").page(address)
    assert 'method="post"' not in main_of(page)
    assert "/acts/" not in page
    assert "/steps/" not in page
    await visits("auditor").page(f"{address}/acts/note", 403)


ACTS_FILLED = {
    "contact": {"text": "โทรแล้ว", "medium": "phone", "progress": "true"},
    "note": {"text": "รอช่าง"},
    "task": {"what": "ตรวจปั๊ม", "owner": "officer2.lodging", "due_at": "20/11/2569 16:30"},
    "reassign": {"unit": "lodging", "owner": "officer2.lodging", "reason": "ลาป่วย"},
    "priority": {"priority": "urgent", "reason": "เด็กป่วย"},
    "kind": {"kind": "enquiry", "category": "product", "cause": "", "reason": "เป็นข้อสอบถาม"},
    "raise": {"level": "executive", "reason": "เป็นข่าว"},
    "gist": {"gist": "น้ำไม่ไหล"},
    "finding": {"sort": "visit", "source": "ห้องปั๊มน้ำ", "text": "ปั๊มไหม้"},
    "link": {"other": "QCK-69-00002-A", "reason": "ท่อเดียวกัน"},
    "split": {"narrative": "พนักงานไม่รับสาย", "category": "product", "reason": "คนละเรื่อง"},
    "dossier": {"reason": "ผู้ตรวจการแผ่นดินขอ"},
}


@pytest.mark.parametrize("code", ACTS)
async def test_everything_beside_the_steps_is_done_from_its_form(
    world: World, visits: Visits, case_id: UUID, address: str, code: str
) -> None:
    await world.filed("น้ำไหลเบา")  # what a link names
    for lang in ("th", "en"):
        await visits(OFFICER, lang).page(f"{address}/acts/{code}")
    answer = await visits(OFFICER).fill(f"{address}/acts/{code}", **ACTS_FILLED[code])
    assert answer.status_code == 303, answer.text
    page = await visits(OTHER).page(answer.headers["location"])
    assert 'class="notice done"' in page
    assert any(word in page for word in ACTS_FILLED[code].values())


@pytest.mark.parametrize("code", [code for code in ACTS if code != "contact"])
async def test_what_is_left_empty_is_asked_for(world: World, visits: Visits, address: str, code: str) -> None:
    empty = dict.fromkeys(ACTS_FILLED[code], "")
    answer = await visits(OFFICER).fill(f"{address}/acts/{code}", **empty)
    assert answer.status_code == 422
    assert 'id="problem"' in answer.text


async def test_a_task_is_finished_or_dropped_from_the_case(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    visitor = visits(OFFICER)
    for what in ("ตรวจปั๊ม", "ถามช่าง"):
        await visitor.fill(f"{address}/acts/task", what=what)
    first, second = (task.id for task in (await world.file(case_id, OFFICER)).tasks)
    done = await visitor.fill(address, f"{address}/tasks/{first}/done")
    assert done.headers["location"] == f"{address}?done=task-done"
    refused = await visitor.fill(f"{address}/tasks/{second}/drop", reason="")
    assert refused.status_code == 422
    dropped = await visitor.fill(f"{address}/tasks/{second}/drop", reason="ไม่จำเป็นแล้ว")
    assert dropped.status_code == 303
    assert [task.status for task in (await world.file(case_id, OFFICER)).tasks] == ["done", "dropped"]


async def test_who_verifies_is_not_led_into_delivering_the_remedy(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    remedy = world.bundle.remedies[0].code
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, remedy=remedy)
    await world.step(case_id, "decision_communicated", APPROVER)
    await world.acts(case_id, "accept")
    task = (await world.file(case_id, "verifier")).tasks[0]
    assert f"/tasks/{task.id}/done" in await visits(OFFICER).page(address)
    page = await visits("verifier").page(address)
    assert f"/tasks/{task.id}/done" not in page
    assert filled_buttons(page) == ["ปิดเรื่อง"]


async def test_a_case_given_to_others_takes_its_giver_back_to_the_desk(
    world: World, visits: Visits, address: str
) -> None:
    visitor = visits(OFFICER)
    answer = await visitor.fill(f"{address}/acts/reassign", unit="sales", owner="officer1.sales", reason="เรื่องขาย")
    assert answer.headers["location"] == "/desk?done=gone"
    assert "พ้นจากขอบเขต" in await visitor.page("/desk?done=gone")


async def test_what_the_complainant_adds_and_what_staff_tell_are_told_apart(
    world: World, visits: Visits, case_id: UUID, address: str
) -> None:
    await world.acts(case_id, "add", "น้ำยังไม่ไหล")
    await visits(OFFICER).fill(f"{address}/acts/contact", text="โทรแล้ว", medium="phone")
    await visits(OFFICER).fill(f"{address}/acts/note", text="ปั๊มเก่า")
    page = main_of(await visits(OFFICER).page(address))
    assert re.search(r'<div class="bub"><p>น้ำยังไม่ไหล', page)
    assert re.search(r'<div class="bub out"><p>โทรแล้ว', page)
    assert re.search(r'<div class="bub memo"><p>ปั๊มเก่า', page)


async def test_recovery_records_of_the_case_are_linked(world: World, visits: Visits, case_id: UUID) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            "insert into routing.recovery_copy (recovery_id, case_id, number, version, state, at)"
            " values ($1, $2, 'SR-69-00001', 1, 'offered', $3)",
            uuid4(), case_id, world.now,
        )  # fmt: skip
    page = await visits(OFFICER).page(f"/cases/{case_id}")
    assert 'href="/recovery/SR-69-00001"' in page
    assert "Offered" in await visits(OFFICER, "en").page(f"/cases/{case_id}")


async def test_what_is_copied_for_line_holds_no_contact(world: World, visits: Visits) -> None:
    told = "น้ำไม่ไหล โทร 081-234-5678 หรือ somsri@example.com"
    case_id = await world.filed(told, category="cleanliness")
    page = await visits(OFFICER).page(f"/cases/{case_id}")
    found = re.search(r'data-copy="([^"]+)"', page)
    assert found is not None
    number = (await world.case(case_id)).tracking_number
    assert number in found[1]
    assert f"http://test/cases/{number}" in found[1]
    assert "น้ำไม่ไหล" in found[1]
    assert "5678" not in found[1]
    assert "somsri" not in found[1]


async def test_every_step_of_the_table_has_a_form_in_both_languages(world: World, visits: Visits) -> None:
    people = ("officer1.lodging", "approver.services", "supervisor", "reviewer", "verifier", "centre", "approver.legal")
    shown = set()
    for state in sorted({row.come_from for row in TABLE if row.come_from}):
        case_id = await world.filed(category="cleanliness")
        async with world.database.transaction() as tx:
            await tx.execute("update routing.case set state = $2 where id = $1", case_id, state)
        for row in (row for row in TABLE if row.come_from == state and row.by_staff):
            for name in people:
                for lang in ("th", "en"):
                    answer = await visits(name, lang).http.get(f"/cases/{case_id}/steps/{row.to}")
                    assert answer.status_code in (200, 404, 409), answer.text
                    if answer.status_code == 200:
                        shown.add((state, row.to))
    assert ("received", "assessed") in shown
    assert ("assessed", "merged") in shown
    assert ("reopened", "investigating") in shown


async def test_alerts_in_a_row_are_folded(world: World, visits: Visits, case_id: UUID, address: str) -> None:
    async with world.database.transaction() as tx:
        await tx.executemany(
            "insert into routing.case_event (id, case_id, at, kind, actor, fields, public)"
            " values ($1, $2, $3, 'alert', 'system', '{\"target\": \"resolve\"}', false)",
            [(uuid4(), case_id, later(minutes=n)) for n in range(5)],
        )
    page = main_of(await visits(OFFICER).page(address))
    assert "แจ้งเตือน 5 ครั้ง" in page
    assert len(re.findall(r'<span class="pt"', page)) == 1


async def test_the_reply_to_the_complainant_is_written_on_the_page_itself(
    visits: Visits, case_id: UUID, address: str
) -> None:
    page = await visits(OFFICER).page(f"{address}?say=reply")
    assert f'src="/messages/{case_id}?frame=1#reply"' in page
    assert "?say=reply" not in main_of(await visits("auditor").page(address))
