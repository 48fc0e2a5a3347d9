"""Service points beside each other: how many decisions each told in time of those that fell due (KPI 4 by place)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.policy import PolicyBundle
from services.kit.copies import Fetches
from services.reporting.kpis.formulas import wilson
from services.reporting.populations import bound
from services.reporting.question import Question


@dataclass(frozen=True, slots=True)
class PointFigure:
    """A service point's share, in percent, with its 95 % interval."""

    service_point: str
    in_time: int
    due: int
    value: float
    low: float
    high: float


async def compare_service_points(
    source: Fetches, bundle: PolicyBundle, question: Question, units: Sequence[str] | None
) -> list[PointFigure]:
    """Service points with something due, the lowest share first; `units` limits whose clocks count."""
    sql = (
        "select service_point, sum(numerator)::bigint as hits, sum(denominator)::bigint as cases"
        " from reporting.daily_sum s where measure = 'due:resolve' and day >= @first_day and day < @end_day"
        f" and service_point <> '' and {question.conditions('s', sums=True)}"
        + (" and s.unit = any(@units::text[])" if units is not None else "")
        + " group by 1 having sum(denominator) > 0"
    )
    text, args = bound(sql, question.values(bundle) | {"units": units})
    found = []
    for row in await source.fetch(text, *args):
        low, high = wilson(row["hits"], row["cases"])
        value = 100 * row["hits"] / row["cases"]
        found.append(PointFigure(row["service_point"], row["hits"], row["cases"], value, low, high))
    return sorted(found, key=lambda point: (point.value, -point.due, point.service_point))
