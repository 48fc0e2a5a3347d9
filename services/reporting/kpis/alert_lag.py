"""KPI 25, alert lag: 95th percentile of alert sent − threshold crossed, in seconds, of alerts sent in the period."""

from services.reporting.kpis.formulas import percentile_95
from services.reporting.kpis.material import Measure, taken

MEASURES = (Measure(25, None, "seconds", taken("alert_lag"), percentile_95, "alerts", needs=frozenset({"alerts"})),)
