"""KPI 8, backlog, and KPI 9, ageing: complaints open at the cut-off, for the present owner, by working days of age.

The cut-off is the end of the period, or now when that is earlier. Age counts from receipt, or from the reopening.
"""

from schemas.policy import Text
from services.reporting.kpis.formulas import count
from services.reporting.kpis.material import AGES, Measure, of_group, shares

_LABELS = {
    "d0_7": Text(th="0–7 วันทำการ", en="0–7 working days"),
    "d8_15": Text(th="8–15 วันทำการ", en="8–15 working days"),
    "d16_30": Text(th="16–30 วันทำการ", en="16–30 working days"),
    "d31": Text(th="มากกว่า 30 วันทำการ", en="over 30 working days"),
}

MEASURES = (
    Measure(8, None, "cases", shares("open"), count, "open", needs=frozenset({"open"})),
    *(
        Measure(
            9,
            code,
            "cases",
            of_group("open", code),
            count,
            f"open:{code}",
            label=_LABELS[code],
            needs=frozenset({"open"}),
        )
        for code, _ in AGES
    ),
)
