"""KPI 10, reopen rate: reopened within the policy's `matured_days` of closing ÷ closings that long ago (matured)."""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (
    Measure(
        10,
        None,
        "percent",
        shares("reopened"),
        percent,
        "reopened",
        "left:closed",
        needs=frozenset({"reopened", "sums"}),
    ),
)
