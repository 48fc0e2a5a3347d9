"""KPI 15, satisfaction with the handling: ratings of 4 and 5 ÷ valid responses, the last one given for each closing.

An imported rating without a time stands at the closing, else at the receipt.
"""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (Measure(15, None, "percent", shares("rated"), percent, "rated", needs=frozenset({"rated"})),)
