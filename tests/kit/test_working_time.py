"""Domain section 4, rules 1, 3, 4, 11, 14 and 15, line by line, on an office in Bangkok."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from services.kit.errors import RedressError
from services.kit.working_time import (
    CalendarNeverOpens,
    NaiveTime,
    Pause,
    SpanUnclear,
    TimeOutOfRange,
    WorkingCalendar,
    add_working_days,
    add_working_seconds,
    due_at,
    threshold_at,
    used_fraction,
    working_days_between,
    working_seconds_between,
)
from tests.kit.working_hours import OFFICE_DAY, OFFICE_WEEK, Within, bangkok, office

HOUR = 3600
OFFICE = office()
ALWAYS = WorkingCalendar("Asia/Bangkok", {}, {}, {}, always_open=True)
NEVER = WorkingCalendar("Asia/Bangkok", {}, {}, {})
ROUND_THE_CLOCK_WEEKDAYS = WorkingCalendar("Asia/Bangkok", dict.fromkeys(range(5), ((0, 86_400),)), {}, {})


@pytest.mark.parametrize(
    ("rule", "start", "hours", "due"),
    [
        ("within the morning", "2026-11-20 09:00", 2, "2026-11-20 11:00"),
        ("ends exactly at noon, not at one o'clock", "2026-11-20 09:00", 3, "2026-11-20 12:00"),
        ("passes over lunch", "2026-11-20 11:00", 2, "2026-11-20 14:00"),
        ("ends exactly at closing, not at the next opening", "2026-11-20 08:30", 7, "2026-11-20 16:30"),
        ("passes over the weekend", "2026-11-20 16:00", 1, "2026-11-23 09:00"),
        ("starts exactly at closing", "2026-11-20 16:30", 1, "2026-11-23 09:30"),
        ("starts exactly at opening", "2026-11-23 08:30", 1, "2026-11-23 09:30"),
        ("starts in the lunch break", "2026-11-23 12:30", 1, "2026-11-23 14:00"),
        ("starts before opening", "2026-11-23 03:00", 1, "2026-11-23 09:30"),
        ("starts on a Sunday", "2026-11-22 10:00", 1, "2026-11-23 09:30"),
        ("starts on a holiday", "2026-12-07 10:00", 1, "2026-12-08 09:30"),
        ("passes over a holiday", "2026-12-09 16:00", 1, "2026-12-11 09:00"),
        ("the half day closes at noon", "2026-12-30 11:00", 2, "2027-01-01 09:30"),
        ("a Saturday worked by exception", "2026-12-18 16:00", 1, "2026-12-19 09:00"),
        ("nothing to add", "2026-11-22 10:00", 0, "2026-11-22 10:00"),
    ],
)
def test_working_hours_are_counted_only_while_the_office_is_open(rule: str, start: str, hours: int, due: str) -> None:
    assert add_working_seconds(bangkok(start), hours * HOUR, OFFICE) == bangkok(due), rule


@pytest.mark.parametrize(
    ("rule", "start", "days", "due"),
    [
        ("the first day does not count", "2026-11-23 08:30", 1, "2026-11-24 16:30"),
        ("received a minute before closing is the same", "2026-11-23 16:29", 1, "2026-11-24 16:30"),
        ("received after closing is the same", "2026-11-23 23:59:59", 1, "2026-11-24 16:30"),
        ("received at midnight belongs to the new day", "2026-11-24 00:00", 1, "2026-11-25 16:30"),
        ("Friday to Monday", "2026-11-20 10:00", 1, "2026-11-23 16:30"),
        ("received on a Saturday", "2026-11-21 10:00", 1, "2026-11-23 16:30"),
        ("received on a holiday", "2026-12-07 10:00", 1, "2026-12-08 16:30"),
        ("would end on a holiday, so ends on the next open day", "2026-12-09 10:00", 1, "2026-12-11 16:30"),
        ("would end on a long weekend", "2026-12-04 10:00", 1, "2026-12-08 16:30"),
        ("ends on a half day at its own closing", "2026-12-29 10:00", 1, "2026-12-30 12:00"),
        ("a half day is a working day", "2026-12-29 10:00", 2, "2027-01-01 16:30"),
        ("a working Saturday is a working day", "2026-12-18 10:00", 1, "2026-12-19 16:30"),
        ("fifteen days over two holidays and four weekends", "2026-11-20 10:15", 15, "2026-12-15 16:30"),
        ("no days: by the end of the same day", "2026-11-20 10:15", 0, "2026-11-20 16:30"),
        ("no days, but already closed", "2026-11-20 18:00", 0, "2026-11-23 16:30"),
    ],
)
def test_working_days_leave_the_first_out_and_end_at_a_closing(rule: str, start: str, days: int, due: str) -> None:
    assert add_working_days(bangkok(start), days, OFFICE) == bangkok(due), rule


@pytest.mark.parametrize(
    ("rule", "pauses", "due"),
    [
        ("no pause", [], "2026-11-23 15:30"),
        ("a pause in working time", [("2026-11-23 10:00", "2026-11-23 11:00")], "2026-11-23 16:30"),
        ("only its overlap with working time", [("2026-11-23 11:30", "2026-11-23 13:30")], "2026-11-23 16:30"),
        ("a pause over night counts nothing", [("2026-11-20 16:30", "2026-11-23 08:30")], "2026-11-23 15:30"),
        (
            "overlapping pauses count once",
            [("2026-11-23 10:00", "2026-11-23 10:40"), ("2026-11-23 10:20", "2026-11-23 11:00")],
            "2026-11-23 16:30",
        ),
        ("a repeated pause counts once", [("2026-11-23 10:00", "2026-11-23 11:00")] * 3, "2026-11-23 16:30"),
        (
            "one inside another, given in any order",
            [("2026-11-23 10:15", "2026-11-23 10:30"), ("2026-11-23 10:00", "2026-11-23 11:00")],
            "2026-11-23 16:30",
        ),
        ("opened paused", [("2026-11-20 09:00", "2026-11-23 09:30")], "2026-11-24 09:30"),
        ("a pause that puts the deadline into another pause", [
            ("2026-11-23 10:00", "2026-11-23 11:00"), ("2026-11-23 16:00", "2026-11-24 10:00"),
        ], "2026-11-24 10:30"),
        ("a pause from the deadline on moves nothing", [("2026-11-23 15:30", "2026-11-24 10:00")], "2026-11-23 15:30"),
        ("one that ends before it begins is none", [("2026-11-23 11:00", "2026-11-23 10:00")], "2026-11-23 15:30"),
    ],
)  # fmt: skip
def test_a_pause_counts_only_its_working_time(rule: str, pauses: list[tuple[str, str]], due: str) -> None:
    made = [(bangkok(begun), bangkok(ended)) for begun, ended in pauses]
    assert due_at(bangkok("2026-11-20 15:30"), Within(seconds=7 * HOUR), OFFICE, made) == bangkok(due), rule


@pytest.mark.parametrize(
    ("rule", "pauses", "due"),
    [
        ("two whole days", [("2026-11-12 08:00", "2026-11-13 18:00")], "2026-11-27 16:30"),
        ("three hours", [("2026-11-12 09:00", "2026-11-12 12:00")], "2026-11-26 11:30"),
        ("a weekend", [("2026-11-13 16:30", "2026-11-16 08:30")], "2026-11-25 16:30"),
    ],
)
def test_a_pause_puts_off_a_day_counted_deadline_by_its_working_time(
    rule: str, pauses: list[tuple[str, str]], due: str
) -> None:
    made = [(bangkok(begun), bangkok(ended)) for begun, ended in pauses]
    assert due_at(bangkok("2026-11-04 10:00"), Within(working_days=15), OFFICE, made) == bangkok(due), rule


def test_a_pause_that_lasts_counts_up_to_now() -> None:
    start, within = bangkok("2026-11-23 08:30"), Within(seconds=2 * HOUR)
    pauses: list[Pause] = [(bangkok("2026-11-23 09:30"), None)]
    assert due_at(start, within, OFFICE, pauses) == bangkok("2026-11-23 10:30")
    assert due_at(start, within, OFFICE, pauses, bangkok("2026-11-23 09:30")) == bangkok("2026-11-23 10:30")
    assert due_at(start, within, OFFICE, pauses, bangkok("2026-11-23 14:00")) == bangkok("2026-11-23 15:00")
    assert working_seconds_between(start, bangkok("2026-11-23 14:00"), OFFICE, pauses) == HOUR


def test_a_case_typed_in_late_is_judged_from_when_it_was_received() -> None:
    received = bangkok("2026-11-20 09:00")
    assert due_at(received, Within(working_days=1), OFFICE) == bangkok("2026-11-23 16:30")


def test_each_service_point_has_working_time_of_its_own() -> None:
    park = WorkingCalendar("Asia/Bangkok", dict.fromkeys(range(7), ((28_800, 64_800),)), {}, {})
    friday = bangkok("2026-11-20 16:00")
    assert add_working_seconds(friday, 2 * HOUR, OFFICE) == bangkok("2026-11-23 10:00")
    assert add_working_seconds(friday, 2 * HOUR, park) == bangkok("2026-11-20 18:00")
    assert add_working_days(friday, 1, park) == bangkok("2026-11-21 18:00")


def test_a_dated_closure_added_to_the_calendar_moves_the_deadline_by_that_day() -> None:
    flooded = WorkingCalendar("Asia/Bangkok", OFFICE_WEEK, {date(2026, 11, 24): "น้ำท่วม"}, {})
    assert add_working_days(bangkok("2026-11-23 10:00"), 1, OFFICE) == bangkok("2026-11-24 16:30")
    assert add_working_days(bangkok("2026-11-23 10:00"), 1, flooded) == bangkok("2026-11-25 16:30")


def test_seconds_and_microseconds_are_kept() -> None:
    start = bangkok("2026-11-20 16:29:59.250001")
    assert add_working_seconds(start, 1.5, OFFICE) == bangkok("2026-11-23 08:30:00.750001")
    assert working_seconds_between(start, bangkok("2026-11-23 08:30:00.750001"), OFFICE) == 1.5


@pytest.mark.parametrize(
    ("rule", "start", "hours", "due"),
    [
        ("lands on 24:00 exactly", "2026-11-20 20:00", 4, "2026-11-21 00:00"),
        ("passes midnight without a gap", "2026-11-19 23:00", 2, "2026-11-20 01:00"),
        ("starts at 24:00 of a day before a closed one", "2026-11-21 00:00", 1, "2026-11-23 01:00"),
    ],
)
def test_a_day_may_end_at_24_00(rule: str, start: str, hours: int, due: str) -> None:
    assert add_working_seconds(bangkok(start), hours * HOUR, ROUND_THE_CLOCK_WEEKDAYS) == bangkok(due), rule


def test_a_day_counted_deadline_at_24_00_is_the_midnight_that_ends_the_day() -> None:
    assert add_working_days(bangkok("2026-11-19 10:00"), 1, ROUND_THE_CLOCK_WEEKDAYS) == bangkok("2026-11-21 00:00")


def test_round_the_clock_every_second_counts() -> None:
    start = bangkok("2026-11-20 23:59:50")
    assert due_at(start, Within(seconds=30), ALWAYS) == bangkok("2026-11-21 00:00:20")
    assert due_at(start, Within(working_days=2), ALWAYS) == bangkok("2026-11-23 00:00")
    assert working_seconds_between(start, start + timedelta(days=400), ALWAYS) == 400 * 86_400
    assert working_days_between(start, start + timedelta(seconds=20), ALWAYS) == 1
    pauses = [(start + timedelta(seconds=5), start + timedelta(seconds=9))]
    assert due_at(start, Within(seconds=30), ALWAYS, pauses) == bangkok("2026-11-21 00:00:24")


def test_a_calendar_that_never_opens_is_refused_with_its_remedy() -> None:
    for within in (Within(seconds=1), Within(working_days=1), Within(working_days=0)):
        with pytest.raises(CalendarNeverOpens) as refused:
            due_at(bangkok("2026-11-20 10:00"), within, NEVER)
        assert "opening hours" in refused.value.remedy
    assert working_seconds_between(bangkok("2026-01-01 00:00"), bangkok("2027-01-01 00:00"), NEVER) == 0


def test_a_calendar_of_single_dates_never_opens_after_the_last_of_them() -> None:
    fair = WorkingCalendar("Asia/Bangkok", {}, {}, {date(2027, 2, 1): OFFICE_DAY, date(2033, 2, 1): OFFICE_DAY})
    start = bangkok("2026-11-20 10:00")
    assert add_working_days(start, 2, fair) == bangkok("2033-02-01 16:30")
    assert add_working_seconds(start, 14 * HOUR, fair) == bangkok("2033-02-01 16:30")
    with pytest.raises(CalendarNeverOpens):
        add_working_seconds(start, 14 * HOUR + 1, fair)
    with pytest.raises(CalendarNeverOpens):
        add_working_days(start, 3, fair)


@pytest.mark.parametrize("percent", [50, 75, 90])
def test_warnings_are_measured_in_working_time_and_never_land_in_the_night(percent: int) -> None:
    start = bangkok("2026-11-20 13:00")
    for days in range(1, 16):
        due = add_working_days(start, days, OFFICE)
        warned = threshold_at(start, due, percent, OFFICE)
        assert used_fraction(start, due, warned, OFFICE) == pytest.approx(percent / 100)
        assert OFFICE.is_open(warned - timedelta(microseconds=1))


def test_half_of_a_promise_over_the_weekend_is_half_of_its_working_time() -> None:
    start, due = bangkok("2026-11-20 13:00"), bangkok("2026-11-23 12:00")
    assert threshold_at(start, due, 50, OFFICE) == bangkok("2026-11-20 16:30")
    assert threshold_at(start, due, 75, OFFICE) == bangkok("2026-11-23 10:15")
    assert threshold_at(start, due, 100, OFFICE) == due
    assert threshold_at(start, due, 150, OFFICE) == bangkok("2026-11-23 16:30")


def test_a_pause_puts_off_the_warnings_after_it_and_leaves_those_before() -> None:
    start, within = bangkok("2026-11-23 08:30"), Within(seconds=4 * HOUR)
    pauses = [(bangkok("2026-11-23 11:00"), bangkok("2026-11-23 12:00"))]
    due = due_at(start, within, OFFICE, pauses)
    assert due == bangkok("2026-11-23 14:30")
    assert threshold_at(start, due, 50, OFFICE, pauses) == bangkok("2026-11-23 10:30")
    assert threshold_at(start, due, 75, OFFICE, pauses) == bangkok("2026-11-23 13:30")


def test_while_a_pause_lasts_the_used_share_stands_still() -> None:
    start, within = bangkok("2026-11-23 08:30"), Within(seconds=4 * HOUR)
    pauses: list[Pause] = [(bangkok("2026-11-23 09:30"), None)]
    for text in ("2026-11-23 09:30", "2026-11-23 15:00", "2026-12-15 10:00"):
        now = bangkok(text)
        assert used_fraction(start, due_at(start, within, OFFICE, pauses, now), now, OFFICE, pauses) == 0.25


def test_the_used_share_goes_on_past_the_deadline_and_starts_at_nothing() -> None:
    start, due = bangkok("2026-11-23 08:30"), bangkok("2026-11-23 10:30")
    assert used_fraction(start, due, start - timedelta(days=1), OFFICE) == 0
    assert used_fraction(start, due, bangkok("2026-11-23 09:30"), OFFICE) == 0.5
    assert used_fraction(start, due, bangkok("2026-11-23 11:30"), OFFICE) == 1.5


def test_a_promise_without_working_time_is_used_up_at_its_deadline() -> None:
    start = due = bangkok("2026-11-22 10:00")
    assert used_fraction(start, due, start - timedelta(seconds=1), OFFICE) == 0
    assert used_fraction(start, due, start, OFFICE) == 1
    assert threshold_at(start, due, 50, OFFICE) == due


def test_the_age_of_a_case_in_working_days_leaves_the_first_day_out() -> None:
    start = bangkok("2026-11-20 10:00")
    assert working_days_between(start, bangkok("2026-11-20 16:00"), OFFICE) == 0
    assert working_days_between(start, bangkok("2026-11-22 16:00"), OFFICE) == 0
    assert working_days_between(start, bangkok("2026-11-23 00:00"), OFFICE) == 1
    assert working_days_between(start, bangkok("2026-12-15 16:30"), OFFICE) == 15
    assert working_days_between(bangkok("2026-12-15 16:30"), start, OFFICE) == 0


def test_time_measured_backwards_is_nothing() -> None:
    assert working_seconds_between(bangkok("2026-11-23 10:00"), bangkok("2026-11-20 10:00"), OFFICE) == 0


def test_deadlines_are_given_in_utc() -> None:
    start = bangkok("2026-11-20 10:00")
    for due in (due_at(start, Within(working_days=1), OFFICE), add_working_seconds(start, 60, OFFICE)):
        assert due.tzinfo is UTC


NAIVE = datetime(2026, 11, 20, 10, 0)  # noqa: DTZ001  a time without a zone is what is refused
AWARE = bangkok("2026-11-20 10:00")


def test_a_time_without_a_zone_is_refused_everywhere() -> None:
    calls: list[Callable[[], object]] = [
        lambda: due_at(NAIVE, Within(working_days=1), OFFICE),
        lambda: due_at(AWARE, Within(working_days=1), OFFICE, [(NAIVE, None)], AWARE),
        lambda: working_seconds_between(AWARE, NAIVE, OFFICE),
        lambda: add_working_seconds(NAIVE, 1, ALWAYS),
        lambda: OFFICE.is_open(NAIVE),
    ]
    for call in calls:
        with pytest.raises(NaiveTime, match="no time zone"):
            call()


def test_a_buddhist_year_taken_for_a_common_one_is_refused_with_the_hint() -> None:
    in_2569 = datetime(2569, 11, 20, 10, 0, tzinfo=UTC)
    for calendar in (OFFICE, ALWAYS):
        with pytest.raises(TimeOutOfRange, match="2569-11-20") as refused:
            due_at(in_2569, Within(working_days=1), calendar)
        assert "Buddhist" in refused.value.remedy


@pytest.mark.parametrize("calendar", [OFFICE, ALWAYS], ids=["office", "always"])
def test_a_span_that_is_negative_endless_or_empty_is_refused(calendar: WorkingCalendar) -> None:
    unclear = [
        Within(working_days=-1),
        Within(seconds=-1),
        Within(seconds=10**12),
        Within(working_days=10**6),
        Within(),
    ]
    for within in unclear:
        with pytest.raises(SpanUnclear):
            due_at(AWARE, within, calendar)


@pytest.mark.parametrize("calendar", [OFFICE, ALWAYS], ids=["office", "always"])
def test_a_deadline_after_the_year_2200_is_refused(calendar: WorkingCalendar) -> None:
    late = datetime(2200, 6, 1, tzinfo=UTC)
    for within in (Within(working_days=1000), Within(seconds=400 * 86_400)):
        with pytest.raises(TimeOutOfRange):
            due_at(late, within, calendar)


def test_every_refusal_is_a_redress_error_and_a_value_error() -> None:
    for refusal in (CalendarNeverOpens, NaiveTime, SpanUnclear, TimeOutOfRange):
        assert issubclass(refusal, RedressError)
        assert issubclass(refusal, ValueError)
