"""KPIs 2, 3, 5 and 6: how long it took to acknowledge, to speak with the complainant, to tell the decision.

Working time, in working hours (2, 3) or working days (5, 6: working seconds over the typical day of the clock's
calendar). KPI 6 is the Kaplan–Meier estimate: clocks that still run at the cut-off are censored at their age then.
A clock belongs to the period in which it was met; a reopened case's new clock counts anew.
"""

from schemas.policy import Text
from services.reporting.kpis.formulas import kaplan_meier_90, median, percentile_90
from services.reporting.kpis.material import Measure, taken

_MEDIAN = Text(th="มัธยฐาน", en="median")
_P90 = Text(th="เปอร์เซ็นไทล์ 90", en="90th percentile")
_GROSS = Text(th="รวมเวลาหยุดนับ", en="pauses included")
_NET = Text(th="ไม่รวมเวลาหยุดนับ", en="net of pauses")
_MET = frozenset({"durations", "sums"})
_RUNNING = frozenset({"durations", "running", "sums"})

MEASURES = (
    Measure(
        2, "median", "working_hours", taken("acknowledge"), median, "met:acknowledge", "left:acknowledge",
        _MEDIAN, True, _MET,
    ),
    Measure(
        2, "p90", "working_hours", taken("acknowledge"), percentile_90, "met:acknowledge", "left:acknowledge",
        _P90, needs=_MET,
    ),
    Measure(
        3, None, "working_hours", taken("first_contact"), median, "met:first_contact", "left:first_contact", needs=_MET
    ),
    Measure(5, "gross", "working_days", taken("gross"), median, "met:resolve", "left:resolve", _GROSS, True, _MET),
    Measure(5, "net", "working_days", taken("net"), median, "met:resolve", "left:resolve", _NET, needs=_MET),
    Measure(
        6, "gross", "working_days", taken("gross", "gross:running"), kaplan_meier_90, "resolution", "left:resolve",
        _GROSS, True, _RUNNING,
    ),
    Measure(
        6, "net", "working_days", taken("net", "net:running"), kaplan_meier_90, "resolution", "left:resolve",
        _NET, needs=_RUNNING,
    ),
)  # fmt: skip
