"""KPI 7, resolved at first point: closed without transfer and not reopened since ÷ closed."""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (
    Measure(7, None, "percent", shares("first_point"), percent, "closed", "left:closed", needs=frozenset({"sums"})),
)
