"""Twelve months of a figure for its sparkline. Months that are over are remembered for a few minutes.

A late event may still change a month that is over; the trend shows it when the memory has passed, the figure at once.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

from schemas.policy import LevelName, PolicyBundle
from services.kit.copies import Copies, Fetches
from services.reporting.compute_kpis import Figure, compute_kpis
from services.reporting.period import months_back
from services.reporting.question import Question

POINTS = 12
FRESH_SECONDS = 300.0
MOST = 2000
"""Months remembered at most, over all units and filters."""

Series = dict[tuple[int, str | None], list[float | None]]
"""Values by KPI and measure, oldest month first."""


class Trends:
    """The trends of one process."""

    def __init__(self, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._fresh = fresh_seconds
        self._known: dict[object, tuple[float, list[Figure]]] = {}

    async def series(
        self,
        source: Fetches,
        copies: Copies,
        bundle: PolicyBundle,
        question: Question,
        level: LevelName,
        key: str,
        kpis: Collection[int],
    ) -> Series:
        """The values of each KPI and measure over the twelve months that end with the period."""
        found: Series = {}
        for place, month in enumerate(months_back(question.period, POINTS)):
            if month.since >= question.as_of:
                continue
            asked = replace(question, period=month)
            for figure in await self._month(source, copies, bundle, asked, level, key, tuple(sorted(kpis))):
                values = found.setdefault((figure.kpi, figure.measure), [None] * POINTS)
                values[place] = figure.value
        return found

    async def _month(
        self,
        source: Fetches,
        copies: Copies,
        bundle: PolicyBundle,
        asked: Question,
        level: LevelName,
        key: str,
        kpis: tuple[int, ...],
    ) -> list[Figure]:
        over = asked.period.until <= asked.as_of
        name = (bundle.version, asked.period, asked.restricted_units, asked.channel, asked.category,
                asked.service_point, level, key, kpis)  # fmt: skip
        known = self._known.get(name)
        if over and known is not None and time.monotonic() < known[0]:
            return known[1]
        figures = await compute_kpis(source, copies, bundle, asked, level, kpis=kpis, keys=[key])
        if over:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[name] = (time.monotonic() + self._fresh, figures)
        return figures
