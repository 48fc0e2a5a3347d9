"""KPIs 20, 21 and 22 of service recovery (SE-AM 5.1).

20: records that reached an offer ÷ records opened (each an eligible failure). 21: accepted ÷ offers accepted or
declined; completed by the promised time ÷ promised for the period. 22: baht ÷ completed; baht ÷ the year's budget.
A cancelled record, where it turned out that nothing was owed, counts nowhere.
"""

from schemas.policy import Text
from services.reporting.kpis.formulas import average, percent
from services.reporting.kpis.material import Measure, shares

_NEEDS = frozenset({"recoveries"})

MEASURES = (
    Measure(20, None, "percent", shares("offered"), percent, "offered", needs=_NEEDS),
    Measure(
        21, "accepted", "percent", shares("accepted"), percent, "accepted",
        label=Text(th="ยอมรับข้อเสนอ", en="offer accepted"), primary=True, needs=_NEEDS,
    ),
    Measure(
        21, "on_time", "percent", shares("recovered"), percent, "recovered",
        label=Text(th="ฟื้นฟูเสร็จตามกำหนด", en="completed on time"), needs=_NEEDS,
    ),
    Measure(
        22, "per_case", "baht", shares("cost"), average, "cost",
        label=Text(th="บาทต่อเรื่อง", en="baht a case"), primary=True, needs=_NEEDS,
    ),
    Measure(
        22, "of_budget", "percent", shares("cost"), average, "cost",
        label=Text(th="ร้อยละของงบประมาณ", en="share of the budget"), needs=_NEEDS, budgeted=True,
    ),
)  # fmt: skip
