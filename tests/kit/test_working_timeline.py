"""Instants and midnights: whole microseconds, and zones whose clocks change at midnight or skip a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.working_timeline import instant, micros, midnights, utc_of

ZONES = ["Asia/Bangkok", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Africa/Casablanca", "Australia/Lord_Howe"]


@given(st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_is_kept_to_the_microsecond(at: datetime) -> None:
    assert instant(micros(at)) == at


@pytest.mark.parametrize("zone", ZONES)
def test_the_midnights_of_many_years_are_each_the_instant_at_which_the_date_changes(zone: str) -> None:
    where = ZoneInfo(zone)
    days = range(date(2008, 1, 1).toordinal(), date(2020, 1, 1).toordinal())
    for ordinal, midnight in zip(days, midnights(where, days), strict=True):
        day = date.fromordinal(ordinal)
        assert midnight == utc_of(where, day, 0)
        assert instant(midnight).astimezone(where).date() >= day
        assert instant(midnight - 1).astimezone(where).date() < day


@pytest.mark.parametrize(
    ("rule", "seconds", "expected"),
    [
        ("before the jump", 7199, "2026-03-29T00:59:59+00:00"),
        ("at the jump", 7200, "2026-03-29T01:00:00+00:00"),
        ("a time that never was is the jump", 9000, "2026-03-29T01:00:00+00:00"),
        ("after the jump", 10800, "2026-03-29T01:00:00+00:00"),
        ("24:00", 86_400, "2026-03-29T22:00:00+00:00"),
    ],
)
def test_a_wall_time_that_the_clocks_jump_over_is_the_jump(rule: str, seconds: int, expected: str) -> None:
    found = instant(utc_of(ZoneInfo("Europe/Berlin"), date(2026, 3, 29), seconds))
    assert found == datetime.fromisoformat(expected), rule


def test_a_wall_time_that_comes_twice_is_the_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    twice = instant(utc_of(berlin, date(2026, 10, 25), 9000))
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert (twice + timedelta(hours=1)).astimezone(berlin).hour == 2
