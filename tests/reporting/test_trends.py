"""Twelve months of a figure: what they show, and that months which are over are not computed again and again."""

from __future__ import annotations

import pytest

from services.kit.database import Database
from services.reporting.question import Question
from services.reporting.trends import Series, Trends
from tests.reporting.happenings import Complaint, World, at, march, office


@pytest.fixture
async def world(database: Database) -> World:
    return await World(database).open()


async def series(world: World, trends: Trends) -> Series:
    question = Question(march(), at("2026-04-15 10:00"))
    return await trends.series(world.database, world.copies, office(), question, "organisation", "quick", [8, 4])


async def test_a_trend_has_twelve_months_and_a_gap_where_nothing_was_measured(world: World) -> None:
    await world.tell(Complaint("a", "2026-02-02 09:00").met("resolve", "2026-02-09 16:30", "2026-02-05 09:00"))
    found = await series(world, Trends())
    assert found[4, None] == [None] * 10 + [100.0, None]
    assert found[8, None] == [0.0] * 10 + [1.0, 1.0]


async def test_a_month_that_is_over_is_remembered_for_a_while_and_then_read_anew(world: World) -> None:
    remembering, forgetful = Trends(fresh_seconds=600), Trends(fresh_seconds=0)
    assert (await series(world, remembering))[8, None][-1] == 0.0
    await world.tell(Complaint("a", "2026-03-02 09:00"))
    assert (await series(world, remembering))[8, None][-1] == 0.0
    assert (await series(world, forgetful))[8, None][-1] == 1.0
