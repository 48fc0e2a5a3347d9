"""The working-day strip, the sign of the house: one cell a day between a promise and its deadline. Pure.

An SVG as wide as its place, whose cells are per cent of the width: closed days are thin and hatched, paused ones
hatched slate; a hair line marks now and a flag the deadline.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from services.kit.deadline_words import deadline_sentence
from services.kit.drawing import joined, svg
from services.kit.i18n import Lang, translate
from services.kit.thai import BANGKOK, DAYS_EN, DAYS_TH, MONTHS_EN, MONTHS_TH, NBSP, Zone, local
from services.kit.working_strip import Explanation, StripDay

Tone = Literal["", "near", "late"]

CLOSED_WIDTH = 0.42
"""Width of a closed day's cell, an open one being 1."""

TONES = {"": "var(--c1)", "near": "var(--near-fill)", "late": "var(--late)"}


@dataclass(frozen=True, slots=True)
class _Cell:
    """A day with its place on the strip, in per cent of the width."""

    day: StripDay
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class _Tick:
    text: str
    at: float
    anchor: Literal["start", "middle", "end"]
    strong: bool

    def reach(self) -> tuple[float, float]:
        """Where the label lies, in per cent, on the narrowest strip (about 300 px, 7 px a letter)."""
        letters = sum(unicodedata.category(letter) != "Mn" for letter in self.text)
        width = letters * 7 / 3 + 2
        start = {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return self.at - start, self.at - start + width


def _cells(days: Sequence[StripDay]) -> list[_Cell]:
    weights = [CLOSED_WIDTH if day.kind == "closed" else 1.0 for day in days]
    scale = 100 / sum(weights) if weights else 0
    cells, x = [], 0.0
    for day, weight in zip(days, weights, strict=True):
        cells.append(_Cell(day, x, weight * scale))
        x += weight * scale
    return cells


def _rect(x: float, width: float, fill: str) -> Markup:
    return svg('<rect x="{:.2f}%" y="4" width="{:.2f}%" height="16" fill="{}"/>', x, width, fill)


def _cell(cell: _Cell, explanation: Explanation, tone: Tone) -> Markup:
    if cell.day.kind == "closed":
        return _rect(cell.x, cell.width, "url(#hatch)")
    if cell.day.kind == "paused":
        return _rect(cell.x, cell.width, "url(#hatch-pause)")
    fill = "var(--late)" if cell.day.date > explanation.due_day else TONES[tone]
    used = cell.day.used
    if used >= 1:
        return _rect(cell.x, cell.width, fill)
    rest = _rect(cell.x, cell.width, "var(--line)")
    return rest + _rect(cell.x, cell.width * used, fill) if used > 0 else rest


def _label(day: StripDay, lang: Lang, *, weekday: bool, month: bool) -> str:
    parts = [str(day.date.day)]
    if weekday:
        parts.insert(0, (DAYS_TH if lang == "th" else DAYS_EN)[day.date.weekday()])
    elif month:
        parts.append((MONTHS_TH if lang == "th" else MONTHS_EN)[day.date.month - 1])
    return NBSP.join(parts)


def _ticks(cells: Sequence[_Cell], explanation: Explanation, today: int | None, lang: Lang) -> list[_Tick]:
    """Labels in order of importance, those that would touch a more important one left out."""
    short, last = len(cells) <= 9, len(cells) - 1
    flag = next((n for n, cell in enumerate(cells) if cell.day.date == explanation.due_day), last)
    wanted = [_edge(cells, last, _label(cells[last].day, lang, weekday=short, month=True), strong=True)]
    if today is not None and today != last:
        word = translate(lang, "Today")
        text = word if short else f"{word}{NBSP}{cells[today].day.date.day}"
        wanted.append(_edge(cells, today, text, strong=True))
    if flag != last:
        promised = translate(lang, "Promised %(day)s", day=cells[flag].day.date.day).replace(" ", NBSP)
        wanted.append(_Tick(promised, cells[flag].x + cells[flag].width, "end", strong=True))
    if today != 0:
        wanted.append(_edge(cells, 0, _label(cells[0].day, lang, weekday=short, month=True)))
    mondays = [n for n, cell in enumerate(cells) if cell.day.date.weekday() == 0]
    wanted += [_edge(cells, n, str(cells[n].day.date.day)) for n in mondays]
    shown: list[_Tick] = []
    for tick in wanted:
        low, high = tick.reach()
        if low + 1 >= 0 and high - 1 <= 100 and all(high <= a or b <= low for a, b in (t.reach() for t in shown)):
            shown.append(tick)
    return shown


def _edge(cells: Sequence[_Cell], n: int, text: str, *, strong: bool = False) -> _Tick:
    if n == len(cells) - 1:
        return _Tick(text, 100, "end", strong)
    if n == 0:
        return _Tick(text, 0, "start", strong)
    return _Tick(text, cells[n].x + cells[n].width / 2, "middle", strong)


def strip(
    explanation: Explanation,
    lang: Lang,
    *,
    tone: Tone = "",
    now: datetime | None = None,
    zone: Zone = BANGKOK,
    label: str = "",
    ticks: bool = True,
) -> Markup:
    """The working-day strip: one cell a day, closed days thin and hatched, paused ones hatched slate.

    A hair line stands at `now`, a flag at the deadline; days after the deadline (`explain(..., until=…)`) are red when
    used. `tone` colours what is used. Its name is `label`, else the deadline's sentence.
    """
    cells = _cells(explanation.days)
    if not cells:
        return Markup("")
    date_now = local(now, zone).date() if now else None
    today = next((n for n, cell in enumerate(cells) if cell.day.date == date_now), None)
    parts = [_cell(cell, explanation, tone) for cell in cells]
    if today is not None:
        at = cells[today].x + cells[today].width * cells[today].day.used
        parts.append(svg('<rect class="now" x="{:.2f}%" y="1" width="2" height="22" fill="var(--ink)"/>', at))
    for cell in cells:
        if cell.day.date in (explanation.due_day, cells[-1].day.date):
            parts.append(
                svg(
                    '<rect class="flag" x="{:.2f}%" y="0" width="3" height="24" rx="1.5" fill="var(--ink)"/>',
                    cell.x + cell.width,
                )
            )
    for tick in _ticks(cells, explanation, today, lang) if ticks else ():
        parts.append(
            svg(
                '<text x="{:.2f}%" y="41" text-anchor="{}"{}>{}</text>',
                tick.at,
                tick.anchor,
                Markup(' class="b"') if tick.strong else "",
                tick.text,
            )
        )
    density = " fine" if len(cells) > 45 else ""
    name = label or deadline_sentence(explanation, lang)
    return svg(
        '<svg class="strip{}" width="100%" height="{}" role="img" aria-label="{}">{}</svg>',
        density,
        48 if ticks else 24,
        name,
        joined(parts),
    )
