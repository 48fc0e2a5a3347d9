"""Compute the KPIs of a period at a level: the one way to the figures of the page, the API and the command line.

Numerators and denominators are summed up the unit tree, which may be ragged; a unit's figure holds everything below
it. A person's figure that rests on fewer than the policy's minimum is withheld (domain §5).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from schemas.policy import KPI_CATALOGUE, LevelName, PolicyBundle
from schemas.policy_kpi import KpiTarget, KpiUnit
from services.kit.copies import Copies, Fetches, Staff
from services.reporting.gather import gather
from services.reporting.kpis.catalogue import measures
from services.reporting.kpis.formulas import Amount, Item, Outcome, percent
from services.reporting.kpis.material import Material, Measure, shares
from services.reporting.question import Question


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a KPI for a unit or person. `value` is in `unit`: percent 0 to 100, working hours or days, baht …

    `key` is the unit's code, at person level the staff id. `left_out` counts the cases that lack the time it needs.
    A `withheld` figure shows nothing but that it is.
    """

    kpi: int
    measure: str | None
    level: LevelName
    key: str
    numerator: Amount | None
    denominator: Amount | None
    value: float | None
    n: int | None
    target: KpiTarget | None
    withheld: bool
    left_out: int
    unit: KpiUnit
    primary: bool

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target or a value."""
        return None if self.target is None or self.value is None else self.target.met_by(round(self.value, 6))


async def compute_kpis(
    source: Fetches,
    copies: Copies,
    bundle: PolicyBundle,
    question: Question,
    level: LevelName,
    *,
    kpis: Collection[int] | None = None,
    keys: Collection[str] | None = None,
) -> list[Figure]:
    """The figures of every KPI that the catalogue shows at `level`, in its order, for the keys asked (None: all)."""
    wanted = [m for m in measures(bundle, kpis) if level in m.levels]
    needs = {need for measure in wanted for need in measure.needs}
    material = await gather(source, copies, bundle, question, needs)
    staff = await copies.staff(source)
    # Sorting many durations takes a while: beside the loop, which has requests to answer.
    return await asyncio.to_thread(assemble, bundle, question, level, material, wanted, staff, keys)


def assemble(
    bundle: PolicyBundle,
    question: Question,
    level: LevelName,
    material: Material,
    wanted: Sequence[Measure],
    staff: Staff,
    keys: Collection[str] | None = None,
) -> list[Figure]:
    """Figures from material, wherever it was read."""
    places = Places(bundle, level, question.restricted_units, staff)
    figures = []
    for measure in wanted:
        by_key = places.group(measure.pick(material))
        left = places.group(shares(measure.left_out)(material)) if measure.left_out else {}
        for key in places.keys_of(by_key):
            if keys is None or key in keys:
                figures.append(_figure(bundle, material, places, measure, key, by_key.get(key, []), left.get(key, [])))
    return figures


def _figure(
    bundle: PolicyBundle,
    material: Material,
    places: Places,
    measure: Measure,
    key: str,
    items: list[Item],
    left: list[Item],
) -> Figure:
    outcome = measure.combine(items)
    unit = measure.unit
    if measure.budgeted:
        outcome = _of_budget(outcome, budget_of(bundle, material, key))
    withheld = places.level == "person" and outcome.n < bundle.lifecycle.minimum_n
    if withheld:
        outcome = Outcome(None, None, None, 0)
    return Figure(
        kpi=measure.kpi,
        measure=measure.code,
        level=places.level,
        key=key,
        numerator=outcome.numerator,
        denominator=outcome.denominator,
        value=outcome.value,
        n=None if withheld else outcome.n,
        target=target_of(bundle, measure, places.level, places.unit_of(key)),
        withheld=withheld,
        left_out=percent(left).n,
        unit=unit,
        primary=measure.primary or measure.code is None,
    )


def target_of(bundle: PolicyBundle, measure: Measure, level: LevelName, key: str | None) -> KpiTarget | None:
    """The policy's target for a measure; one without a measure is meant for the primary one."""
    found = bundle.kpi_target(measure.kpi, level, key, measure.code)
    if found is None and measure.primary and measure.code is not None:
        found = bundle.kpi_target(measure.kpi, level, key, None)
    return found


def budget_of(bundle: PolicyBundle, material: Material, key: str) -> Decimal | None:
    """The budget of a unit: its own, else those of the units below it that have one; None without any."""
    if key in material.budgets:
        return material.budgets[key]
    if not bundle.has_unit(key):
        return None
    below = [budget for child in bundle.children(key) if (budget := budget_of(bundle, material, child)) is not None]
    return sum(below, Decimal(0)) if below else None


def _of_budget(outcome: Outcome, budget: Decimal | None) -> Outcome:
    value = 100 * float(outcome.numerator or 0) / float(budget) if budget else None
    return Outcome(outcome.numerator, budget, value, outcome.n)


class Places:
    """The keys of a level and which of them an item counts for."""

    def __init__(self, bundle: PolicyBundle, level: LevelName, restricted: Collection[str], staff: Staff) -> None:
        self.bundle = bundle
        self.level = level
        self.staff = staff
        self.units = [u.code for u in bundle.units if u.level == level and (not u.restricted or u.code in restricted)]
        if level == "organisation":
            self.units = [bundle.root.code]
        self._above: dict[str | None, tuple[str, ...]] = {}

    def group(self, items: Iterable[Item]) -> dict[str, list[Item]]:
        """Items by the keys they count for: a unit's, those of the units above it, or a person's."""
        found: dict[str, list[Item]] = {}
        for item in items:
            for key in self._keys(item):
                found.setdefault(key, []).append(item)
        return found

    def keys_of(self, by_key: dict[str, list[Item]]) -> list[str]:
        """Every unit of the level; of persons those who have something to show."""
        return sorted(by_key) if self.level == "person" else self.units

    def unit_of(self, key: str) -> str | None:
        """The unit whose targets hold for a key."""
        if self.level != "person":
            return key
        member = self.staff.get(UUID(key))
        return member.unit if member else None

    def _keys(self, item: Item) -> tuple[str, ...]:
        if self.level == "person":
            return (str(item.owner),) if item.owner else ()
        if self.level == "organisation":
            return (self.bundle.root.code,)
        if item.unit not in self._above:
            known = item.unit is not None and self.bundle.has_unit(item.unit)
            path = (item.unit, *self.bundle.ancestors(item.unit)) if known and item.unit else ()
            self._above[item.unit] = tuple(code for code in path if code in self.units)
        return self._above[item.unit]


def catalogue_label(kpi: int, lang: str) -> str:
    """The name of a KPI."""
    return KPI_CATALOGUE[kpi].label.say(lang)
