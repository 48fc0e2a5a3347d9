"""A rebuild gives the same figures as before, and leaves alone what is not a projection."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.kit.database import Database
from services.kit.errors import Conflict
from services.reporting.rebuild import LOCK, rebuild
from services.reporting.tables import PROJECTIONS
from tests.reporting.happenings import Complaint, World
from tests.reporting.test_recompute import _complaint as any_complaint


async def _contents(database: Database) -> dict[str, list[Any]]:
    found = {}
    for name in PROJECTIONS:
        where = "where denominator <> 0" if name == "daily_sum" else ""
        rows = await database.read(f"select * from reporting.{name} {where}")
        found[name] = sorted(str(tuple(row)) for row in rows)
    return found


@pytest.fixture
async def world(database: Database) -> World:
    world = await World(database).open()
    chance = random.Random(3)
    return await world.tell(*(any_complaint(number, chance) for number in range(40)))


async def test_a_rebuild_fills_the_same_facts_and_sums_and_keeps_the_cursors(world: World) -> None:
    before = await _contents(world.database)
    cursors = await world.database.read("select * from reporting.cursor order by 1, 2")
    seen: list[tuple[int, int]] = []
    done = await rebuild(world.database, world.copies, progress=lambda read, total: seen.append((read, total)))
    assert await _contents(world.database) == before
    assert await world.database.read("select * from reporting.cursor order by 1, 2") == cursors
    assert seen[-1] == (done.events, done.events)
    await world.tell(Complaint("later", "2026-03-05 09:00"))
    assert await _contents(world.database) != before


async def test_a_rebuild_mends_facts_that_were_damaged(world: World) -> None:
    before = await _contents(world.database)
    await world.database.read("delete from reporting.daily_sum")
    await world.database.read("update reporting.case_fact set state = 'closed', valid = false")
    await rebuild(world.database, world.copies)
    assert await _contents(world.database) == before


async def test_a_rebuild_reads_no_further_than_the_live_reader(world: World) -> None:
    unread = Complaint("unread", "2026-03-05 09:00")
    await world.happen(unread.happened)
    await rebuild(world.database, world.copies)
    assert await world.database.read("select from reporting.case_fact where case_id = $1", unread.case_id) == []
    await world.read()
    assert len(await world.database.read("select from reporting.case_fact where case_id = $1", unread.case_id)) == 1


async def test_what_is_parked_is_passed_over_by_a_rebuild_as_it_was_by_the_reader(world: World) -> None:
    lost = Complaint("lost", "2026-03-05 09:00")
    await world.happen(lost.happened)
    rows = await world.database.read(
        "select bucket, position, id, type from intake.journal where case_id = $1", lost.case_id
    )
    async with world.database.transaction() as tx:
        await tx.execute(
            "insert into reporting.parked (source, bucket, position, case_id, type, status, reason, event)"
            " values ('intake', $1, $2, $3, 'complaint-filed', 'failed', 'test', '{}')",
            rows[0]["bucket"],
            rows[0]["position"],
            lost.case_id,
        )
        await tx.execute(
            "update reporting.cursor set position = $2 where source = 'intake' and bucket = $1",
            rows[0]["bucket"],
            rows[0]["position"],
        )
    done = await rebuild(world.database, world.copies)
    assert done.passed_over == 1
    assert await world.database.read("select from reporting.case_fact where case_id = $1", lost.case_id) == []


async def test_indexes_and_keys_have_their_names_after_a_rebuild(world: World) -> None:
    names = "select indexname from pg_indexes where schemaname = 'reporting' order by 1"
    before = await world.database.read(names)
    await rebuild(world.database, world.copies)
    assert await world.database.read(names) == before


async def test_two_rebuilds_do_not_run_at_once(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute("select pg_advisory_xact_lock($1)", LOCK)
        with pytest.raises(Conflict):
            await rebuild(world.database, world.copies)
