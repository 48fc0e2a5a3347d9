"""What complainants say of the handling (ISO 10004), the last rating given for each closing.

KPI 15, satisfaction: ratings of 4 and 5 ÷ valid responses. KPI 17, dissatisfaction: ratings of 1 and 2 ÷ the same.
Beside it, confidence: marks of 4 and 5 ÷ those who answered how much they trust us to handle complaints well.
KPI 16, response rate: invitations answered before the case was opened again ÷ invitations that were delivered.
An imported rating without a time stands at the closing, else at the receipt.
"""

from schemas.policy import Text
from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (
    Measure(15, None, "percent", shares("rated"), percent, "rated", primary=True, needs=frozenset({"rated"})),
    Measure(
        15, "confidence", "percent", shares("trusted"), percent, "trusted",
        label=Text(th="เชื่อมั่นในการจัดการ", en="confidence in the handling"), needs=frozenset({"trusted"}),
    ),
    Measure(16, None, "percent", shares("invited"), percent, "invited", needs=frozenset({"invited"})),
    Measure(17, None, "percent", shares("disliked"), percent, "disliked", needs=frozenset({"disliked"})),
)  # fmt: skip
