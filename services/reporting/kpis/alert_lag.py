"""KPI 25, alert lag: 95th percentile of alert sent − threshold crossed, in seconds, of alerts sent in the period.

Where a late change put the threshold into the past, the lag counts from the change: nobody could know before.
"""

from services.reporting.kpis.formulas import percentile_95
from services.reporting.kpis.material import Measure, taken

MEASURES = (Measure(25, None, "seconds", taken("alert_lag"), percentile_95, "alerts", needs=frozenset({"alerts"})),)
