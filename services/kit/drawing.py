"""The strokes that charts are drawn with: SVG text, bars, lines, and the marks of an axis. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Literal

from markupsafe import Markup

Anchor = Literal["start", "middle", "end"]


def svg(template: str, *values: object) -> Markup:
    """A piece of SVG written in the code, its `{}` filled with escaped values."""
    return Markup(template).format(*values)  # noqa: S704 - the template is a literal of the caller


def joined(parts: Sequence[Markup | str]) -> Markup:
    """The parts as one piece of markup; plain strings are escaped."""
    return Markup("").join(parts)


def chart(width: int, height: int, label: str, parts: Sequence[Markup]) -> Markup:
    """A chart of this size, scaled to its place, named `label`; where it is too wide it scrolls, by keyboard too."""
    return svg(
        '<div class="chs" tabindex="0" role="group" aria-label="{}">'
        '<svg class="ch" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg></div>',
        label,
        width,
        height,
        label,
        joined(parts),
    )


def text(x: float, y: float, text: object, kind: str = "", anchor: Anchor = "start") -> Markup:
    """Words; `kind` is a class of the stylesheet: b strong, mu quiet, lt late, halo over other marks."""
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>').format(x, y, anchor, kind, text)


def bar(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    """A filled rectangle."""
    return Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"/>').format(
        x, y, max(width, 0), max(height, 0), fill
    )


def line(path: str, stroke: str, width: float = 1, dash: str = "") -> Markup:
    """A stroke along a path."""
    return Markup('<path d="{}" fill="none" stroke="{}" stroke-width="{}"{}/>').format(
        path, stroke, width, Markup(' stroke-dasharray="{}"').format(dash) if dash else ""
    )


def polyline(points: Sequence[tuple[float, float]], stroke: str, width: float = 1.5, dash: str = "") -> Markup:
    """A stroke through points."""
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else "M0 0"
    return line(path, stroke, width, dash)


def steps(low: float, high: float, about: int = 4) -> list[float]:
    """Round marks of an axis from at or below `low` to at or above `high`, about so many."""
    if high <= low:
        high = low + 1
    raw = (high - low) / about
    size = 10 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


def plain(value: float) -> str:
    """A figure as a label writes it."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
