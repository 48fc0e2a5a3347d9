"""Charts of the reports, drawn by the server as SVG: ageing, Pareto, funnel, trend, load. Pure.

Coloured by the tokens of `static/tokens.css`. Bars carry their number, points out of limits change their shape and are
named, so no chart needs its colours to be understood. The figures are computed elsewhere; this draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from markupsafe import Markup

from services.kit.drawing import bar, chart, line, plain, polyline, steps, svg, text

# ---- ageing


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Open cases of an age; `previous` is the figure before; the last band is the one that worries."""

    label: str
    n: int
    previous: int | None = None


def ageing_chart(bands: Sequence[AgeBand], label: str, previous_label: str = "") -> Markup:
    """Bars per age band with the previous figure as a line; the oldest band red."""
    total = sum(band.n for band in bands)
    most = max([1, *(band.n for band in bands), *(band.previous or 0 for band in bands)])
    fills = ["var(--h2)", "var(--c2)", "var(--c1)"]
    parts: list[Markup] = []
    for place, band in enumerate(bands):
        y, last = 10 + 52 * place, place == len(bands) - 1
        width = 206 * band.n / most
        parts.append(text(0, y + 19, band.label, "b"))
        parts.append(bar(104, y, width, 28, "var(--c4)" if last else fills[min(place, 2)]))
        end = 104 + width
        if band.previous is not None:
            at = 104 + 206 * band.previous / most
            parts.append(line(f"M{at:.1f} {y - 4}v36", "var(--ink)", 2))
            end = max(end, at)
        share = svg('<tspan class="mu" dx="5">{:.0f}%</tspan>', 100 * band.n / total if total else 0)
        parts.append(text(end + 9, y + 19, svg("{}{}", band.n, share), "lt" if last and band.n else "b"))
    foot = 52 * len(bands)
    parts.append(line(f"M104 0v{foot}", "var(--edge)"))
    if previous_label:
        parts.append(line(f"M104 {foot + 14}v14", "var(--ink)", 2))
        parts.append(text(112, foot + 26, previous_label, "mu"))
    return chart(400, foot + 32, label, parts)


# ---- Pareto


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause and how many cases it explains."""

    label: str
    n: int


def pareto_chart(causes: Sequence[Cause], label: str, words: tuple[str, str], leading: int = 3) -> Markup:
    """Causes from the commonest, and the cumulative share beside them on a scale of its own with 80 % marked.

    `words` head the two panels ("cases", "cumulative"); the first `leading` causes are strong.
    """
    total, most = sum(cause.n for cause in causes) or 1, max([1, *(cause.n for cause in causes)])
    height = 16 + 25.5 * len(causes)
    parts = [
        line(f"M156 16v{height - 12:.1f}", "var(--edge)"),
        line(f"M340 18v{height - 14:.1f}", "var(--ink-3)", 1, "3 3"),
        text(340, 12, "80%", "mu", "middle"),
        text(156, 12, words[0], "mu"),
        text(400, 12, words[1], "mu", "end"),
    ]
    points, sum_so_far = [], 0
    for place, cause in enumerate(causes):
        y, strong = 20 + 25.5 * place, place < leading
        width = 96 * cause.n / most
        sum_so_far += cause.n
        share = sum_so_far / total
        parts.append(text(148, y + 14, cause.label, "b" if strong else "", "end"))
        parts.append(bar(156, y, width, 18, "var(--c1)" if strong else "var(--c2)"))
        parts.append(text(162 + width, y + 14, cause.n, "b" if strong else ""))
        parts.append(text(400, y + 14, f"{share:.0%}", "b" if strong else "mu", "end"))
        points.append((290 + 62 * share, y + 9))
    parts.append(polyline(points, "var(--ink-2)"))
    dot = '<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="var(--surface)" stroke="var(--ink-2)" stroke-width="1.5"/>'
    parts += [svg(dot, x, y) for x, y in points]
    return chart(400, ceil(height + 8), label, parts)


# ---- funnel


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """A service point: `n` cases, share `value` in per cent, and whether it lies beyond the 95 or 99.8 % limit."""

    label: str
    n: int
    value: float
    beyond: Literal["", "95", "99.8"] = ""


@dataclass(frozen=True, slots=True)
class FunnelLimits:
    """The limits at `n` cases, in per cent."""

    n: float
    low_998: float
    low_95: float
    high_95: float
    high_998: float


def funnel_chart(
    points: Sequence[FunnelPoint],
    limits: Sequence[FunnelLimits],
    mean: float,
    label: str,
    words: tuple[str, str, str],
) -> Markup:
    """Service points against the limits that chance alone explains; those outside are shaped, coloured and named.

    `words`: the name of the mean with its figure, of the vertical axis, of the horizontal axis. Values in per cent.
    """
    most = max([1.0, *(limit.n for limit in limits), *(point.n for point in points)])
    lowest = min([mean, *(point.value for point in points), *(limit.low_95 for limit in limits[len(limits) // 5 :])])
    marks = steps(max(0.0, min(lowest - 3, 90)), 100, 5)
    bottom = marks[0]

    def at(n: float, value: float) -> tuple[float, float]:
        return 34 + 404 * n / most, 204 - 188 * (max(bottom, min(100.0, value)) - bottom) / (100 - bottom)

    parts: list[Markup] = []
    for mark in marks:
        y = at(0, mark)[1]
        parts += [line(f"M34 {y:.1f}H438", "var(--grid)"), text(28, y + 4, plain(mark), "mu", "end")]
    for mark in steps(0, most, 5)[1:-1]:
        parts.append(text(at(mark, bottom)[0], 220, plain(mark), "mu", "middle"))
    bands: list[tuple[Callable[[FunnelLimits], float], Callable[[FunnelLimits], float], str, str]] = [
        (lambda of: of.low_998, lambda of: of.high_998, ".55", ""),
        (lambda of: of.low_95, lambda of: of.high_95, "1", "3 3"),
    ]
    for low, high, opacity, dash in bands:
        under = [at(of.n, low(of)) for of in limits]
        over = [at(of.n, high(of)) for of in limits]
        outline = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in [*over, *reversed(under)]) + "Z"
        if limits:
            shade = '<path d="{}" fill="var(--accent-soft)" fill-opacity="{}"/>'
            parts.append(svg(shade, outline, opacity))
            parts += [polyline(edge, "var(--c2)", 1.3, dash) for edge in (under, over)]
    y_mean = at(0, mean)[1]
    parts += [line(f"M34 {y_mean:.1f}H438", "var(--c1)", 1.6), text(443, y_mean + 4, words[0], "halo b")]
    if limits:
        y95, y998 = at(most, limits[-1].low_95)[1], at(most, limits[-1].low_998)[1]
        parts += [text(443, y95 + 4, "95%", "mu"), text(443, max(y998, y95 + 15) + 4, "99.8%", "mu")]
    parts += [_point(point, *at(point.n, point.value)) for point in sorted(points, key=lambda p: len(p.beyond))]
    parts += [text(0, 238, words[1], "mu"), text(438, 238, words[2], "mu", "end")]
    return chart(500, 242, label, parts)


def _point(point: FunnelPoint, x: float, y: float) -> Markup:
    left = x > 300
    name = text(x - 10 if left else x + 10, y + 4, point.label, "halo lt" if point.beyond == "99.8" else "halo b",
                 "end" if left else "start")  # fmt: skip
    if point.beyond == "99.8":
        diamond = '<path d="M{:.1f} {:.1f}l7 7-7 7-7-7z" fill="var(--late)"><title>{}</title></path>'
        return svg(diamond, x, y - 7, point.label) + name
    if point.beyond == "95":
        triangle = '<path d="M{:.1f} {:.1f}l6.500 12h-13z" fill="var(--near-fill)" stroke="var(--near)"/>'
        return svg(triangle, x, y - 7) + name
    dot = (
        '<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="var(--surface)" stroke="var(--c1)" stroke-width="1.6">'
        "<title>{} · {:.1f}%</title></circle>"
    )
    return svg(dot, x, y, f"{point.label} n={point.n}", point.value)
