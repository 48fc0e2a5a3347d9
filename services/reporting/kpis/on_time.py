"""KPI 1, acknowledged on time, and KPI 4, decision told within SLA: met ≤ due ÷ due cohort.

The due cohort are the valid cases whose deadline falls in the period, still-open ones included.
"""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (
    Measure(
        1,
        None,
        "percent",
        shares("due:acknowledge"),
        percent,
        "due:acknowledge",
        "left:acknowledge",
        needs=frozenset({"sums"}),
    ),
    Measure(
        4, None, "percent", shares("due:resolve"), percent, "due:resolve", "left:resolve", needs=frozenset({"sums"})
    ),
)
