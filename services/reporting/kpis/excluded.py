"""KPI 28, excluded and paused share: withdrawn, merged, referred, not accepted ÷ received; paused ÷ elapsed time.

The second is over the resolution clocks met in the period, in milliseconds of working time.
"""

from schemas.policy import Text
from services.reporting.kpis.formulas import percent, time_share
from services.reporting.kpis.material import Measure, shares

_NEEDS = frozenset({"sums"})

MEASURES = (
    Measure(
        28, "excluded", "percent", shares("excluded"), percent, "excluded",
        label=Text(th="ตัดออก", en="excluded"), primary=True, needs=_NEEDS,
    ),
    Measure(
        28, "paused", "percent", shares("paused"), time_share, "met:resolve",
        label=Text(th="เวลาหยุดนับ", en="paused"), needs=frozenset({"durations"}),
    ),
)  # fmt: skip
