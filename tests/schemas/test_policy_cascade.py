"""The cascade of KPI targets: no orphan, and children that can add up to their parent."""

from typing import Any

import pytest

from schemas.policy import KpiTarget, LevelName, Unit
from schemas.policy_cascade import Cascade

UNITS: dict[str, Unit] = {
    code: Unit.model_validate({"code": code, "parent": parent, "level": level, "name": {"th": code}})
    for code, parent, level in (
        ("org", None, "organisation"),
        ("line_a", "org", "line"),
        ("line_b", "org", "line"),
        ("dept_1", "line_a", "department"),
        ("dept_2", "line_a", "department"),
        ("dept_3", "line_b", "department"),
        ("ragged", "org", "department"),
    )
}


def target(kpi: int, level: LevelName, value: float, key: str | None = None, **more: Any) -> KpiTarget:
    direction = "up" if kpi in (1, 4, 7, 15) else "down"
    return KpiTarget.model_validate(
        {"kpi": kpi, "level": level, "value": value, "key": key, "direction": direction, "owner": "org", **more}
    )


def kinds(*targets: KpiTarget) -> list[tuple[int | str, str]]:
    return [(mistake.loc[1], mistake.kind) for mistake in Cascade(targets, UNITS).mistakes()]


def test_a_target_with_one_above_it_is_no_orphan() -> None:
    assert kinds(target(4, "organisation", 90), target(4, "department", 90)) == []
    assert kinds(target(4, "organisation", 90), target(4, "person", 90, "dept_1")) == []


def test_a_target_with_nothing_above_it_is_an_orphan() -> None:
    assert kinds(target(4, "department", 90)) == [(0, "orphan")]
    assert kinds(target(4, "organisation", 90), target(5, "line", 10)) == [(1, "orphan")]
    assert kinds(target(4, "organisation", 90), target(4, "line", 90, measure="strict")) == [(1, "orphan")]


def test_the_highest_level_a_kpi_is_measured_at_needs_nothing_above() -> None:
    assert kinds(target(3, "department", 4), target(3, "person", 4)) == []


def test_a_ragged_unit_hangs_from_the_organisation() -> None:
    targets = (target(8, "organisation", 30), target(8, "line", 10, "line_a"), target(8, "department", 5, "ragged"))
    assert kinds(*targets) == []
    assert Cascade(targets, UNITS).parent_of(2) == 0


def test_counts_of_the_children_must_not_exceed_the_parents() -> None:
    top = target(8, "organisation", 30)
    assert kinds(top, target(8, "line", 20, "line_a"), target(8, "line", 10, "line_b")) == []
    assert kinds(top, target(8, "line", 20, "line_a"), target(8, "line", 11, "line_b")) == [(0, "sum")]


def test_a_count_for_every_unit_of_a_level_counts_once_for_each() -> None:
    assert kinds(target(8, "organisation", 30), target(8, "line", 15)) == []
    assert kinds(target(8, "organisation", 29), target(8, "line", 15)) == [(0, "sum")]


def test_a_rate_cannot_be_reached_when_every_child_is_allowed_to_be_worse() -> None:
    assert kinds(target(4, "organisation", 90), target(4, "line", 85)) == [(0, "sum")]
    mixed = (target(4, "organisation", 90), target(4, "line", 85, "line_a"), target(4, "line", 95, "line_b"))
    assert kinds(*mixed) == []
    assert kinds(target(5, "organisation", 10), target(5, "line", 12)) == [(0, "sum")]
    assert kinds(target(4, "organisation", 90), target(4, "person", 80)) == [(0, "sum")]


def test_shares_weigh_the_children_when_they_make_a_whole() -> None:
    top = target(4, "organisation", 90)
    heavy = target(4, "line", 95, "line_a", share="0.8"), target(4, "line", 70, "line_b", share="0.2")
    light = target(4, "line", 95, "line_a", share="0.2"), target(4, "line", 85, "line_b", share="0.8")
    assert kinds(top, *heavy) == []
    assert kinds(top, *light) == [(0, "sum")]


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (target(24, "line", 10), "kpi_level"),
        (target(4, "organisation", 90, direction="down"), "direction"),
        (target(4, "organisation", 900), "percent"),
        (target(4, "line", 90, "dept_1"), "kpi_key"),
    ],
)
def test_a_target_that_does_not_fit_its_kpi_is_told(wrong: KpiTarget, kind: str) -> None:
    assert kind in [found for _, found in kinds(wrong)]


def test_the_same_target_twice_is_refused() -> None:
    assert kinds(target(4, "organisation", 90), target(4, "organisation", 91, "org")) == [(1, "repeated")]
