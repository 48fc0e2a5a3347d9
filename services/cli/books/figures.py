"""The KPIs as shown, against those counted by brute force from the journals, at one moment of reporting."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from schemas.policy import KPI_CATALOGUE, LevelName
from services.cli.books.findings import Books
from services.cli.books.gathering import Databases, snapshot
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import Unavailable
from services.kit.journal_pages import JournalTables
from services.reporting.compute_kpis import Figure, compute_kpis
from services.reporting.period import Period, quarter_period, read_period
from services.reporting.question import Question
from services.reporting.recompute import SOURCES, Extent, Progress, recompute_levels

LEVELS: tuple[LevelName, ...] = ("organisation", "line", "department", "person")


class InTurn:
    """A transaction that many ask at once: one connection answers one question after another."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._turn = asyncio.Lock()

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """All rows of a statement."""
        async with self._turn:
            return list(await self._tx.fetch(sql, *args))


async def check_figures(
    databases: Databases,
    copies: Copies,
    books: Books,
    now: datetime,
    days: tuple[str | None, str | None] = (None, None),
    progress: Progress | None = None,
) -> None:
    """Hold every figure of a period (this quarter's, else) at every level against the journals.

    Both are taken at one moment of reporting: the facts as they stand, the journals up to its cursors.
    """
    books.begin("figures")
    async with snapshot(databases["reporting"]) as held:
        tx = InTurn(held)
        try:
            bundle = await copies.in_force(tx, now)
        except Unavailable:
            books.says["figures"] = "no policy is in force yet"
            return
        period: Period = read_period(bundle, *days, now) if any(days) else quarter_period(bundle, now.date())
        question = Question(period, now)
        shown = {level: await compute_kpis(tx, copies, bundle, question, level) for level in LEVELS}
        upto = {
            (row["source"], row["bucket"]): row["position"]
            for row in await tx.fetch("select source, bucket, position from reporting.cursor")
        }
        passed = await tx.fetch(
            "select source, bucket, position from reporting.parked"
            " union all select source, bucket, position from reporting.discarded"
        )
        extent = Extent(upto, frozenset((row["source"], row["bucket"], row["position"]) for row in passed))
    journals = JournalTables(by_source={name: databases[name] for name in SOURCES})
    counted = await recompute_levels(
        databases["reporting"], copies, bundle, question, LEVELS, journals, extent=extent, progress=progress
    )
    books.says["figures"] = f"{period.first} to {period.end}"
    for level in LEVELS:
        _compare(level, shown[level], counted[level], books)


def _compare(level: LevelName, shown: list[Figure], counted: list[Figure], books: Books) -> None:
    mine = {(figure.kpi, figure.measure, figure.key): figure for figure in shown}
    theirs = {(figure.kpi, figure.measure, figure.key): figure for figure in counted}
    books.saw("figures", len(mine))
    for key in sorted(mine.keys() | theirs.keys(), key=str):
        here, there = mine.get(key), theirs.get(key)
        if not _equal(here, there):
            kpi, measure, unit = key
            name = KPI_CATALOGUE[kpi]
            books.wrong(
                "figures",
                f"KPI {kpi}{f' {measure}' if measure else ''} ({name.label.en}) of {level} {unit} is shown as"
                f" {_said(here)}; the journals give {_said(there)}",
                "`redress rebuild reporting` makes the figures anew; report it if they differ again.",
            )


def _equal(here: Figure | None, there: Figure | None) -> bool:
    if here is None or there is None:
        return False
    exact = ("numerator", "denominator", "n", "left_out", "withheld")
    if any(getattr(here, name) != getattr(there, name) for name in exact):
        return False
    if here.value is None or there.value is None:
        return here.value is there.value
    return abs(here.value - there.value) <= 1e-6 * max(1.0, abs(there.value))


def _said(figure: Figure | None) -> str:
    if figure is None:
        return "nothing"
    return f"{figure.value} ({figure.numerator}/{figure.denominator}, n {figure.n})"
