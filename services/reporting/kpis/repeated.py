"""KPI 11, repeat rate: valid cases with an earlier one, within the policy's `repeat_days`, of the same complainant or
asset (contract, order) and the same cause ÷ valid cases received.

The cause is the root cause; where one of the two has none coded yet, the same category stands for it.
"""

from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (Measure(11, None, "percent", shares("repeated"), percent, "repeated", needs=frozenset({"repeated"})),)
