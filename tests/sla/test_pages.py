"""The managers' page."""

from __future__ import annotations

import re
from datetime import date

import httpx

from services.kit.working_time import compile_calendar
from services.sla.workload import capacities, days_ahead, overloaded, unit_lines
from tests.sla.world import PEOPLE, Story, World, at, policy, staff_id


async def page(client: httpx.AsyncClient, world: World, who: str, query: str = "") -> str:
    """The page as somebody sees it."""
    answer = await client.get("/alerts" + query, headers=world.bearer(who))
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_page_lists_what_is_overdue_with_safety_first_then_by_how_far_it_climbed(
    world: World, client: httpx.AsyncClient
) -> None:
    climbed = Story(case_id=staff_id("a"), number="QCK-A", category="broken", priority="urgent")
    dangerous = Story(case_id=staff_id("b"), number="QCK-B", priority="normal", safety=True)
    fresh = Story(case_id=staff_id("c"), number="QCK-C", priority="normal")
    for story in (climbed, dangerous, fresh):
        await world.hear(*story.begun())
    # Only the acknowledgement of the last one is overdue, and its chain has climbed as far: the order is of age then.
    await world.sweep("2026-11-10 09:00")
    text = await page(client, world, "head")
    listed = re.findall(r"QCK-[ABC]", text[text.index('class="al2"') :])
    assert listed[0] == "QCK-B"
    assert text.count("ความปลอดภัย") >= 1


async def test_acknowledging_on_the_page_marks_every_alert_of_the_case_and_comes_back(
    world: World, client: httpx.AsyncClient
) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    text = await page(client, world, "head")
    form = re.search(r'action="(/alerts/cases/[^"]+)".*?name="_csrf" value="([^"]+)"', text, re.S)
    assert form is not None
    refused = await client.post(form[1], data={"_csrf": "x"}, headers=world.bearer("head"))
    assert refused.status_code == 403
    answer = await client.post(form[1], data={"_csrf": form[2]}, headers=world.bearer("head"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    rows = await world.alerts(story.case_id)
    assert {row["seen_by"] for row in rows} == {staff_id("head")}
    assert "รับทราบแล้ว" in await page(client, world, "head")


async def test_the_page_says_so_when_nothing_is_overdue_in_thai_and_in_english(
    world: World, client: httpx.AsyncClient
) -> None:
    assert "ไม่มีเรื่องเกินกำหนด" in await page(client, world, "head")
    assert "Every promise whose day has come was kept." in await page(client, world, "head", "?lang=en")


async def test_a_case_outside_the_viewers_scope_is_in_no_list_and_no_count(
    world: World, client: httpx.AsyncClient
) -> None:
    story = Story(category="misconduct", unit="integrity", restricted=True, approving_unit="audit")
    await world.hear(*story.begun(owner="guard"))
    await world.sweep("2026-12-20 09:00")
    text = await page(client, world, "chief")
    assert story.number not in text
    assert "ไม่มีเรื่องเกินกำหนด" in text


def test_the_days_ahead_are_working_days_and_know_where_closed_days_lie_between() -> None:
    calendar = compile_calendar(policy().calendar("office"))
    days = days_ahead(calendar, date(2026, 12, 4))
    assert [day.date.day for day in days[:3]] == [4, 8, 9]
    assert [day.after_gap for day in days[:3]] == [False, True, False]
    assert len(days) == 10


def test_a_day_is_overloaded_when_a_unit_has_more_than_its_officers_on_duty_can_do() -> None:
    calendar = compile_calendar(policy().calendar("office"))
    days = days_ahead(calendar, date(2026, 11, 2))
    capacity = capacities(PEOPLE, at("2026-11-02 09:00"))
    assert capacity["lodging"] == 4.0
    due = {("lodging", date(2026, 11, 3)): 5, ("lodging", date(2026, 11, 7)): 1, ("sales", date(2026, 11, 4)): 2}
    lines = unit_lines(["lodging", "sales", "people"], days, due, {}, capacity)
    assert [line.unit for line in lines] == ["lodging", "sales"]
    # What falls due on a Saturday in some other calendar stands on the Monday.
    assert lines[0].due[:6] == (0, 5, 0, 0, 0, 1)
    assert [(day.date.day, above) for day, above in overloaded(lines, days)] == [(3, 1.0)]
