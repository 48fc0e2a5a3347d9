"""Each KPI of domain §5 on a small hand-made set of cases, its figure computed by hand.

March 2026 begins on a Sunday: the 2nd, 9th, 16th, 23rd and 30th are Mondays. A working day has 7 working hours.
"""

from __future__ import annotations

import pytest

from services.kit.database import Database
from tests.reporting.happenings import Complaint, World


@pytest.fixture
async def world(database: Database) -> World:
    return await World(database).open()


async def test_kpi_1_divides_the_acknowledged_in_time_by_all_that_fell_due(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-02 10:00"),
        Complaint("b", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-03 16:30"),
        Complaint("c", "2026-03-02 09:00").met("acknowledge", "2026-03-03 16:30", "2026-03-04 09:00"),
        Complaint("d", "2026-03-02 09:00").misses("acknowledge", "2026-03-03 16:30"),
        Complaint("april", "2026-03-31 15:00").met("acknowledge", "2026-04-01 16:30", "2026-03-31 16:00"),
    )
    figure = await world.figure(1)
    assert (figure.numerator, figure.denominator, figure.value, figure.n) == (2, 4, 50.0, 4)
    assert figure.target is not None
    assert figure.met is False


async def test_kpi_4_counts_a_case_that_is_still_open_after_its_deadline_as_not_in_time(world: World) -> None:
    await world.tell(
        Complaint("a", "2026-03-02 09:00").met("resolve", "2026-03-20 16:30", "2026-03-20 16:30"),
        Complaint("b", "2026-03-02 09:00").met("resolve", "2026-03-20 16:30", "2026-03-23 09:00"),
        Complaint("c", "2026-03-02 09:00").starts("resolve", "2026-03-20 16:30"),
    )
    figure = await world.figure(4)
    assert (figure.numerator, figure.denominator) == (1, 3)
    assert figure.value == pytest.approx(33.3333, abs=1e-4)


async def test_kpi_8_counts_what_was_open_at_the_end_of_the_period(world: World) -> None:
    await world.tell(
        Complaint("open", "2026-03-02 09:00").moves("assigned", "2026-03-02 10:00"),
        Complaint("closed", "2026-03-02 09:00")
        .moves("assigned", "2026-03-02 10:00")
        .moves("closed", "2026-03-10 10:00"),
        Complaint("closed_later", "2026-03-02 09:00").moves("closed", "2026-04-02 10:00"),
        Complaint("reopened", "2026-02-02 09:00").moves("closed", "2026-03-02 10:00").reopens("2026-03-20 10:00"),
        Complaint("filed_later", "2026-04-02 09:00").moves("assigned", "2026-04-02 10:00"),
    )
    assert (await world.figure(8)).value == 3
    assert (await world.figure(8, as_of="2026-03-15 12:00")).value == 2
