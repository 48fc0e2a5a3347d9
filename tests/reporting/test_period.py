"""Reporting periods: what they hold, what they are called and what they are compared with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from schemas.policy import PolicyBundle
from services.kit.errors import InvalidInput
from services.reporting.period import Period, before, label_of, months_back, read_period
from services.reporting.period_choices import period_choices
from tests.reporting.happenings import at, office

NBSP = "\u00a0"


def period(first: str, end: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(end))


@pytest.fixture
def october() -> PolicyBundle:
    """The policy with a fiscal year that begins in October, as the state has it."""
    return office().model_copy(update={"fiscal_year_first_month": 10})


def test_a_period_begins_at_local_midnight_and_its_end_is_out() -> None:
    march = period("2026-03-01", "2026-04-01")
    assert march.since == at("2026-03-01 00:00")
    assert march.until == at("2026-04-01 00:00")
    assert march.last == date(2026, 3, 31)
    assert march.cut_off(at("2026-03-15 12:00")) == at("2026-03-15 12:00")


@pytest.mark.parametrize(
    ("first", "end", "compared"),
    [
        ("2026-04-01", "2026-07-01", ("2026-01-01", "2026-04-01")),
        ("2026-04-01", "2026-05-16", ("2026-01-01", "2026-04-01")),
        ("2026-05-01", "2026-06-01", ("2026-04-01", "2026-05-01")),
        ("2026-05-01", "2026-05-16", ("2026-04-01", "2026-05-01")),
        ("2026-01-01", "2027-01-01", ("2025-01-01", "2026-01-01")),
        ("2026-01-01", "2026-08-12", ("2025-01-01", "2026-01-01")),
        ("2026-05-10", "2026-05-20", ("2026-04-30", "2026-05-10")),
    ],
)
def test_a_period_is_compared_with_the_one_of_its_kind_before(first: str, end: str, compared: tuple[str, str]) -> None:
    assert before(office(), period(first, end)) == period(*compared)


def test_periods_are_called_as_people_call_them(october: PolicyBundle) -> None:
    assert label_of(office(), period("2026-10-01", "2027-01-01"), "th") == f"ไตรมาส{NBSP}4/2569"
    assert label_of(office(), period("2026-10-01", "2026-11-21"), "th") == f"ไตรมาส{NBSP}4/2569 ถึง 20{NBSP}พ.ย."
    assert label_of(october, period("2026-10-01", "2027-01-01"), "en") == "Q1/2027"
    assert label_of(october, period("2025-10-01", "2026-10-01"), "th") == "ปีงบประมาณ 2569"
    assert label_of(office(), period("2026-11-01", "2026-12-01"), "th") == f"พฤศจิกายน{NBSP}2569"


def test_the_months_of_a_trend_end_with_that_of_the_period() -> None:
    months = months_back(period("2026-01-01", "2026-04-01"), 12)
    assert (months[0].first, months[-1]) == (date(2025, 4, 1), period("2026-03-01", "2026-04-01"))


def test_the_last_day_is_included_as_people_say_it() -> None:
    found = read_period(office(), "1 มี.ค. 2569", None, at("2026-06-01 09:00"), through="31/3/2569")
    assert found == period("2026-03-01", "2026-04-01")


@pytest.mark.parametrize("first", ["2026-13-01", "soon", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_refused_with_its_field(first: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_period(office(), first, None, at("2026-06-01 09:00"))
    assert [problem.field for problem in refused.value.fields] == ["from"]


def test_the_choices_of_a_page_end_today_or_earlier() -> None:
    now = at("2026-11-20 11:00")
    choices = period_choices(office(), now, "th")
    assert choices[0].period == period("2026-10-01", "2026-11-21")
    assert all(choice.period.end <= now.date() + timedelta(days=1) for choice in choices)
    assert len({choice.label for choice in choices}) == len(choices)
