"""Put a report together: tiles against their targets, ageing, causes, service points, and the cascade of one KPI.

Everything is computed from three gatherings of facts (the period, the one before, the months of the trend), so a page
costs a fixed number of statements however many units it shows.
"""

from __future__ import annotations

from asyncio import to_thread
from dataclasses import dataclass, replace

from schemas.policy import LEVEL_ORDER, LevelName, PolicyBundle
from services.kit.copies import Copies, Fetches, Staff
from services.kit.scope import Scope
from services.reporting.compute_kpis import Figure, Places, assemble
from services.reporting.gather import gather
from services.reporting.kpis.catalogue import measures
from services.reporting.kpis.formulas import Share, wilson
from services.reporting.kpis.material import Material, shares
from services.reporting.period import before as before_period
from services.reporting.question import Question
from services.reporting.service_points import PointFigure, compare_service_points
from services.reporting.sight import as_uuid, sees_key
from services.reporting.trends import Series, Trends

TILES = (1, 4, 5, 6, 8, 10, 15, 11, 27, 7)
"""KPIs shown as tiles, as far as the level has them; eight at most."""

CASCADED = (1, 4, 7, 10, 11, 12, 15, 20, 27, 28)
"""KPIs that can be set side by side by unit: shares with an interval."""

BESIDE = (5, 8, 11)
"""KPIs shown as further columns of the cascade."""

NEARLY = 0.05
"""How far off its target, as a part of it, a figure is still called nearly met."""

Verdict = str
"""`ok`, `mid` (nearly), `bad`, or empty without a target or a value."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its verdict, the one of the period before, and twelve months."""

    figure: Figure
    verdict: Verdict
    before: Figure | None
    trend: list[float | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A unit or person in the cascade of one KPI."""

    key: str
    figure: Figure
    before: Figure | None
    low: float
    high: float
    surely_missed: bool
    """Whether the whole interval misses the target."""
    beside: dict[int, Figure]
    depth: int


@dataclass(frozen=True, slots=True)
class CauseShare:
    """A root cause and how many valid cases it explains."""

    cause: str
    cases: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a page shows."""

    question: Question
    level: LevelName
    key: str
    tiles: list[Tile]
    figures: list[tuple[Figure, Verdict, Figure | None]]
    ages: list[tuple[Figure, Figure | None]]
    causes: list[CauseShare]
    coded: int
    cases: int
    points: list[PointFigure]
    cascade: int
    rows: list[Row]
    empty: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader chose: whose tiles, which levels of rows below, which KPI in the cascade."""

    level: LevelName
    key: str
    rows: tuple[LevelName, ...]
    cascade: int


async def draw_report(
    source: Fetches,
    copies: Copies,
    trends: Trends,
    bundle: PolicyBundle,
    scope: Scope,
    question: Question,
    wanted: Wanted,
) -> Report:
    """The report of a period for a unit or person within sight."""
    staff = await copies.staff(source)
    earlier = replace(question, period=before_period(bundle, question.period))
    needs = {need for measure in measures(bundle) for need in measure.needs}
    now = await gather(source, copies, bundle, question, needs)
    then = await gather(source, copies, bundle, earlier, needs)
    figures = await to_thread(_of, bundle, question, wanted.level, now, staff, wanted.key)
    was = await to_thread(_of, bundle, earlier, wanted.level, then, staff, wanted.key)
    before = {(f.kpi, f.measure): f for f in was}
    shown = _tiled(figures)
    series = await trends.series(
        source, copies, bundle, question, wanted.level, wanted.key, [figure.kpi for figure in shown]
    )
    causes, coded, cases = _causes(bundle, question, now, staff, wanted)
    units = None if wanted.level == "organisation" else _units(bundle, wanted)
    return Report(
        question=question,
        level=wanted.level,
        key=wanted.key,
        tiles=[_tile(figure, before, series) for figure in shown],
        figures=[(f, verdict_of(f), before.get((f.kpi, f.measure))) for f in figures],
        ages=[(f, before.get((f.kpi, f.measure))) for f in figures if f.kpi == 9],
        causes=causes,
        coded=coded,
        cases=cases,
        points=[] if wanted.level == "person" else await compare_service_points(source, bundle, question, units),
        cascade=wanted.cascade,
        rows=await to_thread(_rows, bundle, scope, staff, (question, now), (earlier, then), wanted),
        empty=not any(figure.n for figure in figures),
    )


def verdict_of(figure: Figure) -> Verdict:
    """Met, nearly met, or missed."""
    if figure.met is None or figure.target is None or figure.value is None:
        return ""
    if figure.met:
        return "ok"
    aim = float(figure.target.value)
    return "mid" if abs(figure.value - aim) <= NEARLY * abs(aim) else "bad"


def _of(
    bundle: PolicyBundle, question: Question, level: LevelName, material: Material, staff: Staff, key: str
) -> list[Figure]:
    wanted = [measure for measure in measures(bundle) if level in measure.levels]
    return assemble(bundle, question, level, material, wanted, staff, [key])


def _tiled(figures: list[Figure]) -> list[Figure]:
    primary = {figure.kpi: figure for figure in figures if figure.primary}
    return [primary[kpi] for kpi in TILES if kpi in primary][:8]


def _tile(figure: Figure, before: dict[tuple[int, str | None], Figure], series: Series) -> Tile:
    key = (figure.kpi, figure.measure)
    return Tile(figure, verdict_of(figure), before.get(key), series.get(key, []))


def _units(bundle: PolicyBundle, wanted: Wanted) -> list[str]:
    return list(bundle.subtree(wanted.key)) if bundle.has_unit(wanted.key) else []


def _causes(
    bundle: PolicyBundle, question: Question, material: Material, staff: Staff, wanted: Wanted
) -> tuple[list[CauseShare], int, int]:
    places = Places(bundle, wanted.level, question.restricted_units, staff)
    found: dict[str, int] = {}
    coded = cases = 0
    for item in places.group(shares("caused")(material)).get(wanted.key, []):
        if isinstance(item, Share):
            coded, cases = coded + int(item.numerator), cases + int(item.denominator)
            if item.group:
                found[item.group] = found.get(item.group, 0) + int(item.numerator)
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [CauseShare(cause, count) for cause, count in ordered], coded, cases


def _rows(
    bundle: PolicyBundle,
    scope: Scope,
    staff: Staff,
    now: tuple[Question, Material],
    then: tuple[Question, Material],
    wanted: Wanted,
) -> list[Row]:
    """Whose report it is first, then the units below in the order of the tree, then the persons, within sight."""
    found: dict[tuple[LevelName, str], Row] = {}
    for level in dict.fromkeys((wanted.level, *wanted.rows)):
        chosen = [
            measure
            for measure in measures(bundle, {wanted.cascade, *BESIDE})
            if level in measure.levels and (measure.primary or measure.code is None)
        ]
        earlier = {(f.kpi, f.key): f for f in assemble(bundle, then[0], level, then[1], chosen, staff)}
        by_key: dict[str, dict[int, Figure]] = {}
        for figure in assemble(bundle, now[0], level, now[1], chosen, staff):
            if sees_key(scope, bundle, level, figure.key, staff):
                by_key.setdefault(figure.key, {})[figure.kpi] = figure
        for key, beside in by_key.items():
            if wanted.cascade in beside and _is_below(bundle, staff, wanted, level, key):
                depth = _depth(bundle, wanted, level, key)
                before = earlier.get((wanted.cascade, key))
                found[level, key] = _row(key, beside[wanted.cascade], before, beside, depth)
    return [found[place] for place in _in_order(bundle, staff, found)]


def _is_below(bundle: PolicyBundle, staff: Staff, wanted: Wanted, level: LevelName, key: str) -> bool:
    """Whether a unit or person belongs to the one whose report it is."""
    if wanted.level == "organisation" or key == wanted.key:
        return True
    if wanted.level == "person":
        return False
    unit = key
    if level == "person":
        member = staff.get(as_uuid(key))
        unit = member.unit if member else ""
    return bundle.has_unit(unit) and unit in bundle.subtree(wanted.key)


def _depth(bundle: PolicyBundle, wanted: Wanted, level: LevelName, key: str) -> int:
    if level == wanted.level and key == wanted.key:
        return 0
    if level == "department" and "line" in wanted.rows and bundle.line_of(key):
        return 2
    return 1


def _in_order(
    bundle: PolicyBundle, staff: Staff, found: dict[tuple[LevelName, str], Row]
) -> list[tuple[LevelName, str]]:
    tree = {code: n for n, code in enumerate(_tree(bundle, bundle.root.code))}

    def place(item: tuple[LevelName, str]) -> tuple[int, int, str]:
        level, key = item
        if level == "person":
            return 1, 0, staff.name(as_uuid(key))
        return 0, tree.get(key, 0), key

    return sorted(found, key=place)


def _tree(bundle: PolicyBundle, code: str) -> list[str]:
    """A unit and everything below it, each unit followed by its own."""
    return [code, *(below for child in bundle.children(code) for below in _tree(bundle, child))]


def _row(key: str, figure: Figure, before: Figure | None, found: dict[int, Figure], depth: int) -> Row:
    low, high = wilson(float(figure.numerator or 0), float(figure.denominator or 0))
    missed = False
    if figure.target is not None and figure.denominator:
        aim = float(figure.target.value)
        missed = high < aim if figure.target.direction == "up" else low > aim
    beside = {kpi: found[kpi] for kpi in BESIDE if kpi in found}
    return Row(key, figure, before, low, high, missed, beside, depth)


def lower_levels(bundle: PolicyBundle) -> list[LevelName]:
    """The levels this enterprise has: those with units, and persons."""
    have = {unit.level for unit in bundle.units} | {"organisation", "person"}
    return [level for level in LEVEL_ORDER if level in have]
