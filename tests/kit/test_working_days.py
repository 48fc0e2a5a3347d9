"""Calendars: what they are compiled from, what they know of a day, and zones whose clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from schemas.policy_calendar import Calendar
from services.kit.working_time import (
    CalendarUnclear,
    Interval,
    WorkingCalendar,
    add_working_days,
    add_working_seconds,
    compile_calendar,
    working_seconds_between,
)
from tests.kit.working_hours import OFFICE_DAY, OFFICE_WEEK, SUBSTITUTION, bangkok, office

OFFICE = office()


def document(**changes: object) -> Calendar:
    hours = ["08:30-12:00", "13:00-16:30"]
    return Calendar.model_validate(
        {
            "code": "head-office",
            "label": {"th": "สำนักงานใหญ่", "en": "Head office"},
            "week": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours),
            "closed": [{"date": "2026-12-07", "name": {"th": "วันหยุดชดเชย"}}],
            "exceptions": [
                {"date": "2026-12-30", "intervals": ["08:30-12:00"], "name": {"th": "ครึ่งวัน", "en": "Half day"}}
            ],
            **changes,
        }
    )


def test_a_policy_calendar_is_compiled_with_its_hours_closures_exceptions_and_names() -> None:
    compiled = compile_calendar(document())
    assert str(compiled.zone) == "Asia/Bangkok"
    assert compiled.intervals_on(date(2026, 11, 20)) == tuple(Interval(*each) for each in OFFICE_DAY)
    assert [compiled.seconds_on(date(2026, 12, day)) for day in (5, 7, 8, 30)] == [0, 0, 25_200, 12_600]
    assert compiled.names[date(2026, 12, 30)] == ("ครึ่งวัน", "Half day")
    assert compiled.names[date(2026, 12, 7)] == ("วันหยุดชดเชย", "วันหยุดชดเชย")
    assert compiled.seconds_per_typical_day == 25_200


def test_the_same_content_is_compiled_once_and_other_content_is_another_calendar() -> None:
    one, same = document(), document()
    assert compile_calendar(one) is compile_calendar(one) is compile_calendar(same)
    assert compile_calendar(document(closed=[])) != compile_calendar(one)
    assert compile_calendar(document(zone="UTC")) != compile_calendar(one)


def test_calendars_are_equal_and_hashable_by_content() -> None:
    assert office() == OFFICE
    assert len({office(), OFFICE}) == 1
    assert office() != "office"


def test_a_policy_calendar_that_is_open_always_never_closes() -> None:
    always = compile_calendar(document(open_always=True, week={}, closed=[], exceptions=[]))
    assert always.is_open(bangkok("2026-11-22 03:00"))
    assert always.seconds_per_typical_day == always.seconds_on(date(2026, 11, 22)) == 86_400


def test_an_exception_wins_over_a_closure_and_over_the_week() -> None:
    day = date(2026, 12, 7)
    opened = WorkingCalendar("Asia/Bangkok", OFFICE_WEEK, {day: SUBSTITUTION}, {day: OFFICE_DAY[:1]})
    shut = WorkingCalendar("Asia/Bangkok", OFFICE_WEEK, {}, {day: ()})
    assert opened.seconds_on(day) == 12_600
    assert shut.seconds_on(day) == 0


def test_a_closure_closes_even_a_calendar_that_is_open_always() -> None:
    closed = WorkingCalendar("Asia/Bangkok", {}, {date(2026, 11, 21): "ปิดระบบ"}, {}, always_open=True)
    assert add_working_seconds(bangkok("2026-11-20 23:00"), 7200, closed) == bangkok("2026-11-22 01:00")


def test_a_place_is_open_from_its_opening_up_to_but_not_at_its_closing() -> None:
    times = ["08:29:59.999999", "08:30", "11:59:59.999999", "12:00", "13:00", "16:29:59.999999", "16:30"]
    found = [OFFICE.is_open(bangkok(f"2026-11-20 {at}")) for at in times]
    assert found == [False, True, True, False, True, True, False]


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        (OFFICE_WEEK, 25_200),
        ({**OFFICE_WEEK, 5: OFFICE_DAY[:1]}, 25_200),
        ({0: OFFICE_DAY, 1: OFFICE_DAY[:1]}, 25_200),
        ({}, 0),
    ],
)
def test_the_typical_day_is_the_commonest_and_of_equals_the_longest(
    week: dict[int, list[tuple[int, int]]], expected: int
) -> None:
    assert WorkingCalendar("Asia/Bangkok", week, {}, {}).seconds_per_typical_day == expected


@pytest.mark.parametrize("hours", [[(100, 50)], [(50, 50)], [(0, 86_401)], [(-1, 5)], [(0, 100), (99, 200)]], ids=str)
def test_hours_that_overlap_run_backwards_or_leave_the_day_are_refused(hours: list[tuple[int, int]]) -> None:
    with pytest.raises(CalendarUnclear) as refused:
        WorkingCalendar("Asia/Bangkok", {0: hours}, {}, {})
    assert refused.value.remedy


def test_intervals_may_touch_and_come_in_any_order() -> None:
    touching = WorkingCalendar("Asia/Bangkok", {4: [(43_200, 59_400), (30_600, 43_200)]}, {}, {})
    assert add_working_seconds(bangkok("2026-11-20 11:00"), 7200, touching) == bangkok("2026-11-20 13:00")


BERLIN_ALWAYS = WorkingCalendar("Europe/Berlin", dict.fromkeys(range(7), ((0, 86_400),)), {}, {})
BERLIN_NIGHT = WorkingCalendar("Europe/Berlin", dict.fromkeys(range(7), ((5_400, 9_000),)), {}, {})  # 01:30-02:30


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-06-01", 24), ("2026-10-25", 25)])
def test_the_day_on_which_clocks_change_is_as_long_as_it_really_is(day: str, hours: int) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=BERLIN_ALWAYS.zone)
    end = add_working_days(start, 0, BERLIN_ALWAYS)
    assert (end - start.astimezone(UTC)).total_seconds() == hours * 3600
    assert working_seconds_between(start, end, BERLIN_ALWAYS) == hours * 3600


def test_an_opening_ends_when_the_clocks_jump_over_its_closing() -> None:
    start = datetime(2026, 3, 29, 0, 0, tzinfo=BERLIN_NIGHT.zone)
    assert add_working_days(start, 0, BERLIN_NIGHT) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert working_seconds_between(start, datetime(2026, 3, 29, 12, 0, tzinfo=UTC), BERLIN_NIGHT) == 1800


def test_a_date_that_a_zone_skipped_is_no_working_day() -> None:
    apia = WorkingCalendar("Pacific/Apia", dict.fromkeys(range(7), OFFICE_DAY), {}, {})
    start = datetime(2011, 12, 29, 10, 0, tzinfo=apia.zone)
    due = add_working_days(start, 1, apia)
    assert due == datetime(2011, 12, 31, 16, 30, tzinfo=apia.zone)


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    fresh, used = office(), office()
    for text in ("2150-01-05 10:00", "1905-03-01 10:00", "2026-11-20 10:00"):
        used.is_open(bangkok(text))
    for text in ("2026-11-20 10:00", "1999-12-31 23:59", "2199-01-01 00:00"):
        start = bangkok(text)
        assert add_working_seconds(start, 10**6, used) == add_working_seconds(start, 10**6, fresh)
