"""KPIs and their targets, cascaded from organisation to person (domain section 5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.policy_words import Code, LevelName, PolicyPart, Text

Direction = Literal["up", "down"]
KpiUnit = Literal["percent", "working_hours", "working_days", "cases", "baht", "per_thousand", "seconds", "none"]
LEVEL_ORDER: tuple[LevelName, ...] = ("organisation", "line", "department", "person")
_LETTER: dict[str, LevelName] = {"O": "organisation", "L": "line", "D": "department", "P": "person"}


@dataclass(frozen=True, slots=True)
class KpiDefinition:
    """A KPI of the catalogue: its name, the unit of value and target, the better direction, its levels.

    `additive` figures of children sum up to the parent's; others are recomputed from numerators and denominators.
    """

    kpi: int
    label: Text
    unit: KpiUnit
    better: Direction | None
    levels: tuple[LevelName, ...]
    additive: bool = False


def _kpi(
    kpi: int, th: str, en: str, unit: KpiUnit, better: Direction | None, levels: str, additive: bool = False
) -> KpiDefinition:
    return KpiDefinition(kpi, Text(th=th, en=en), unit, better, tuple(_LETTER[letter] for letter in levels), additive)


KPI_CATALOGUE: dict[int, KpiDefinition] = {
    definition.kpi: definition
    for definition in (
        _kpi(1, "ตอบรับตรงเวลา", "Acknowledged on time", "percent", "up", "OLDP"),
        _kpi(2, "เวลาตอบรับ", "Time to acknowledge", "working_hours", "down", "OLD"),
        _kpi(3, "เวลาติดต่อครั้งแรก", "Time to first human contact", "working_hours", "down", "DP"),
        _kpi(4, "แจ้งผลตามกำหนด", "Decision told within SLA", "percent", "up", "OLDP"),
        _kpi(5, "มัธยฐานเวลาแก้ไข", "Median resolution", "working_days", "down", "OLD"),
        _kpi(6, "เปอร์เซ็นไทล์ 90", "90th percentile of resolution", "working_days", "down", "OLD"),
        _kpi(7, "จบที่จุดแรก", "Resolved at first point", "percent", "up", "ODP"),
        _kpi(8, "เรื่องคงค้าง", "Backlog", "cases", "down", "OLDP", additive=True),
        _kpi(9, "อายุเรื่องค้าง", "Ageing", "cases", "down", "OLD", additive=True),
        _kpi(10, "เปิดซ้ำ", "Reopen rate", "percent", "down", "OLDP"),
        _kpi(11, "ร้องเรียนซ้ำ", "Repeat rate", "percent", "down", "OLD"),
        _kpi(12, "ยกระดับ", "Escalation rate", "percent", "down", "OLD"),
        _kpi(13, "ส่งภายนอก", "External referral", "percent", "down", "O"),
        _kpi(14, "ต่อพันราย", "Complaints per 1,000", "per_thousand", None, "OLD"),
        _kpi(15, "พึงพอใจการจัดการ", "Satisfaction with handling", "percent", "up", "OLDP"),
        _kpi(16, "อัตราตอบกลับ", "Response rate", "percent", "up", "OD"),
        _kpi(17, "ไม่พึงพอใจ", "Dissatisfaction", "percent", "down", "OLD"),
        _kpi(18, "พาเรโตสาเหตุ", "Root-cause Pareto", "percent", None, "OLD"),
        _kpi(19, "ปิดแก้ไขป้องกันตามกำหนด", "CAPA on time", "percent", "up", "OLDP"),
        _kpi(20, "เสนอฟื้นฟู", "Recovery offered", "percent", "up", "OD"),
        _kpi(21, "ยอมรับและฟื้นฟูเสร็จตามกำหนด", "Recovery accepted; on time", "percent", "up", "ODP"),
        _kpi(22, "ต้นทุนฟื้นฟู", "Recovery cost", "baht", "down", "OLD"),
        _kpi(23, "ตามมาตรฐาน", "Service-standard compliance", "percent", "up", "OLDP"),
        _kpi(24, "สัดส่วนช่องทาง", "Channel mix", "percent", None, "O"),
        _kpi(25, "ความล่าช้าแจ้งเตือน", "Alert lag", "seconds", "down", "O"),
        _kpi(26, "จัดลำดับผิด", "Mis-prioritised", "percent", "down", "D"),
        _kpi(27, "เยียวยาตามกำหนด", "Remedy delivered on time", "percent", "up", "OLDP"),
        _kpi(28, "สัดส่วนที่ตัดออก", "Excluded share", "percent", "down", "OLDP"),
    )
}


class KpiTarget(PolicyPart):
    """A target value for one KPI at one level, in the unit of KPI_CATALOGUE (percent is 0 to 100).

    `key` is the unit it holds for; without it, for every unit (or person) of the level. At person level a key means the
    persons of that unit. `measure` tells apart the figures of a KPI that has several. `owner` is a unit or a role.
    The parent is the target of the same KPI at the nearest unit or level above, unless `parent` names its unit.
    `share` is the part of the parent's denominator expected here (0 to 1), used to check that children add up.
    """

    kpi: Annotated[int, Field(ge=1, le=28)]
    measure: Code | None = None
    level: LevelName
    key: Code | None = None
    value: Decimal
    direction: Direction
    owner: Code
    parent: Code | None = None
    share: Annotated[Decimal, Field(gt=0, le=1)] | None = None

    def met_by(self, value: Decimal | float) -> bool:
        """Whether a figure reaches this target."""
        figure = Decimal(str(value))
        return figure >= self.value if self.direction == "up" else figure <= self.value
