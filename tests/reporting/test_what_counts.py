"""What counts, for whom, and what is kept out of sight: the rules around the figures (domain §2 and §5)."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from schemas.complaints import History
from services.kit.database import Database
from services.reporting.period import Period
from tests.reporting.happenings import Complaint, Happening, World, at, march, office, person


@pytest.fixture
async def world(database: Database) -> World:
    return await World(database).open()


def missed(name: str) -> Complaint:
    return (
        Complaint(name, "2026-03-02 09:00").moves("received", "2026-03-02 09:00").misses("resolve", "2026-03-10 16:30")
    )


async def test_a_target_missed_before_the_case_left_the_count_stays_missed(world: World) -> None:
    due = "2026-03-10 16:30"
    await world.tell(
        missed("merged").moves("merged", "2026-03-12 09:00").cancels("resolve", due, "2026-03-12 09:00"),
        missed("spam").becomes("spam", "2026-03-12 09:00").cancels("resolve", due, "2026-03-12 09:00"),
        Complaint("in_time", "2026-03-02 09:00").starts("resolve", due).moves("withdrawn", "2026-03-05 09:00")
        .cancels("resolve", due, "2026-03-05 09:00"),
        Complaint("enquiry", "2026-03-02 09:00", kind="enquiry").misses("resolve", due),
    )  # fmt: skip
    figure = await world.figure(4)
    assert (figure.numerator, figure.denominator) == (0, 2)
    assert (await world.figure(12)).denominator == 0


async def test_history_without_the_needed_time_is_left_out_and_counted(world: World) -> None:
    await world.tell(
        Complaint("finished", "2026-03-02 09:00", history=History(state="closed"))
        .misses("resolve", "2026-03-20 16:30"),
        Complaint("known", "2026-03-02 09:00", history=History(state="closed", decided_at=at("2026-03-09 09:00")))
        .met("resolve", "2026-03-20 16:30", "2026-03-09 09:00"),
        Complaint("running", "2026-03-02 09:00", history=History(state="investigating"))
        .misses("resolve", "2026-03-20 16:30"),
    )  # fmt: skip
    told = await world.figure(4)
    assert (told.numerator, told.denominator, told.left_out) == (1, 2, 1)
    assert (await world.figure(1)).left_out == 3
    assert (await world.figure(5)).left_out == 1
    assert (await world.figure(7)).left_out == 2
    assert (await world.figure(8)).value == 1


async def test_an_imported_rating_counts_although_nobody_knows_when_it_was_given(world: World) -> None:
    await world.tell(Complaint("a", "2026-03-02 09:00", history=History(state="closed", rating=5)))
    assert (await world.figure(15)).denominator == 1


async def test_the_end_of_a_period_is_out_and_its_beginning_in(world: World) -> None:
    await world.tell(
        Complaint("first", "2026-03-01 00:00"),
        Complaint("last", "2026-03-31 23:59"),
        Complaint("next", "2026-04-01 00:00"),
    )
    assert (await world.figure(24)).denominator == 2


async def test_a_unit_holds_what_is_below_it_and_the_organisation_everything(world: World) -> None:
    due = "2026-03-10 16:30"
    await world.tell(
        Complaint("a", "2026-03-02 09:00").met("resolve", due, "2026-03-09 09:00"),
        Complaint("b", "2026-03-02 09:00", unit="sales", owner="malee").misses("resolve", due),
        Complaint("c", "2026-03-02 09:00", unit="legal").misses("resolve", due),
        Complaint("unassigned", "2026-03-02 09:00", unit=None, owner=None).misses("resolve", due),
    )
    departments = {f.key: (f.numerator, f.denominator) for f in await world.figures("department", kpis=[4])}
    assert (departments["lodging"], departments["sales"], departments["legal"]) == ((1, 1), (0, 1), (0, 1))
    lines = {f.key: (f.numerator, f.denominator) for f in await world.figures("line", kpis=[4])}
    assert lines == {"services": (1, 2), "support": (0, 1)}
    assert (await world.figure(4)).denominator == 4


async def test_medians_are_taken_anew_at_each_level_and_never_averaged(world: World) -> None:
    due = "2026-03-30 16:30"
    days = {"a": ("lodging", "2026-03-03"), "b": ("lodging", "2026-03-04"), "c": ("lodging", "2026-03-05"),
            "d": ("sales", "2026-03-16")}  # fmt: skip
    await world.tell(
        *(Complaint(n, "2026-03-02 08:30", unit=u).met("resolve", due, f"{d} 08:30") for n, (u, d) in days.items())
    )
    assert (await world.figure(5, level="line", key="services")).value == 2.5


async def test_a_personal_figure_below_the_minimum_is_withheld(world: World) -> None:
    due = "2026-03-10 16:30"
    await world.tell(
        Complaint("a", "2026-03-02 09:00").met("resolve", due, "2026-03-09 09:00"),
        Complaint("b", "2026-03-02 09:00").misses("resolve", due),
        Complaint("c", "2026-03-02 09:00", unit="sales", owner="malee").misses("resolve", due),
    )
    shown = await world.figure(4, level="person", key=str(person("somchai")))
    assert (shown.value, shown.withheld) == (50.0, False)
    assert shown.target is not None
    hidden = await world.figure(4, level="person", key=str(person("malee")))
    assert (hidden.value, hidden.numerator, hidden.n, hidden.withheld) == (None, None, None, True)


async def test_a_clock_counts_for_whoever_had_it_when_it_fell_due_and_backlog_for_the_present_owner(
    world: World,
) -> None:
    case = missed("a")
    case.unit, case.owner = "sales", "malee"
    await world.tell(case.moves("assigned", "2026-03-15 09:00"))
    assert (await world.figure(4, level="department", key="lodging")).denominator == 1
    assert (await world.figure(8, level="department", key="sales")).value == 1


async def test_restricted_cases_count_only_within_the_restricted_scope(world: World) -> None:
    due = "2026-03-10 16:30"
    secret = Complaint("secret", "2026-03-02 09:00", unit="integrity", owner="prasit", restricted=True)
    await world.tell(
        secret.moves("assigned", "2026-03-02 09:00").misses("resolve", due).alert("executive", due, 3),
        Complaint("open", "2026-03-02 09:00").misses("resolve", due),
    )
    inside: dict[str, Any] = {"restricted_units": frozenset({"integrity"})}
    for kpi in (4, 6, 8, 11, 12, 24, 28):
        outside, within = await world.figure(kpi), await world.figure(kpi, **inside)
        assert (outside.n, within.n) == (1, 2), kpi
    assert (await world.figure(25)).n == 0
    assert "integrity" not in {f.key for f in await world.figures("department", kpis=[4])}
    assert "integrity" in {f.key for f in await world.figures("department", kpis=[4], **inside)}


async def test_figures_can_be_asked_of_one_channel_category_or_service_point(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00", channel="line", category="cleanliness"),
        Complaint("b", "2026-03-02 09:00", channel="web", category="lodging", service_point=None),
        Complaint("c", "2026-03-02 09:00", channel="web", category="product", service_point="shop"),
    )
    assert (await world.figure(8, channel="web")).value == 2
    assert (await world.figure(24, category="lodging")).denominator == 2
    assert (await world.figure(28, service_point="shop")).denominator == 1


def life(number: int) -> Complaint:
    """A full life with every kind of event that changes a fact."""
    case = Complaint(f"life{number}", "2026-03-02 09:00", complainant="x", transfers=number % 2)
    case.moves("received", "2026-03-02 09:00").starts("resolve", "2026-03-20 16:30")
    case.met("acknowledge", "2026-03-03 16:30", "2026-03-02 10:00").alert("unit_head", "2026-03-10 09:00", 2)
    case.moves("investigating", "2026-03-04 09:00").raised("2026-03-05 09:00")
    case.met("resolve", "2026-03-20 16:30", "2026-03-19 09:00").moves("decision_communicated", "2026-03-19 09:00")
    case.moves("closed", "2026-03-23 09:00").rates(4, "2026-03-24 09:00").reopens("2026-03-25 09:00")
    case.starts("resolve", "2026-04-15 16:30", cycle=2, started="2026-03-25 09:00")
    return case.recovery(("detected", "2026-03-20 09:00"), ("offered", "2026-03-21 09:00"))


@pytest.mark.parametrize("seed", range(6))
async def test_the_order_between_journals_and_repetition_change_nothing(database: Database, seed: int) -> None:
    """Every journal keeps its own order for a case; between journals any order comes to the same rows and sums."""
    chance = random.Random(seed)
    world = await World(database).open()
    cases = [life(number) for number in range(3)]
    await world.read()
    for case in cases:
        for happening in _interleaved(case.happened, chance):
            await world.happen([happening])
            await world.read()
    straight = World(database)
    rows = await _rows(world)
    await _refill(straight)
    assert await _rows(straight) == rows


def _interleaved(happened: list[Happening], chance: random.Random) -> list[Happening]:
    queues: dict[str, list[Happening]] = defaultdict(list)
    for happening in happened:
        queues[happening.fact.SOURCE].append(happening)
    mixed = []
    while queues:
        source = chance.choice(sorted(queues))
        mixed.append(queues[source].pop(0))
        if not queues[source]:
            del queues[source]
    return mixed


TABLES = ("case_fact", "clock_fact", "span_fact", "alert_fact", "rating_fact", "remedy_fact", "recovery_fact")


async def _rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    found = {
        t: [tuple(r) for r in await world.database.read(f"select * from reporting.{t} order by 1, 2, 3")]
        for t in TABLES
    }
    sums = "select * from reporting.daily_sum where (numerator, denominator) <> (0, 0) order by 1, 2, 3, 4, 5, 6, 7, 8"
    return found | {"daily_sum": [tuple(row) for row in await world.database.read(sums)]}


async def _refill(world: World) -> None:
    """Read every journal again, on top of what is there: nothing may be counted twice."""
    await world.database.read("update reporting.cursor set position = 0")
    await world.read()


async def test_every_figure_of_march_is_shown_for_the_period_before_as_nothing(world: World) -> None:
    await world.tell(life(1))
    february = Period(at("2026-02-01").date().replace(day=1), march().first)
    assert all(not f.numerator for f in await world.figures(period=february) if f.kpi != 22)
    assert office().lifecycle.minimum_n == 2
