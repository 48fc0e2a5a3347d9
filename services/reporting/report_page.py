"""What the report's template needs: figures in words, pictures, and addresses that keep period and filters. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from schemas.policy import KPI_CATALOGUE, LEVEL_ORDER, LevelName, PolicyBundle
from services.kit.charts import AgeBand, Cause, ageing_chart, pareto_chart
from services.kit.copies import Staff
from services.kit.i18n import N_, Lang, translate
from services.kit.pictures import interval_bar, sparkline
from services.reporting import words
from services.reporting.ask_figures import Asked
from services.reporting.compute_kpis import Figure
from services.reporting.draw_report import CASCADED, Report, Row, Tile, lower_levels
from services.reporting.period import before, label_of
from services.reporting.period_choices import period_choices
from services.reporting.sight import as_uuid

AGES = {"d0_7": N_("0–7 days"), "d8_15": N_("8–15"), "d16_30": N_("16–30"), "d31": N_("over 30")}
"""Short names of the age classes, which are in working days."""

SHOWN_CAUSES = 7
SHOWN_POINTS = 8
SHOWN_NAME = 22
"""Letters of a cause that the Pareto has room for."""


def key_name(bundle: PolicyBundle, staff: Staff, level: LevelName, key: str, lang: Lang) -> str:
    """The name of a unit or person."""
    if level == "person":
        return staff.name(as_uuid(key)) or translate(lang, "A former member of staff")
    if level == "organisation":
        return translate(lang, "The whole organisation")
    return bundle.label_of("units", key, lang)


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that keep period, filters and whose figures are shown."""

    asked: Asked
    level: LevelName
    key: str
    """Whose figures."""
    chosen: LevelName = "organisation"
    """The level whose units or persons are set side by side."""
    focused: bool = False
    """Whether one unit or person was chosen."""
    cascade: int = 4

    def _query(self, **more: str | int | None) -> str:
        question = self.asked.question
        values = {
            "from": question.period.first.isoformat(),
            "to": question.period.end.isoformat(),
            "channel": question.channel,
            "category": question.category,
            **more,
        }
        return urlencode({name: value for name, value in values.items() if value not in (None, "")})

    def report(self, **more: str | int | None) -> str:
        """The report, with something changed."""
        place: dict[str, str | int | None] = {
            "level": self.chosen,
            "key": self.key if self.focused else None,
            "kpi": None if self.cascade == 4 else self.cascade,
        }
        return "/reports?" + self._query(**{**place, **more})

    def cases(self, kpi: int, **more: str | int | None) -> str:
        """The cases behind a figure."""
        return "/reports/cases?" + self._query(**{"kpi": kpi, "level": self.level, "key": self.key, **more})

    def csv(self, kpi: int | None = None, **more: str | int | None) -> str:
        """The figures, or the cases behind one, as CSV."""
        path = "/api/v1/kpis" if kpi is None else f"/api/v1/kpis/{kpi}/cases"
        place: dict[str, str | int | None] = {"level": self.level, "key": self.key, "format": "csv"}
        return f"{path}?" + self._query(**{**place, **more})


class ReportPage:
    """What the report's template needs: words, pictures and addresses."""

    def __init__(self, asked: Asked, report: Report, links: Links, staff: Staff, lang: Lang) -> None:
        self.asked = asked
        self.bundle = asked.bundle
        self.report = report
        self.links = links
        self.staff = staff
        self.lang = lang
        self.earlier = before(self.bundle, asked.question.period)

    def data(self) -> dict[str, Any]:
        """Everything by the names of the template."""
        report, lang = self.report, self.lang
        cascade = KPI_CATALOGUE[report.cascade]
        return {
            "report": report,
            "bundle": self.bundle,
            "question": self.asked.question,
            "whose": key_name(self.bundle, self.staff, report.level, report.key, lang),
            "period": label_of(self.bundle, self.asked.question.period, lang),
            "earlier": label_of(self.bundle, self.earlier, lang),
            "choices": period_choices(self.bundle, self.asked.question.as_of, lang),
            "levels": self.levels(),
            "tiles": [self.tile(tile) for tile in report.tiles],
            "ageing": self.ageing(),
            "oldest": self.oldest(),
            "pareto": self.pareto(),
            "leading": self.leading(),
            "points": [self.point(point) for point in report.points[:SHOWN_POINTS]],
            "cascade": {"kpi": report.cascade, "name": cascade.label.say(lang)},
            "cascades": [
                (KPI_CATALOGUE[kpi].label.say(lang), self.links.report(kpi=kpi), kpi)
                for kpi in CASCADED
                if self.links.chosen in KPI_CATALOGUE[kpi].levels
            ],
            "rows": [self.row(row) for row in report.rows],
            "lowest": self.lowest(),
            "figures": [self.line(*figure) for figure in report.figures],
            "links": self.links,
        }

    def levels(self) -> list[dict[str, Any]]:
        """The level switch, in the words of this enterprise."""
        names = {level.code: level.label.say(self.lang) for level in self.bundle.levels}
        return [
            {
                "label": names.get(level) or translate(self.lang, words.LEVELS[level]),
                "href": self.links.report(level=level, key=None),
                "current": level == self.links.chosen,
            }
            for level in LEVEL_ORDER
            if level in lower_levels(self.bundle)
        ]

    def tile(self, tile: Tile) -> dict[str, Any]:
        """A tile: the figure in words, its verdict and its sparkline."""
        figure = tile.figure
        name = KPI_CATALOGUE[figure.kpi].label.say(self.lang)
        target = float(figure.target.value) if figure.target else None
        trend = translate(self.lang, "%(name)s, the last twelve months", name=name)
        return {
            "name": name,
            "value": words.value_of(figure, self.lang),
            "unit": "" if figure.value is None else words.unit_of(figure.unit, self.lang),
            "href": self.figure_cases(figure),
            "spark": sparkline(tile.trend, trend, target=target, verdict=cast("Any", tile.verdict)),
            "verdict": tile.verdict,
            "verdict_text": translate(self.lang, words.VERDICTS[tile.verdict]) if tile.verdict else "",
            "target": words.target_of(figure.target, self.lang),
            "before": words.value_of(tile.before, self.lang) if tile.before and tile.before.value is not None else "",
            "n": "" if figure.n is None else figure.n,
        }

    def figure_cases(self, figure: Figure, **more: str) -> str:
        """The address of the cases behind a figure."""
        return self.links.cases(figure.kpi, measure=figure.measure, level=figure.level, key=figure.key, **more)

    def ageing(self) -> Any:
        """The ageing chart."""
        bands = [
            AgeBand(
                translate(self.lang, AGES[now.measure or ""]),
                int(now.numerator or 0),
                int(then.numerator or 0) if then else None,
            )
            for now, then in self.report.ages
        ]
        total = sum(band.n for band in bands)
        was = sum(band.previous or 0 for band in bands)
        label = translate(self.lang, "Open cases by age, %(cases)s cases", cases=total)
        earlier = translate(
            self.lang, "%(period)s (%(cases)s cases)", period=label_of(self.bundle, self.earlier, self.lang), cases=was
        )
        return ageing_chart(bands, label, earlier) if bands else ""

    def oldest(self) -> tuple[int, int]:
        """Cases open for more than 30 working days, now and before."""
        now, then = self.report.ages[-1] if self.report.ages else (None, None)
        return int(now.numerator or 0) if now else 0, int(then.numerator or 0) if then else 0

    def causes(self) -> list[Cause]:
        """The commonest causes, the rest as one."""
        found = [
            Cause(_short(self.bundle.label_of("causes", share.cause, self.lang)), share.cases)
            for share in self.report.causes
        ]
        rest = sum(cause.n for cause in found[SHOWN_CAUSES:])
        return found[:SHOWN_CAUSES] + ([Cause(translate(self.lang, "Others"), rest)] if rest else [])

    def pareto(self) -> Any:
        """The Pareto of root causes."""
        causes = self.causes()
        label = translate(self.lang, "Root causes of %(cases)s cases", cases=self.report.coded)
        heads = (translate(self.lang, "cases"), translate(self.lang, "sum"))
        return pareto_chart(causes, label, heads) if causes else ""

    def leading(self) -> str:
        """How much the first three causes explain."""
        if not self.report.coded:
            return ""
        return f"{100 * sum(share.cases for share in self.report.causes[:3]) / self.report.coded:.0f}"

    def point(self, point: Any) -> dict[str, Any]:
        """A service point in the comparison."""
        target = self.bundle.kpi_target(4, "organisation")
        aim = float(target.value) if target else None
        name = self.bundle.label_of("service_points", point.service_point, self.lang)
        low, high = f"{point.low:.0f}", f"{point.high:.0f}"
        label = translate(self.lang, "95%% interval %(low)s to %(high)s", low=low, high=high)
        missed = aim is not None and point.high < aim
        return {
            "name": name,
            "value": words.with_unit(point.value, "percent", self.lang),
            "in_time": point.in_time,
            "due": point.due,
            "missed": missed,
            "bar": interval_bar(point.value, point.low, point.high, label, target=aim, missed=missed),
            "href": self.links.cases(4, service_point=point.service_point),
        }

    def lowest(self) -> int:
        """Where the scale of the cascade begins, in percent, so that intervals are not squeezed into a corner."""
        levels = [row.low for row in self.report.rows if row.figure.value is not None]
        levels += [float(row.figure.target.value) - 10 for row in self.report.rows if row.figure.target]
        return max(0, min(80, int(min(levels, default=0) // 20 * 20)))

    def row(self, row: Row) -> dict[str, Any]:
        """A unit or person in the cascade."""
        figure, before_it = row.figure, row.before
        change = None
        if figure.value is not None and before_it is not None and before_it.value is not None:
            change = figure.value - before_it.value
        aim = float(figure.target.value) if figure.target else None
        low, high = f"{row.low:.0f}", f"{row.high:.0f}"
        label = translate(self.lang, "95%% interval %(low)s to %(high)s", low=low, high=high)
        return {
            "name": key_name(self.bundle, self.staff, figure.level, row.key, self.lang),
            "href": self.links.report(level=figure.level, key=None if figure.level == "organisation" else row.key),
            "cases": self.figure_cases(figure),
            "value": words.with_unit(figure.value, figure.unit, self.lang),
            "withheld": figure.withheld,
            "fraction": "" if figure.numerator is None else f"{figure.numerator}/{figure.denominator}",
            "bar": ""
            if figure.value is None
            else interval_bar(
                figure.value, row.low, row.high, label, target=aim, span=(self.lowest(), 100), missed=row.surely_missed
            ),
            "change": change,
            "depth": row.depth,
            "beside": {kpi: words.value_of(found, self.lang) for kpi, found in row.beside.items()},
            "beside_cases": {kpi: self.figure_cases(found) for kpi, found in row.beside.items()},
        }

    def line(self, figure: Figure, verdict: str, before_it: Figure | None) -> dict[str, Any]:
        """A figure in the table of all."""
        return {
            "kpi": figure.kpi,
            "name": words.name_of(self.bundle, figure.kpi, figure.measure, self.lang),
            "value": words.with_unit(figure.value, figure.unit, self.lang),
            "fraction": _fraction(figure),
            "before": words.with_unit(before_it.value, figure.unit, self.lang) if before_it else "–",
            "target": words.target_of(figure.target, self.lang),
            "verdict": verdict,
            "verdict_text": translate(self.lang, words.VERDICTS[verdict]) if verdict else "",
            "n": figure.n,
            "withheld": figure.withheld,
            "left_out": figure.left_out,
            "cases": self.figure_cases(figure),
            "left_out_cases": self.figure_cases(figure, part="left_out"),
        }


def _fraction(figure: Figure) -> str:
    if figure.numerator is None or figure.denominator is None or (figure.kpi, figure.measure) == (28, "paused"):
        return ""
    return f"{figure.numerator:,}/{figure.denominator:,}" if figure.unit != "cases" or figure.kpi == 9 else ""


def _short(name: str) -> str:
    """A cause's name as far as there is room, cut at a space only."""
    if len(name) <= SHOWN_NAME:
        return name
    place = name.rfind(" ", 8, SHOWN_NAME)
    return name[:place] if place > 0 else name
