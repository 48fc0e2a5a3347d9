"""How figures are made of cases: ratios, counts, medians, percentiles, Kaplan–Meier, Wilson's interval. Pure.

Numerators and denominators are summed upward; percentages and medians are never averaged (domain §5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, groupby
from uuid import UUID

Amount = int | Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What some cases of a unit and person add to a ratio or a count; `group` tells channels or ages apart."""

    unit: str | None
    owner: UUID | None
    numerator: Amount
    denominator: Amount = 0
    group: str = ""
    cases: int = 1
    """How many cases stand behind it, where the denominator is not their number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How long clocks or alerts of a unit and person took; those that had not `ended` took at least that long."""

    unit: str | None
    owner: UUID | None
    values: Sequence[float]
    ended: bool = True


Item = Share | Taken


@dataclass(frozen=True, slots=True)
class Outcome:
    """A figure: `value` is None when there is nothing to compute it from; `n` is how many it rests on."""

    numerator: Amount | None
    denominator: Amount | None
    value: float | None
    n: int


def percent(items: Sequence[Item]) -> Outcome:
    """100 × the sum of numerators over the sum of denominators; n is the denominator."""
    numerator, denominator = _sums(items)
    value = 100 * float(numerator) / float(denominator) if denominator else None
    return Outcome(numerator, denominator, value, int(denominator))


def time_share(items: Sequence[Item]) -> Outcome:
    """100 × the sum of one time over the sum of another; n is how many clocks they were taken from."""
    whole = percent(items)
    clocks = sum(item.cases for item in items if isinstance(item, Share))
    return Outcome(whole.numerator, whole.denominator, whole.value, clocks)


def count(items: Sequence[Item]) -> Outcome:
    """How many cases; the denominator, where there is one, is of how many."""
    numerator, denominator = _sums(items)
    return Outcome(numerator, denominator, float(numerator), int(denominator))


def average(items: Sequence[Item]) -> Outcome:
    """Sum of numerators over the number of cases, such as baht for each completed recovery."""
    numerator, denominator = _sums(items)
    return Outcome(
        numerator, denominator, float(numerator) / float(denominator) if denominator else None, int(denominator)
    )


def _sums(items: Sequence[Item]) -> tuple[Amount, Amount]:
    numerator: Amount = 0
    denominator: Amount = 0
    for item in items:
        if isinstance(item, Share):
            numerator += item.numerator
            denominator += item.denominator
    return numerator, denominator


def median(items: Sequence[Item]) -> Outcome:
    """The middle of the values; of the two middle ones their mean."""
    values = _values(items)
    if not values:
        return Outcome(None, None, None, 0)
    middle = len(values) // 2
    value = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    return Outcome(None, None, value, len(values))


def percentile_90(items: Sequence[Item]) -> Outcome:
    """The smallest value that at least 90 % of the values do not exceed."""
    return _percentile(items, 90)


def percentile_95(items: Sequence[Item]) -> Outcome:
    """The smallest value that at least 95 % of the values do not exceed."""
    return _percentile(items, 95)


def _percentile(items: Sequence[Item], share: int) -> Outcome:
    values = _values(items)
    if not values:
        return Outcome(None, None, None, 0)
    return Outcome(None, None, values[-(-share * len(values) // 100) - 1], len(values))


def _values(items: Sequence[Item]) -> list[float]:
    return sorted(chain.from_iterable(item.values for item in items if isinstance(item, Taken)))


def kaplan_meier_90(items: Sequence[Item]) -> Outcome:
    """The shortest time by which, in the Kaplan–Meier estimate, at least 90 % have ended; open ones are censored.

    None while more than a tenth are estimated to last longer than the longest time observed.
    """
    observed = sorted((value, not item.ended) for item in items if isinstance(item, Taken) for value in item.values)
    at_risk, surviving = len(observed), 1.0
    for value, same in groupby(observed, key=lambda item: item[0]):
        censored = [is_censored for _, is_censored in same]
        surviving *= 1 - censored.count(False) / at_risk
        # Products of fractions are not exact in binary: a tenth is a tenth within rounding.
        if surviving <= 0.1 + 1e-9:
            return Outcome(None, None, value, len(observed))
        at_risk -= len(censored)
    return Outcome(None, None, None, len(observed))


def wilson(numerator: float, denominator: float, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share, in percent, by Wilson's score; (0, 100) when there are no cases."""
    if denominator <= 0:
        return 0.0, 100.0
    share = numerator / denominator
    centre = share + z * z / (2 * denominator)
    half = z * math.sqrt(share * (1 - share) / denominator + z * z / (4 * denominator * denominator))
    scale = 1 + z * z / denominator
    return max(0.0, 100 * (centre - half) / scale), min(100.0, 100 * (centre + half) / scale)
