"""A figure with its floor beside it, and the table they are printed in."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    `ratio` is the figure over its floor. A goal is `at_least` or `at_most`, of the ratio where `of_ratio`, else of the
    figure itself.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    at_least: float | None = None
    at_most: float | None = None
    of_ratio: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure as a part of its floor."""
        return self.value / self.floor if self.floor else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        judged = self.ratio if self.of_ratio else self.value
        if judged is None or (self.at_least is None and self.at_most is None):
            return None
        low = self.at_least is None or judged >= self.at_least
        return low and (self.at_most is None or judged <= self.at_most)

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.reached is None:
            return ""
        sign, bound = ("≥", self.at_least) if self.at_least is not None else ("≤", self.at_most)
        return f"{sign} {bound:g}" + (" of it" if self.of_ratio else f" {self.unit}")

    def as_json(self) -> dict[str, object]:
        """The figure for `bench/results.json`."""
        return {
            "what": self.what, "value": round(self.value, 3), "unit": self.unit, "floor": self.floor,
            "floor_is": self.floor_is, "ratio": self.ratio, "goal": self.goal, "reached": self.reached,
            "note": self.note,
        }  # fmt: skip


def median(values: Iterable[float]) -> float:
    """The middle one of several runs."""
    return statistics.median(values)


def number(value: float | None) -> str:
    """As many digits as say something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def show(figures: Sequence[Figure], console: Console, title: str) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left")
    for name, justify in (
        ("what", "left"), ("figure", "right"), ("unit", "left"), ("floor", "right"), ("floor is", "left"),
        ("ratio", "right"), ("goal", "left"), ("", "center"), ("note", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for figure in figures:
        mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: ""}[figure.reached]
        table.add_row(
            figure.what, number(figure.value), figure.unit, number(figure.floor), figure.floor_is,
            number(figure.ratio), figure.goal, mark, figure.note,
        )  # fmt: skip
    console.print(table)
