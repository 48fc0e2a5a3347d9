"""The facts behind a deadline, on the examples that the receipt and the case page show."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.kit.working_time import Pause, WorkingCalendar, due_at, explain
from tests.kit.working_hours import CONSTITUTION, OFFICE_WEEK, SUBSTITUTION, Within, bangkok, office

OFFICE = office()
FIFTEEN = Within(working_days=15)
RECEIVED = bangkok("2026-11-20 10:57")


def test_the_receipt_says_fifteen_days_four_weekends_and_two_holidays() -> None:
    explained = explain(RECEIVED, due_at(RECEIVED, FIFTEEN, OFFICE), OFFICE, now=RECEIVED)
    assert (explained.start_day, explained.due_day) == (date(2026, 11, 20), date(2026, 12, 15))
    assert explained.counted_days == 15
    assert explained.weekends_skipped == 4
    assert explained.weekly_closed == (5, 6)
    assert explained.holidays_skipped == ((date(2026, 12, 7), SUBSTITUTION), (date(2026, 12, 10), CONSTITUTION))
    assert explained.paused_ranges == ()
    kinds = "".join("." if day.kind == "open" else "x" for day in explained.days)
    assert kinds == ".xx.....xx.....xxx..x.xx.."


def test_cells_fill_as_working_time_passes() -> None:
    now = bangkok("2026-11-23 10:15")
    days = explain(RECEIVED, due_at(RECEIVED, FIFTEEN, OFFICE), OFFICE, now=now).days
    assert [day.used for day in days[:5]] == [1.0, 0.0, 0.0, 0.25, 0.0]
    assert {day.used for day in explain(RECEIVED, due_at(RECEIVED, FIFTEEN, OFFICE), OFFICE).days} == {0.0}


def test_the_case_page_says_two_working_days_paused_and_from_when_to_when() -> None:
    start = bangkok("2026-11-04 10:00")
    pauses: list[Pause] = [(bangkok("2026-11-11 18:00"), bangkok("2026-11-13 17:00"))]
    due = due_at(start, FIFTEEN, OFFICE, pauses)
    explained = explain(start, due, OFFICE, pauses)
    assert explained.due_day == date(2026, 11, 27)
    assert explained.counted_days == 15
    assert explained.weekends_skipped == 3
    assert explained.paused_days == 2
    assert explained.paused_seconds == 50_400
    assert explained.paused_ranges == ((date(2026, 11, 12), date(2026, 11, 13)),)
    assert [day.date.day for day in explained.days if day.kind == "paused"] == [12, 13]


@pytest.mark.parametrize(("until", "kind", "share"), [("11:00", "open", 2 / 7), ("14:00", "paused", 4 / 7)])
def test_a_day_is_drawn_as_paused_from_half_of_its_working_time_on(until: str, kind: str, share: float) -> None:
    pauses: list[Pause] = [(bangkok("2026-11-24 09:00"), bangkok(f"2026-11-24 {until}"))]
    due = due_at(RECEIVED, FIFTEEN, OFFICE, pauses)
    explained = explain(RECEIVED, due, OFFICE, pauses)
    assert explained.days[4].kind == kind
    assert explained.days[4].paused == pytest.approx(share)
    assert explained.counted_days == 15


def test_a_pause_that_lasts_is_drawn_up_to_now_and_moves_the_flag() -> None:
    pauses: list[Pause] = [(bangkok("2026-11-23 08:30"), None)]
    now = bangkok("2026-11-24 16:30")
    explained = explain(RECEIVED, due_at(RECEIVED, FIFTEEN, OFFICE, pauses, now), OFFICE, pauses, now)
    assert [day.kind for day in explained.days[3:6]] == ["paused", "paused", "open"]
    assert explained.due_day == date(2026, 12, 17)
    assert explained.counted_days == 15


def test_a_pause_over_closed_days_only_is_not_mentioned() -> None:
    pauses: list[Pause] = [(bangkok("2026-11-21 00:00"), bangkok("2026-11-22 12:00"))]
    explained = explain(RECEIVED, due_at(RECEIVED, FIFTEEN, OFFICE, pauses), OFFICE, pauses)
    assert explained.paused_ranges == ()
    assert explained.paused_days == 0


def test_a_strip_can_go_on_past_a_missed_deadline() -> None:
    due = bangkok("2026-11-18 16:30")
    explained = explain(bangkok("2026-10-29 10:00"), due, OFFICE, until=bangkok("2026-11-24 16:30"))
    assert explained.due_day == date(2026, 11, 18)
    assert explained.days[-1].date == date(2026, 11, 24)
    assert explained.weekends_skipped == 3


def test_a_holiday_on_a_weekend_is_no_holiday_skipped_and_a_half_day_keeps_its_name() -> None:
    calendar = WorkingCalendar(
        "Asia/Bangkok",
        OFFICE_WEEK,
        {date(2026, 11, 21): "วันหยุด"},
        {date(2026, 11, 24): [(30_600, 43_200)]},
        names={date(2026, 11, 24): ("ครึ่งวัน", "Half day")},
    )
    explained = explain(RECEIVED, due_at(RECEIVED, Within(working_days=3), calendar), calendar)
    assert explained.holidays_skipped == ()
    assert explained.weekends_skipped == 1
    assert explained.days[4].name == ("ครึ่งวัน", "Half day")


def test_a_deadline_at_24_00_is_drawn_on_the_day_that_it_ends() -> None:
    always = WorkingCalendar("Asia/Bangkok", {}, {}, {}, always_open=True)
    explained = explain(RECEIVED, due_at(RECEIVED, Within(working_days=2), always), always)
    assert explained.due_day == date(2026, 11, 22)
    assert explained.counted_days == 2
    assert explained.weekly_closed == ()
    assert len(explained.days) == 3


def test_a_promise_kept_at_once_is_a_strip_of_one_day() -> None:
    explained = explain(RECEIVED, RECEIVED, OFFICE, now=RECEIVED)
    assert [day.date for day in explained.days] == [date(2026, 11, 20)]
    assert (explained.counted_days, explained.working_seconds) == (0, 0)


def test_the_days_are_those_of_the_calendars_zone() -> None:
    start = datetime.fromisoformat("2026-11-20T17:30:00+00:00")  # 00:30 on the 21st in Bangkok
    assert explain(start, due_at(start, Within(working_days=1), OFFICE), OFFICE).start_day == date(2026, 11, 21)
