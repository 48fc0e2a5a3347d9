"""Pictures and charts: valid SVG under a policy without inline styles, named for those who do not see them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from services.kit import chart_lines, charts, pictures
from services.kit.drawing import steps

EVIL = '<script>"&'
DAY = chart_lines.LoadDay("ศ.", "20", 10, 6, 12)


def shapes(picture: Markup, tag: str) -> list[dict[str, str]]:
    """The attributes of every element of a kind; fails when the picture is not well-formed."""
    return [dict(element.attrib) for element in ElementTree.fromstring(picture).iter(tag)]


def words(picture: Markup) -> list[str]:
    """Every label in a picture."""
    return ["".join(element.itertext()) for element in ElementTree.fromstring(picture).iter("text")]


def funnel() -> Markup:
    """Two points within the limits and one beyond each of them."""
    points = [
        charts.FunnelPoint("in", 30, 90),
        charts.FunnelPoint("warned", 40, 75, "95"),
        charts.FunnelPoint("out", 36, 61, "99.8"),
    ]
    limits = [charts.FunnelLimits(n, 60 + n / 4, 70 + n / 4, 97, 100) for n in (5, 30, 60)]
    return charts.funnel_chart(points, limits, 87.9, EVIL, ("mean 87.9", "% on time", "cases"))


ALL = {
    "pie": pictures.pie(0.5),
    "sparkline": pictures.sparkline([1, None, 3], EVIL, target=2, verdict="ok"),
    "empty sparkline": pictures.sparkline([None], EVIL),
    "meter": pictures.meter(23, 24, EVIL, ceiling=20),
    "interval": pictures.interval_bar(74, 62, 83, EVIL, target=90, span=(60, 100), missed=True),
    "ageing": charts.ageing_chart([charts.AgeBand(EVIL, 71, 64), charts.AgeBand("old", 0)], EVIL, EVIL),
    "pareto": charts.pareto_chart([charts.Cause(EVIL, 3), charts.Cause("b", 1)], EVIL, ("cases", "sum")),
    "funnel": funnel(),
    "trend": chart_lines.trend_chart(
        [
            chart_lines.TrendPoint("1", 5),
            chart_lines.TrendPoint("2", None),
            chart_lines.TrendPoint("3", 9, True),
        ],
        EVIL,
        target=6,
        centre=5,
        limits=(2, 8),
        words=("target", "mean"),
    ),
    "load": chart_lines.load_chart(
        [chart_lines.LoadDay("ศ.", "20", 10, 6, 12), chart_lines.LoadDay("จ.", "23", 1)], EVIL
    ),
    "patterns": pictures.strip_patterns(),
    "nothing to chart": charts.pareto_chart([], EVIL, ("cases", "sum")),
    "no days": chart_lines.load_chart([], EVIL),
}


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_well_formed_and_carries_no_inline_style(name: str) -> None:
    picture = ALL[name]
    ElementTree.fromstring(picture)
    assert " style=" not in picture
    assert "<script" not in picture


def test_the_pie_fills_along_the_life_of_a_case() -> None:
    filled = [float(shapes(pictures.pie(share), "circle")[1]["stroke-dasharray"].split()[0]) for share in (-1, 0.5, 2)]
    assert filled == [0, 8.8, 17.6]


def test_only_what_lies_above_the_ceiling_is_red() -> None:
    fills = [shape["fill"] for shape in shapes(pictures.meter(23, 24, "x", ceiling=20), "rect")]
    assert "var(--late)" in fills
    fills = [shape["fill"] for shape in shapes(pictures.meter(20, 24, "x", ceiling=20), "rect")]
    assert "var(--late)" not in fills


def test_a_gap_in_a_trend_is_a_gap_in_its_line() -> None:
    points = [chart_lines.TrendPoint(str(n), None if n == 2 else n) for n in range(5)]
    lines = [path for path in shapes(chart_lines.trend_chart(points, "x"), "path") if path["stroke"] == "var(--ink-2)"]
    assert len(lines) == 2


def test_points_out_of_limits_change_their_shape_and_are_named() -> None:
    picture = funnel()
    assert {"warned", "out"} <= set(words(picture))
    assert "in" not in words(picture)
    assert len([path for path in shapes(picture, "path") if path["fill"] == "var(--late)"]) == 1


def test_the_figure_of_a_day_over_capacity_is_red_and_only_the_part_above_it() -> None:
    bars = shapes(chart_lines.load_chart([DAY], "x"), "rect")
    red = [bar for bar in bars if bar["fill"] == "var(--late)"]
    solid = [bar for bar in bars if bar["fill"] == "var(--c1)"]
    assert float(red[0]["height"]) == pytest.approx(float(solid[0]["height"]) * 4 / 10, abs=0.2)


def test_pareto_ends_at_one_hundred_per_cent() -> None:
    assert "100%" in words(charts.pareto_chart([charts.Cause("a", 3), charts.Cause("b", 1)], "x", ("n", "sum")))


@pytest.mark.parametrize(("value", "level"), [(0, "h0"), (2, "h1"), (4, "h2"), (6, "h3"), (7, "h4")])
def test_heat_is_measured_against_capacity(value: float, level: str) -> None:
    assert pictures.heat_level(value, 6) == level


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 32), (60.3, 100), (-5, 5), (7, 7), (0, 0.02)])
def test_the_marks_of_an_axis_are_round_and_enclose_the_data(low: float, high: float) -> None:
    marks = steps(low, high)
    assert marks[0] <= low
    assert marks[-1] >= high
    assert 2 <= len(marks) <= 12
