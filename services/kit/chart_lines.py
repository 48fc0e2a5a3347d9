"""Charts along time: the trend of an indicator with its target and control limits, and the load of the days to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.kit.drawing import bar, chart, line, plain, polyline, steps, svg, text


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period: its label, the figure (None when nothing was measured), and whether it breaks a control rule."""

    label: str
    value: float | None
    signal: bool = False


def trend_chart(
    points: Sequence[TrendPoint],
    label: str,
    *,
    target: float | None = None,
    centre: float | None = None,
    limits: tuple[float, float] | None = None,
    words: tuple[str, str] = ("", ""),
) -> Markup:
    """A line per period; the target dashed, the centre and control limits of a control chart thin.

    A period that breaks a control rule is a red diamond with its figure. `words` name the target and the centre.
    """
    known = [point.value for point in points if point.value is not None]
    levels = [*known, *(v for v in (target, centre) if v is not None), *(limits or ())] or [0.0, 1.0]
    low, high = min(levels), max(levels)
    margin = (high - low) * 0.08 or abs(high) * 0.1 or 1
    marks = steps(low - margin if low - margin > 0 or low < 0 else 0, high + margin, 4)
    step = 388 / max(len(points) - 1, 1)

    def y(value: float) -> float:
        return 180 - 168 * (value - marks[0]) / (marks[-1] - marks[0])

    def x(place: int) -> float:
        return 40 + step * place

    parts = []
    for mark in marks:
        parts += [line(f"M34 {y(mark):.1f}H436", "var(--grid)"), text(28, y(mark) + 4, plain(mark), "mu", "end")]
    for level in limits or ():
        parts.append(line(f"M34 {y(level):.1f}H436", "var(--ink-3)", 1, "1 3"))
    if centre is not None:
        parts += [line(f"M34 {y(centre):.1f}H436", "var(--c2)", 1), text(441, y(centre) + 4, words[1], "mu")]
    if target is not None:
        parts += [line(f"M34 {y(target):.1f}H436", "var(--ink)", 1.3, "4 3"), text(441, y(target) + 4, words[0], "b")]
    run: list[tuple[float, float]] = []
    for place, point in enumerate(points):
        if point.value is not None:
            run.append((x(place), y(point.value)))
        if run and (point.value is None or place == len(points) - 1):
            parts.append(polyline(run, "var(--ink-2)", 1.8))
            run = []
    every = max(1, -(-len(points) // 8))
    for place, point in enumerate(points):
        if place % every == (len(points) - 1) % every:
            parts.append(text(x(place), 200, point.label, "mu", "middle"))
        if point.value is not None:
            parts.append(_mark(point, x(place), y(point.value)))
    return chart(500, 206, label, parts)


def _mark(point: TrendPoint, x: float, y: float) -> Markup:
    if point.signal:
        diamond = '<path d="M{:.1f} {:.1f}l6 6-6 6-6-6z" fill="var(--late)"><title>{}</title></path>'
        shape = svg(diamond, x, y - 6, point.label)
        return shape + text(x, y - 10, plain(point.value or 0), "halo lt", "middle")
    dot = (
        '<circle cx="{:.1f}" cy="{:.1f}" r="3.2" fill="var(--surface)" stroke="var(--c1)" stroke-width="1.6">'
        "<title>{}: {}</title></circle>"
    )
    return svg(dot, x, y, point.label, plain(point.value or 0))


@dataclass(frozen=True, slots=True)
class LoadDay:
    """A working day to come: cases due that are already here, those forecast, and how many the people can do."""

    weekday: str
    day: str
    known: float
    forecast: float = 0
    capacity: float | None = None
    today: bool = False


def load_chart(days: Sequence[LoadDay], label: str) -> Markup:
    """Cases due per day: known solid, forecast hatched, capacity a line; only the part above it is red."""
    most = max([4.0, *(max(day.known + day.forecast, day.capacity or 0) for day in days)])
    marks = steps(0, most, 3)
    scale = 112 / marks[-1]
    parts = []
    for mark in marks:
        y = 142 - mark * scale
        parts += [line(f"M30 {y:.1f}H454", "var(--grid)"), text(24, y + 4, plain(mark), "mu", "end")]
    step = 424 / max(len(days), 1)
    width = min(28.0, step * 0.68)
    for place, day in enumerate(days):
        parts += _load_bars(day, 30 + step * place + step / 2, width, scale)
    return chart(456, 182, label, parts)


def _load_bars(day: LoadDay, middle: float, width: float, scale: float) -> list[Markup]:
    total, left = day.known + day.forecast, middle - width / 2
    parts = [bar(left, 142 - day.known * scale, width, day.known * scale, "var(--c1)")]
    if day.forecast > 0:
        hatched = (
            '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="url(#hatch-forecast)"'
            ' stroke="var(--c1)"/>'
        )
        parts.append(svg(hatched, left + 0.5, 142 - total * scale + 0.5, width - 1, day.forecast * scale - 1))
    over = day.capacity is not None and total > day.capacity
    if day.capacity is not None:
        y = 142 - day.capacity * scale
        if over:
            parts.append(bar(left, 142 - total * scale, width, (total - day.capacity) * scale, "var(--late)"))
        parts.append(line(f"M{left - 4:.1f} {y:.1f}h{width + 8:.1f}", "var(--ink)", 2.2))
    level, line_level = total, day.capacity or 0
    if total <= line_level < total + 18 / scale:
        level = line_level  # the figure stands above the line rather than across it
    top = 142 - level * scale
    parts.append(text(middle, top - 5, plain(total), "halo lt" if over else "halo b", "middle"))
    strong = "b" if day.today else ""
    parts += [text(middle, 160, day.weekday, strong, "middle"), text(middle, 176, day.day, strong, "middle")]
    return parts
