"""KPI 27, remedy delivered on time: delivered ≤ promised ÷ due in the period, dropped promises left out."""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (Measure(27, None, "percent", shares("remedies"), percent, "remedies", needs=frozenset({"remedies"})),)
