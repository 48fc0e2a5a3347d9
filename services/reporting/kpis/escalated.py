"""KPI 12, escalation rate: valid cases with an alert at the unit head or above, or raised by a person ÷ valid."""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (Measure(12, None, "percent", shares("escalated"), percent, "escalated", needs=frozenset({"sums"})),)
