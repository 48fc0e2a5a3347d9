"""KPIs 4 to 6 on imported history that knows when decisions were told, through the true routing and sla.

Decisions are due at 16:30 on the fifth working day, the first day not counted. Worked out by hand:

    case  took        due         told        in time
    a     2.0 days    Mon  9 Mar  Wed  4 Mar  yes
    b     6.0 days    Mon  9 Mar  Mon  9 Mar  yes, at the very deadline
    c     6.0 days    Mon  9 Mar  Tue 10 Mar  no
    d     5.0 days    Fri 13 Mar  Fri 13 Mar  yes
    e     0.5 days    Fri 13 Mar  Mon  9 Mar  yes
    f     nobody knows when it was told: left out
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from schemas.complaints import History
from services.cli.runtime import build
from services.kit.database import Database
from services.kit.settings import Settings
from tests.reporting.happenings import Complaint, World, at

SAMPLE = Path(__file__).parent / "samples" / "decision_times.csv"


def imported(row: dict[str, str]) -> Complaint:
    times = {name: at(row[name]) if row[name] else None for name in ("acknowledged_at", "decided_at", "closed_at")}
    history: dict[str, Any] = {"state": row["state"], "unit": "lodging", **times}
    return Complaint(row["id"], row["received_at"], history=History(**history))


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> World:
    """The sample, read by routing, sla and reporting alike."""
    world = await World(database).open()
    await _read(world, tmp_path, [imported(row) for row in csv.DictReader(SAMPLE.open(encoding="utf-8"))])
    return world


async def _read(world: World, data: Path, complaints: list[Complaint]) -> None:
    await world.happen(happening for complaint in complaints for happening in complaint.happened)
    runtime = build(
        Settings(data=data), world.database, ("routing", "sla", "reporting"), now=lambda: at("2026-04-15 10:00")
    )
    await runtime.prepare()
    await runtime.drain()
    parked = await world.database.read("select source, type, reason from reporting.parked")
    assert parked == []


async def test_kpi_4_judges_history_by_its_own_times(world: World) -> None:
    figure = await world.figure(4)
    assert (figure.numerator, figure.denominator, figure.value, figure.left_out) == (4, 5, 80.0, 1)


async def test_kpi_5_is_the_median_of_the_times_history_knows(world: World) -> None:
    figure = await world.figure(5)
    assert (figure.value, figure.n, figure.left_out) == (5.0, 5, 1)


async def test_kpi_6_is_the_percentile_where_nothing_is_open(world: World) -> None:
    figure = await world.figure(6)
    assert (figure.value, figure.n, figure.left_out) == (6.0, 5, 1)


async def test_kpi_6_cannot_be_told_while_too_much_is_open(world: World, tmp_path: Path) -> None:
    """A complaint of 23 March is 7 days old at the end of March: the estimate stays at 1/6, above a tenth."""
    await _read(world, tmp_path, [Complaint("open", "2026-03-23 08:30")])
    figure = await world.figure(6)
    assert (figure.value, figure.n) == (None, 6)


async def test_finished_history_is_not_backlog_even_if_nobody_knows_when_it_ended(world: World) -> None:
    assert (await world.figure(8)).value == 0
    assert (await world.figure(7)).left_out == 1
