"""KPI 18, root-cause Pareto: valid cases by cause; its figure is the share with a cause coded."""

from schemas.policy import Text
from services.reporting.kpis.formulas import percent
from services.reporting.kpis.material import Measure, shares

MEASURES = (
    Measure(
        18, "coded", "percent", shares("caused"), percent, "caused",
        label=Text(th="ระบุสาเหตุแล้ว", en="cause coded"), primary=True, needs=frozenset({"caused"}),
    ),
)  # fmt: skip
