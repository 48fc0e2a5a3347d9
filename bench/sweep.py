"""A sweep that finds 500 due among 10,000 and among 1,000,000 open clocks, in turns.

    python -m bench sweep

Two cases are filed and followed by the real use cases: one early, one late. Their rows are multiplied set-based, and
the sweep runs at a moment when a clock of the early one is due and none of the late one. After each run the early ones
are put back. What is measured is one call of the sweep: finding, judging, announcing, alerting.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bench.figures import Figure, median
from services.cli.runtime import build
from services.governance.add_staff import sample_staff
from services.governance.adopt_policy import adopt_sample_policy
from services.governance.check_policy import check_policy
from services.intake.file_complaint import file_complaint
from services.intake.filing import read_filing
from services.intake.filing_checks import check
from services.intake.serials import Serials
from services.kit.copies import Copies, Staff
from services.kit.database import Database
from services.kit.embedded import EmbeddedPostgres
from services.kit.migrate import migrate
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings
from services.sla.editions import Editions
from services.sla.records import CASE_COLUMNS, CLOCK_COLUMNS
from services.sla.sweep import sweep

CLOCK = ", ".join(f"k.{name}" for name in CLOCK_COLUMNS)
DUE, SIZES = 500, (10_000, 1_000_000)
RUNS, GOAL = 9, 1.2
EARLY = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
LATE = EARLY + timedelta(days=4, hours=2)


@dataclass(slots=True)
class World:
    """One database with its clocks, and what a sweep needs."""

    database: Database
    editions: Editions
    now: datetime

    async def swept(self) -> float:
        """Seconds for one sweep that finds everything due; then everything is as before."""
        begun = time.perf_counter()
        found = await sweep(self.database, self.editions, self.now)
        spent = time.perf_counter() - begun
        if found.found != DUE:
            raise AssertionError(f"{found.found} clocks were due, not {DUE}")
        async with self.database.transaction() as tx:
            await tx.execute("truncate sla.alert")
            await tx.execute("delete from sla.clock where case_id in (select case_id from public.early)")
            await tx.execute(f"insert into sla.clock ({', '.join(CLOCK_COLUMNS)}) select * from public.early")
        return spent


async def file_two(url: str) -> None:
    """An early and a late complaint, followed by every reader."""
    at = [EARLY]
    runtime = build(
        Settings(secret="a secret that is long enough for it"), Database(url, "governance"), now=lambda: at[0]
    )
    await runtime.prepare()
    text = (deploy_dir() / "policies" / "fio.yaml").read_text(encoding="utf-8")
    bundle = check_policy(text).bundle
    assert bundle is not None
    async with runtime.contexts["governance"].database.transaction() as tx:
        await adopt_sample_policy(tx, bundle, now=EARLY, effective_from=EARLY - timedelta(days=3650))
        await sample_staff(tx, bundle, lambda: "no password", now=EARLY)
    for now in (EARLY, LATE):
        at[0] = now
        filing = read_filing({"narrative": "น้ำไม่ไหล", "category": "lodging_not_ready", "identity": "anonymous"})
        await file_complaint(
            runtime.contexts["intake"].database, check(filing, bundle, Staff(()), now), bundle=bundle,
            serials=Serials(), settings=runtime.settings, now=now,
        )  # fmt: skip
        await runtime.drain()
    await runtime.stop()


async def multiply(connection: asyncpg.Connection[Any], size: int) -> datetime:
    """Fill up to `size` open clocks, 500 of them due; the moment at which they are."""
    rows = await connection.fetch("select case_id from sla.case_copy order by received_at")
    early, late = (row["case_id"] for row in rows)
    await connection.execute("delete from sla.clock where next_at is null")
    due_at: datetime = await connection.fetchval("select min(next_at) from sla.clock where case_id = $1", early)
    await connection.execute("delete from sla.clock where case_id = $1 and next_at <> $2", early, due_at)
    left = await connection.fetch("select next_at from sla.clock where case_id = $1 order by next_at", late)
    soonest, of_one = left[0]["next_at"], len(left)
    if soonest < due_at + timedelta(hours=1):
        raise AssertionError(f"the late case is due at {soonest}, the early one at {due_at}")
    await _copies(connection, early, DUE - 1, "k.next_at")
    # What is not due is due at any moment of the days that follow, as in life.
    await _copies(connection, late, (size - DUE) // of_one - 1, "k.next_at + random() * interval '10 days'")
    await connection.execute(f"create table public.early as select {CLOCK} from sla.clock k where next_at = '{due_at}'")
    await connection.execute("vacuum analyze")
    return due_at + timedelta(seconds=1)


async def _copies(connection: asyncpg.Connection[Any], case_id: UUID, copies: int, next_at: str) -> None:
    await connection.execute(
        f"create temp table made as select gen_random_uuid() as id from generate_series(1, {copies})"
    )
    await connection.execute(
        f"insert into sla.case_copy ({', '.join(CASE_COLUMNS)})"
        f" select m.id, {', '.join(f'c.{name}' for name in CASE_COLUMNS[1:])}"
        " from made m, sla.case_copy c where c.case_id = $1",
        case_id,
    )
    values = ", ".join({"case_id": "m.id", "next_at": next_at}.get(name, f"k.{name}") for name in CLOCK_COLUMNS)
    await connection.execute(
        f"insert into sla.clock ({', '.join(CLOCK_COLUMNS)}) select {values}"
        " from made m, sla.clock k where k.case_id = $1",
        case_id,
    )
    await connection.execute("drop table made")


async def measure(server: EmbeddedPostgres) -> dict[int, list[float]]:
    """Sweeps of each size, in turns."""
    await file_two(server.url)
    admin = await asyncpg.connect(server.url_of("postgres"))
    worlds: dict[int, World] = {}
    for size in SIZES:
        await admin.execute(f"create database clocks_{size} template redress strategy file_copy")
        url = server.url_of(f"clocks_{size}")
        connection = await asyncpg.connect(url)
        now = await multiply(connection, size)
        await connection.close()
        worlds[size] = World(Database(url, "sla"), Editions(Copies("sla")), now)
    await admin.execute("checkpoint")
    await admin.close()
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for run in range(RUNS + 1):
        for size, world in worlds.items():
            spent = await world.swept()
            if run:  # the first one reads pages and prepares statements
                seconds[size].append(spent)
    for world in worlds.values():
        await world.database.close()
    return seconds


def main() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        server = EmbeddedPostgres.start(Path(folder) / "data")
        try:
            migrate(server.url, SERVICES)
            seconds = asyncio.run(measure(server))
        finally:
            server.stop()
    few, many = (median(seconds[size]) * 1000 for size in SIZES)
    return [
        Figure(f"sweep: {DUE} due among {SIZES[1]:,} open clocks", many, "ms", few, f"among {SIZES[0]:,}",
               at_most=GOAL, of_ratio=True),
        Figure("  clocks judged, alerted and announced", DUE / median(seconds[SIZES[1]]), "/s"),
    ]  # fmt: skip
