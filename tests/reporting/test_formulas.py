"""The formulas by themselves, against values worked out by hand."""

from __future__ import annotations

import pytest

from services.reporting.kpis.formulas import (
    Share,
    Taken,
    kaplan_meier_90,
    median,
    percent,
    percentile_90,
    percentile_95,
    wilson,
)


def took(*values: float, ended: bool = True) -> list[Taken]:
    return [Taken(None, None, [value], ended) for value in values]


def test_a_share_of_nothing_has_no_value() -> None:
    assert percent([]).value is None
    assert percent([Share(None, None, 0, 0)]).value is None


def test_shares_are_summed_before_they_are_divided() -> None:
    assert percent([Share("a", None, 1, 1), Share("b", None, 1, 3)]).value == 50.0


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two() -> None:
    assert median(took(4, 1, 3, 2)).value == 2.5
    assert median([]).value is None


def test_a_percentile_is_a_value_that_occurred() -> None:
    assert percentile_90(took(*range(1, 11))).value == 9
    assert percentile_90(took(*range(1, 12))).value == 10
    assert percentile_95(took(7)).value == 7


def test_kaplan_meier_without_open_cases_is_the_percentile() -> None:
    values = took(*range(1, 21))
    assert kaplan_meier_90(values).value == percentile_90(values).value == 18


def test_kaplan_meier_lets_open_cases_leave_the_risk_set_without_ending() -> None:
    """Freireich's arm of the 6-MP trial: 21 patients, 9 relapses; the estimate ends at 0.448, above a tenth."""
    ended = took(6, 6, 6, 7, 10, 13, 16, 22, 23)
    open_ones = took(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35, ended=False)
    assert kaplan_meier_90(ended + open_ones).value is None
    assert kaplan_meier_90(ended + open_ones).n == 21
    """1, 2, 3+, 4: S = 3/4, 1/2, 1/2, 0."""
    assert kaplan_meier_90(took(1, 2, 4) + took(3, ended=False)).value == 4


def test_an_open_case_of_the_same_age_is_still_at_risk_when_another_ends() -> None:
    assert kaplan_meier_90(took(5) + took(5, ended=False)).value is None
    assert kaplan_meier_90(took(5, 5, 5, 5, 5, 5, 5, 5, 5) + took(5, ended=False)).value == 5


def test_wilsons_interval_stays_within_0_and_100() -> None:
    assert wilson(0, 0) == (0.0, 100.0)
    low, high = wilson(436, 496)
    assert low == pytest.approx(84.7, abs=0.1)
    assert high == pytest.approx(90.5, abs=0.1)
    assert wilson(5, 5)[1] == pytest.approx(100.0)
