"""The figures from facts and sums are those that brute force derives from the journals, whatever happened."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, get_args

import pytest

from schemas.cases import State
from schemas.complaints import History
from schemas.governance import StaffMember
from schemas.policy import LEVEL_ORDER
from services.kit.database import Database
from services.kit.scope import Scope, scope_of
from services.reporting.compute_kpis import Figure, compute_kpis
from services.reporting.kpis.catalogue import measure
from services.reporting.list_cases import CaseRow, Drill, list_cases
from services.reporting.period import Period
from services.reporting.question import Question
from services.reporting.recompute import recompute_kpis
from tests.reporting.happenings import Complaint, World, at, march, office, person

EXECUTIVE: dict[str, Any] = {
    "staff_id": person("boss"), "username": "boss", "display_name": "boss", "unit": "quick", "roles": ("executive",)
}  # fmt: skip
UNITS = (("lodging", "somchai"), ("sales", "malee"), ("legal", "somsri"), (None, None))


def _when(chance: random.Random) -> str:
    moment = at("2026-01-15 08:00") + timedelta(minutes=chance.randrange(60 * 24 * 90))
    return (moment + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M")


def _history(chance: random.Random) -> History | None:
    if chance.random() > 0.25:
        return None

    def maybe() -> Any:
        return at(_when(chance)) if chance.random() < 0.5 else None

    return History(
        state=chance.choice(["closed", "investigating", "referred", "decision_communicated"]),
        unit=chance.choice(["lodging", "sales", None]),
        acknowledged_at=maybe(),
        first_contact_at=maybe(),
        decided_at=maybe(),
        closed_at=maybe(),
        reopened_count=chance.choice([0, 0, 1]),
        rating=chance.choice([None, 2, 5]),
        cause=chance.choice([None, "staff"]),
        out_of_scope=chance.random() < 0.1,
    )


def _complaint(number: int, chance: random.Random) -> Complaint:
    """A life that need not make sense: whatever is announced, both ways of counting must agree on it."""
    unit, owner = chance.choice(UNITS)
    case = Complaint(
        f"r{number}",
        _when(chance),
        kind=chance.choice(["complaint", "complaint", "complaint", "enquiry"]),
        channel=chance.choice(["web", "line", "phone"]),
        unit=unit,
        owner=owner,
        category=chance.choice(["lodging", "cleanliness", "product", None]),
        service_point=chance.choice(["cabin", "shop", None]),
        identity=chance.choice(["named", "anonymous"]),
        complainant=chance.choice(["x", "y", None]),
        reference=chance.choice(["c1", None]),
        history=_history(chance),
    )
    if chance.random() < 0.15:
        case.unit, case.owner, case.restricted = "integrity", "prasit", True
    for _ in range(chance.randrange(11)):
        _anything(case, chance)
    if chance.random() < 0.4:
        states: tuple[Any, ...] = (
            "detected",
            "offered",
            chance.choice(["accepted", "declined", "lapsed"]),
            "completed",
        )
        steps = sorted(_when(chance) for _ in states)[: chance.randrange(1, 5)]
        case.recovery(*zip(states, steps, strict=False), baht=chance.randrange(900), promised=_when(chance))
    return case


def _anything(case: Complaint, chance: random.Random) -> None:
    target: Any = chance.choice(["acknowledge", "first_contact", "resolve"])
    cycle, when, due = chance.choice([1, 1, 2]), _when(chance), _when(chance)
    if chance.random() < 0.2:
        case.unit, case.owner = chance.choice(UNITS)
        case.transfers += 1
    match chance.randrange(12):
        case 0 | 1 | 2:
            case.moves(chance.choice(get_args(State)), when)
        case 3:
            case.met(target, due, max(when, case.received), cycle=cycle)
        case 4:
            case.misses(target, due, cycle=cycle)
        case 5:
            case.cancels(target, due, when, cycle=cycle)
        case 6:
            known = chance.choice([None, "2026-03-20 09:00"]) if when < "2026-03-20" else None
            level = chance.choice(["owner", "unit_head", "executive:missed+P2WD"])
            case.alert(level, when, chance.randrange(100), known)
        case 7:
            case.rates(chance.randrange(1, 6), when, chance.choice([None, *range(1, 6)]))
        case 8:
            case.remedy(due, when, chance.choice(["done", "open", "dropped"]))
        case 9:
            case.becomes(chance.choice(["complaint", "spam", "suggestion"]), when)
        case _:
            case.reopens(when) if chance.random() < 0.5 else case.raised(when)


def _shown(figures: list[Figure]) -> list[tuple[Any, ...]]:
    return [
        (
            f.kpi,
            f.measure,
            f.key,
            f.numerator,
            f.denominator,
            f.value and round(f.value, 6),
            f.n,
            f.withheld,
            f.left_out,
        )
        for f in figures
    ]


@pytest.mark.parametrize("seed", range(5))
async def test_brute_force_over_the_journals_gives_the_same_figures_at_every_level(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    world = await World(database).open()
    lives = [_complaint(number, chance) for number in range(60)]
    for life in lives:
        for closure in range(chance.randrange(3)):
            life.invited(closure, _when(chance))
    await world.tell(*lives)
    assert await world.database.read("select type, reason from reporting.parked") == []
    periods = (march(), Period(at("2026-01-02").date(), at("2027-01-02").date()), march("2026-03-20"))
    for period in periods:
        for more in ({}, {"restricted_units": frozenset({"integrity"})}, {"channel": "line"}, {"category": "lodging"}):
            question = Question(period, at("2026-04-02 11:00"), **more)
            for level in LEVEL_ORDER:
                asked = (world.database, world.copies, office(), question, level)
                quick, slow = await compute_kpis(*asked), await recompute_kpis(*asked)
                assert _shown(quick) == _shown(slow), (period, more, level)
    assert any(figure.numerator for figure in await world.figures(kpis=[4, 8]))


async def test_every_figure_opens_to_exactly_the_cases_behind_it(database: Database) -> None:
    chance = random.Random(7)
    world = await World(database).open()
    await world.tell(*(_complaint(number, chance) for number in range(60)))
    question = Question(Period(at("2026-01-02").date(), at("2026-12-02").date()), at("2026-04-02 11:00"))
    scope = scope_of(office(), StaffMember(**EXECUTIVE))
    opened = 0
    for level in LEVEL_ORDER:
        for figure in await compute_kpis(world.database, world.copies, office(), question, level):
            found = measure(office(), figure.kpi, figure.measure)
            assert found is not None
            rows = await _all_rows(world, question, scope, Drill(found, level, figure.key))
            left = await _all_rows(world, question, scope, Drill(found, level, figure.key, "left_out"))
            assert len(left) == figure.left_out
            if not figure.withheld:
                expected = figure.numerator if figure.kpi == 9 else figure.n
                assert len(rows) == expected, figure
            if figure.unit == "percent" and figure.kpi not in (22, 28) and figure.numerator is not None:
                assert sum(row.hit for row in rows) == figure.numerator, figure
            opened += len(rows)
    assert opened > 200


async def _all_rows(world: World, question: Question, scope: Scope, drill: Drill) -> list[CaseRow]:
    rows: list[CaseRow] = []
    cursor: str | None = None
    while True:
        page = await list_cases(world.database, world.copies, office(), question, scope, drill, cursor=cursor, limit=7)
        rows += page.rows
        cursor = page.next_cursor
        if cursor is None:
            assert len({row.row for row in rows}) == len(rows)
            return rows
