"""What figures are made of: the cases of a period, by population, wherever they were read from. Pure.

`gather.py` fills it from the facts and sums, `recompute.py` by brute force from the journals; the KPIs cannot tell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from schemas.policy import KPI_CATALOGUE, LevelName, Text
from schemas.policy_kpi import KpiUnit
from services.reporting.kpis.formulas import Item, Outcome, Share, Taken

AGES = (("d0_7", 7), ("d8_15", 15), ("d16_30", 30), ("d31", None))
"""Age classes of KPI 9 by the most working days they hold."""


def age_class(working_days: int) -> str:
    """The age class of an open case."""
    return next(code for code, most in AGES if most is None or working_days <= most)


@dataclass(slots=True)
class Material:
    """Shares and durations by the name of their population, and the recovery budget by unit in baht."""

    shares: defaultdict[str, list[Share]] = field(default_factory=lambda: defaultdict(list))
    taken: defaultdict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    budgets: dict[str, Decimal] = field(default_factory=dict)

    def condense(self) -> None:
        """Put together what one unit and person added to one population; no figure can tell."""
        for name, items in self.shares.items():
            sums: dict[tuple[object, ...], Share] = {}
            for it in items:
                key = (it.unit, it.owner, it.group)
                had = sums.get(key)
                sums[key] = it if had is None else Share(
                    it.unit, it.owner, had.numerator + it.numerator, had.denominator + it.denominator, it.group,
                    had.cases + it.cases,
                )  # fmt: skip
            self.shares[name] = list(sums.values())
        for name, durations in self.taken.items():
            lists: dict[tuple[object, ...], tuple[Taken, list[float]]] = {}
            for each in durations:
                lists.setdefault((each.unit, each.owner, each.ended), (each, []))[1].extend(each.values)
            self.taken[name] = [Taken(it.unit, it.owner, values, it.ended) for it, values in lists.values()]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a KPI: which cases it looks at and how it combines them.

    `cases` names the population its cases are listed from; `left_out` the one of those that lack a time.
    """

    kpi: int
    code: str | None
    unit: KpiUnit
    pick: Callable[[Material], Sequence[Item]]
    combine: Callable[[Sequence[Item]], Outcome]
    cases: str
    left_out: str | None = None
    label: Text | None = None
    """What tells it apart from the other measures of its KPI."""
    primary: bool = False
    """The one that a target without a measure means."""
    needs: frozenset[str] = frozenset()
    """What has to be gathered for it, by the names in `gather.py`."""
    budgeted: bool = False
    """Whether the denominator is the budget of the unit."""

    @property
    def levels(self) -> tuple[LevelName, ...]:
        """The levels at which the catalogue shows it."""
        return KPI_CATALOGUE[self.kpi].levels


def shares(name: str) -> Callable[[Material], Sequence[Share]]:
    """Pick a population of shares."""
    return lambda material: material.shares[name]


def taken(*names: str) -> Callable[[Material], Sequence[Taken]]:
    """Pick one or more populations of durations."""
    return lambda material: [item for name in names for item in material.taken[name]]


def of_group(name: str, group: str) -> Callable[[Material], Sequence[Share]]:
    """Pick how much of a population belongs to a group: numerators of the group over denominators of all."""
    return lambda material: [
        Share(item.unit, item.owner, item.denominator if item.group == group else 0, item.denominator)
        for item in material.shares[name]
    ]
