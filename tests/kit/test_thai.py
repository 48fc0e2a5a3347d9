"""Dates, times, numbers and what Thai hands type."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import thai

HALF_PAST_FOUR = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)  # 16:30 in Bangkok


def test_a_date_is_glued_and_in_the_buddhist_era_in_thai_only() -> None:
    assert thai.format_date(date(2026, 11, 20), "th") == "ศ.\u00a020\u00a0พ.ย.\u00a02569"
    assert thai.format_date(date(2026, 11, 20), "en") == "Fri\u00a020\u00a0Nov\u00a02026"


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("day", "พ. 25 พ.ย."),
        ("plain", "25 พ.ย. 2569"),
        ("long", "พุธ 25 พ.ย. 2569"),
        ("full", "พุธ 25 พฤศจิกายน 2569"),
    ],
)
def test_a_date_has_a_style_for_each_place(style: str, shown: str) -> None:
    assert thai.format_date(HALF_PAST_FOUR, "th", style=style).replace("\u00a0", " ") == shown


def test_a_moment_may_break_only_before_its_time() -> None:
    shown = thai.format_datetime(HALF_PAST_FOUR, "th")
    assert shown.split(" ") == ["พ.\u00a025\u00a0พ.ย.\u00a02569", "16:30\u00a0น."]


def test_midnight_in_utc_is_already_the_next_morning_in_bangkok() -> None:
    assert thai.format_date(datetime(2026, 12, 31, 17, 0, tzinfo=UTC), "th", style="plain") == "1\u00a0ม.ค.\u00a02570"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        thai.format_date(datetime(2026, 11, 25, 9, 30), "th")  # noqa: DTZ001 - what must be refused


def test_a_crowded_row_says_today_and_drops_the_year_of_now() -> None:
    now = HALF_PAST_FOUR - timedelta(hours=3)
    assert thai.format_near(HALF_PAST_FOUR, now, "th") == "วันนี้\u00a016:30"
    assert thai.format_near(HALF_PAST_FOUR, now - timedelta(days=2), "th").replace("\u00a0", " ") == "พ. 25 พ.ย. 16:30"
    assert "2569" in thai.format_near(HALF_PAST_FOUR, now + timedelta(days=60), "th")


@pytest.mark.parametrize(
    ("offset", "in_thai", "in_english"),
    [
        (timedelta(minutes=-5), "เมื่อ 5 นาทีก่อน", "5 minutes ago"),
        (timedelta(hours=2, minutes=10), "ใน 2 ชม.", "in 2 hours"),
        (timedelta(seconds=20), "เมื่อสักครู่", "just now"),
        (timedelta(days=-1), "เมื่อ 1 วันก่อน", "1 day ago"),
        (timedelta(days=70), "ใน 2 เดือน", "in 2 months"),
    ],
)
def test_a_relative_time_uses_its_largest_unit(offset: timedelta, in_thai: str, in_english: str) -> None:
    for lang, shown in (("th", in_thai), ("en", in_english)):
        assert thai.format_relative(HALF_PAST_FOUR + offset, HALF_PAST_FOUR, lang).replace("\u00a0", " ") == shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (7 * 3600 + 4 * 3600 + 1200, "1 ว. 4 ชม."),
        (7 * 3600, "1 ว."),
        (4 * 3600 + 35 * 60, "4 ชม. 35 น."),
        (35 * 60 + 59, "35 น."),
        (-35 * 60, "35 น."),
        (40, "ไม่ถึง 1 น."),
        (0, "0 น."),
    ],
)
def test_working_time_is_said_in_working_days_of_seven_hours(seconds: int, shown: str) -> None:
    assert thai.working_time(seconds, 25_200, "th").replace("\u00a0", " ") == shown


def test_working_time_in_english_has_days_and_hours() -> None:
    assert thai.working_time(11 * 3600, 25_200, "en") == "1\u00a0d\u00a04\u00a0h"


def test_a_span_of_days_names_its_month_once() -> None:
    plain = thai.format_period(date(2026, 11, 12), date(2026, 11, 13), "th").replace("\u00a0", " ")
    assert plain == "12–13 พ.ย. 2569"
    across = thai.format_period(date(2026, 12, 29), date(2027, 1, 3), "en").replace("\u00a0", " ")
    assert across == "29 Dec 2026 – 3 Jan 2027"


def test_money_shows_satang_only_when_there_are_any() -> None:
    assert thai.format_baht(Decimal("18760.00"), "th") == "18,760\u00a0บาท"
    assert thai.format_baht(Decimal("18760.5"), "en") == "18,760.50 baht"


@pytest.mark.parametrize(("value", "shown"), [(1234567, "1,234,567"), (87.90, "87.9"), (8, "8"), (-0.001, "0")])
def test_numbers_mark_thousands_and_drop_empty_decimals(value: float, shown: str) -> None:
    assert thai.format_number(value) == shown


@pytest.mark.parametrize(
    "typed",
    ["2026-11-20", "20/11/2569", "๒๐/๑๑/๒๕๖๙", "20-11-2026", "20 พ.ย. 69", "ศ. 20 พฤศจิกายน พ.ศ. 2569", "20 nov 2026"],
)
def test_a_date_is_read_in_either_era_and_either_digits(typed: str) -> None:
    assert thai.parse_date(typed) == date(2026, 11, 20)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)))
def test_every_date_that_is_shown_can_be_typed_back(day: date) -> None:
    for lang in ("th", "en"):
        assert thai.parse_date(thai.format_date(day, lang, style="plain")) == day


@pytest.mark.parametrize("typed", ["", "yesterday", "31/02/2569", "2026-13-01", "20/11"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        thai.parse_date(typed)


def test_a_time_of_day_is_read_with_a_point_or_a_colon() -> None:
    for typed in ("20/11/2569 14:05", "๒๐ พ.ย. ๒๕๖๙ ๑๔.๐๕ น.", "2026-11-20T14:05"):
        assert thai.parse_datetime(typed).astimezone(UTC) == datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
    with pytest.raises(ValueError, match="not a time"):
        thai.parse_datetime("20/11/2569 25:05")


def test_a_number_is_read_with_thai_digits_and_commas() -> None:
    assert thai.parse_number("๑๘,๗๖๐.๕๐") == Decimal("18760.50")
    for typed in ("สิบ", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="not a number"):
            thai.parse_number(typed)


@pytest.mark.parametrize(
    "typed", ["081-234-5678", "+66 81 234 5678", "+66 (0)81 2345678", "๐๘๑๒๓๔๕๖๗๘", "0066812345678", "66812345678"]
)
def test_a_telephone_number_has_one_form(typed: str) -> None:
    assert thai.normalise_phone(typed) == "0812345678"


def test_a_hot_line_and_a_foreign_number_are_kept_and_a_fragment_is_refused() -> None:
    assert thai.normalise_phone("1567") == "1567"
    assert thai.normalise_phone("+1 415 555 2671") == "+14155552671"
    with pytest.raises(ValueError, match="not a telephone number"):
        thai.normalise_phone("12")


def test_a_fiscal_year_is_named_by_the_year_it_ends_in() -> None:
    assert thai.fiscal_year(date(2026, 9, 30), 10) == 2026
    assert thai.fiscal_year(date(2026, 10, 1), 10) == 2027
    assert thai.fiscal_year(date(2026, 12, 31), 1) == 2026


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 1, 1)), st.integers(min_value=1, max_value=12))
def test_every_day_lies_in_exactly_one_quarter_of_three_months(day: date, first_month: int) -> None:
    quarter = thai.quarter_of(day, first_month)
    assert quarter.start <= day < quarter.end
    assert 1 <= quarter.number <= 4
    assert 89 <= (quarter.end - quarter.start).days <= 92
    assert thai.quarter_of(quarter.end, first_month).number == quarter.number % 4 + 1


def test_a_quarter_is_named_in_the_era_of_its_reader() -> None:
    quarter = thai.quarter_of(date(2026, 11, 20), 1)
    assert (quarter.label("th"), quarter.label("en")) == ("ไตรมาส\u00a04/2569", "Q4/2026")


def test_working_days_hold_together_at_the_end_of_a_line() -> None:
    assert thai.glue_working_days("นับ 15 วันทำการ") == "นับ 15\u00a0วัน\u2060ทำการ"
