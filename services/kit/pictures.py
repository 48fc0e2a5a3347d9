"""Small pictures made by the server: state pie, sparkline, meter, interval. Pure.

SVG with presentation attributes and classes only, coloured by the tokens of `static/tokens.css`, so they follow light
and dark and need no inline style. Every picture has a name for those who do not see it. The strip is in `kit.strip`,
charts in `kit.charts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Literal

from markupsafe import Markup

from services.kit.drawing import joined, svg

Verdict = Literal["ok", "mid", "bad", ""]

VERDICTS = {"ok": "var(--c1)", "mid": "var(--near)", "bad": "var(--late)", "": "var(--ink-3)"}


def strip_patterns() -> Markup:
    """The hatchings that strips and charts refer to; once on every page, not shown itself."""
    hatch = '<pattern id="{}" width="{}" height="{}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    stripe = '<path d="M.7 0v{}" stroke="{}" stroke-width="{}"/></pattern>'
    return joined(
        [
            Markup('<svg class="vh" width="0" height="0" aria-hidden="true" focusable="false"><defs>'),
            svg(hatch, "hatch", 4, 4) + svg(stripe, 4, "var(--hatch)", 1.1),
            svg(hatch, "hatch-pause", 4.5, 4.5)
            + Markup('<rect width="5" height="5" fill="var(--wait-soft)"/>')
            + svg(stripe, 4.5, "var(--wait)", 1.5),
            svg(hatch, "hatch-forecast", 5, 5) + svg(stripe, 5, "var(--c1)", 1.5),
            Markup("</defs></svg>"),
        ]
    )


def pie(progress: float) -> Markup:
    """The state pie: `progress` of the life of a case, 0 to 1. Its Thai label stands beside it."""
    filled = max(0.0, min(1.0, progress)) * 2 * pi * 2.8
    return svg(
        '<svg class="pie" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.6"/>'
        '<circle class="f" cx="8" cy="8" r="2.8" stroke-dasharray="{:.1f} 99"/></svg>',
        filled,
    )


def sparkline(
    values: Sequence[float | None], label: str, *, target: float | None = None, verdict: Verdict = ""
) -> Markup:
    """A small trend, oldest first (None where nothing was measured), its target dashed, its last point by verdict."""
    known = [(n, float(value)) for n, value in enumerate(values) if value is not None]
    if not known:
        return svg('<svg class="sp" viewBox="0 0 148 48" role="img" aria-label="{}"></svg>', label)
    levels = [value for _, value in known] + ([float(target)] if target is not None else [])
    low, high = min(levels), max(levels)
    step = 138 / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return 24.0 if high == low else 39 - 29 * (value - low) / (high - low)

    parts = []
    if target is not None:
        parts.append(svg('<path d="M0 {:.1f}H148" stroke="var(--ink-3)" stroke-dasharray="3 3"/>', y(target)))
    points = " ".join(f"{3 + n * step:.1f},{y(value):.1f}" for n, value in known)
    parts.append(
        svg(
            '<polyline points="{}" fill="none" stroke="var(--ink-2)" stroke-width="1.8" stroke-linejoin="round"/>',
            points,
        )
    )
    n, value = known[-1]
    parts.append(
        svg(
            '<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="{}" stroke="var(--surface)" stroke-width="1.5"/>',
            3 + n * step,
            y(value),
            VERDICTS[verdict],
        )
    )
    return svg('<svg class="sp" viewBox="0 0 148 48" role="img" aria-label="{}">{}</svg>', label, joined(parts))


def meter(value: float, maximum: float, label: str, *, ceiling: float | None = None) -> Markup:
    """A bar of `value` on a scale to `maximum`; what lies above `ceiling` (a line) is red."""
    scale = 100 / maximum if maximum > 0 else 0
    limit = maximum if ceiling is None else ceiling
    within, over = min(value, limit) * scale, max(0.0, value - limit) * scale
    parts = [
        svg('<rect y="3" width="{:.1f}%" height="10" fill="var(--line)"/>', min(limit * scale, 100)),
        svg('<rect y="3" width="{:.1f}%" height="10" fill="var(--c1)"/>', within),
    ]
    if over > 0:
        parts.append(svg('<rect x="{:.1f}%" y="3" width="{:.1f}%" height="10" fill="var(--late)"/>', within, over))
    if ceiling is not None:
        parts.append(svg('<rect x="{:.1f}%" width="2" height="16" fill="var(--ink)"/>', limit * scale))
    return svg('<svg class="meter" width="100%" height="16" role="img" aria-label="{}">{}</svg>', label, joined(parts))


def interval_bar(
    value: float,
    low: float,
    high: float,
    label: str,
    *,
    target: float | None = None,
    span: tuple[float, float] = (0, 100),
    missed: bool = False,
) -> Markup:
    """A figure with its interval on a scale: a dot, or a red diamond when the whole interval `missed` the target."""

    def x(level: float) -> float:
        first, last = span
        return 4 + 232 * max(0.0, min(1.0, (level - first) / (last - first)))

    tone = "var(--late)" if missed else "var(--c2)"
    parts = [
        Markup('<path d="M2 11H238" stroke="var(--grid)" stroke-width="2"/>'),
        svg(
            '<path d="M{:.1f} 11H{:.1f}" stroke="{}" stroke-width="3" stroke-opacity="{}"/>',
            x(low),
            x(high),
            tone,
            ".55" if missed else "1",
        ),
    ]
    if target is not None:
        dash = '<path d="M{:.1f} 0V22" stroke="var(--ink)" stroke-width="1.5" stroke-dasharray="3 2"/>'
        parts.append(svg(dash, x(target)))
    if missed:
        at = x(value)
        shape = '<path d="M{:.1f} 4.500l6.500 6.500-6.500 6.500-6.500-6.500z" fill="var(--late)"/>'
        parts.append(svg(shape, at))
    else:
        parts.append(svg('<circle cx="{:.1f}" cy="11" r="5" fill="var(--c1)"/>', x(value)))
    return svg('<svg class="iv" viewBox="0 0 240 22" role="img" aria-label="{}">{}</svg>', label, joined(parts))


def heat_level(value: float, capacity: float) -> str:
    """The class `h0`…`h4` of a heat-map cell: quarters of the capacity, `h4` above it."""
    if value <= 0:
        return "h0"
    if capacity <= 0 or value > capacity:
        return "h4"
    share = value / capacity
    return "h1" if share <= 1 / 3 else "h2" if share <= 2 / 3 else "h3"
