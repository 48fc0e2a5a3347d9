"""Migrations in two phases: what only adds may come while the old version runs; what takes away waits for its end."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import asyncpg
import pytest

from services.kit.database import Database
from services.kit.migrate import (
    DatabaseNewer,
    DatabaseOutdated,
    OlderStillRunning,
    Pending,
    check_tables,
    known_versions,
    migrate_async,
    pending,
    stored_versions,
    targets,
    versions_dir,
)
from services.kit.presence import ALIVE, enter, number_of, running_versions, stay_present
from services.kit.settings import SERVICES
from tests.journeys.whole import whole_system

ADDS = """
revision = "{number}"
down_revision = "{before}"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    from alembic import op

    op.execute('alter table routing."case" add column shelf text')
    op.execute("create table routing.shelf (code text primary key)")
    op.execute('create index ix_case_shelf on routing."case" (shelf)')
"""

TAKES = """
revision = "{number}"
down_revision = "{before}"
branch_labels = None
depends_on = None
phase = "post"


def upgrade() -> None:
    from alembic import op

    op.execute('alter table routing."case" drop column gist')
"""


class Next:
    """The next version of the program: one migration that adds to routing's tables, and one that takes away."""

    def __init__(self, folder: Path) -> None:
        last = known_versions("routing")[-1]
        self.added, self.removed = f"{int(last) + 1:04}", f"{int(last) + 2:04}"
        shutil.copytree(versions_dir("routing"), folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / f"{self.added}_add_the_shelf.py").write_text(ADDS.format(number=self.added, before=last))
        (folder / f"{self.removed}_drop_the_gist.py").write_text(TAKES.format(number=self.removed, before=self.added))
        self.folders = {"routing": folder}


@pytest.fixture
def following(tmp_path: Path) -> Next:
    """The version after this one."""
    return Next(tmp_path / "versions")


async def test_the_main_job_goes_on_over_what_the_next_version_adds(
    database_url: str, following: Next, tmp_path: Path
) -> None:
    assert await migrate_async(database_url, SERVICES, "pre", following.folders) == ["routing"]
    await check_tables(database_url, SERVICES)
    assert await migrate_async(database_url, SERVICES) == []
    database = Database(database_url, "governance")
    try:
        async with whole_system(database, tmp_path / "data") as system:
            receipt = await system.file(category="lodging")
            case = await system.case(receipt["tracking_number"])
            assert case["state"] == "assigned"
            assert case["clocks"]
    finally:
        await database.close()


async def test_what_takes_away_waits_until_no_older_process_runs(database_url: str, following: Next) -> None:
    await migrate_async(database_url, SERVICES, "pre", following.folders)
    older = await asyncpg.connect(database_url)
    await enter(older, {name: known_versions(name)[-1] for name in SERVICES})
    with pytest.raises(OlderStillRunning, match="drop the gist") as refused:
        await migrate_async(database_url, SERVICES, "post", following.folders)
    assert "redress migrate --phase post" in refused.value.remedy
    await older.close()
    newer = await asyncpg.connect(database_url)
    await enter(newer, {"routing": following.removed})
    assert await running_versions(newer, "routing") == [following.removed]
    assert await migrate_async(database_url, SERVICES, "post", following.folders) == ["routing"]
    await newer.close()


async def test_a_program_does_not_start_on_tables_that_lack_what_it_needs(database_url: str, following: Next) -> None:
    with pytest.raises(DatabaseOutdated, match="add the shelf") as refused:
        await check_tables(database_url, SERVICES, following.folders)
    assert "redress migrate --phase pre" in refused.value.remedy
    assert [(each.number, each.phase) for each in await pending(database_url, SERVICES, following.folders)] == [
        (following.added, "pre"),
        (following.removed, "post"),
    ]
    await migrate_async(database_url, SERVICES, "pre", following.folders)
    await check_tables(database_url, SERVICES, following.folders)


async def test_a_program_does_not_start_once_what_it_uses_was_taken_away(database_url: str, following: Next) -> None:
    await migrate_async(database_url, SERVICES, "all", following.folders)
    assert (await stored_versions(database_url, ["routing"]))["routing"] == following.removed
    with pytest.raises(DatabaseNewer):
        await check_tables(database_url, SERVICES)


async def test_what_takes_away_is_not_done_before_what_adds(database_url: str, following: Next) -> None:
    with pytest.raises(DatabaseOutdated, match="add the shelf"):
        await migrate_async(database_url, SERVICES, "post", following.folders)


def test_the_first_phase_stops_before_what_takes_away() -> None:
    steps = [Pending("sla", "0002", "pre", ""), Pending("sla", "0003", "post", ""), Pending("sla", "0004", "pre", "")]
    assert targets(steps, "pre") == {"sla": "0002"}
    assert targets(steps[1:], "post") == {"sla": "0003"}
    assert targets(steps[1:], "pre") == {}
    assert targets(steps, "all") == {"sla": "0004"}


async def test_a_process_is_present_while_it_runs_and_gone_when_it_is_killed(database_url: str) -> None:
    checked = asyncio.Event()

    async def check() -> None:
        checked.set()

    looking = await asyncpg.connect(database_url)
    staying = asyncio.create_task(stay_present(database_url, {"sla": "0001", "intake": "0001"}, check))
    await asyncio.wait_for(checked.wait(), 20)
    assert await running_versions(looking, "sla") == await running_versions(looking, "intake") == ["0001"]
    assert await running_versions(looking, "routing") == []
    staying.cancel()
    await asyncio.gather(staying, return_exceptions=True)
    async with asyncio.timeout(20):
        await looking.execute(
            "select pg_advisory_lock($1, $2)", ALIVE, number_of("sla", "0001")
        )  # free once it is gone
    await looking.close()
