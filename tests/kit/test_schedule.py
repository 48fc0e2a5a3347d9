"""Periodic jobs: one replica at a time, none lost to a failure, a full disk or a clock that is set back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from services.kit import schedule
from services.kit.database import Database
from services.kit.schedule import Job, run_once, start_jobs


class Counting:
    """A job that counts its runs."""

    def __init__(self, *, fails: bool = False) -> None:
        self.runs = 0
        self.fails = fails

    async def __call__(self, _now: datetime) -> None:
        self.runs += 1
        if self.fails:
            raise ValueError("081 234 5678 is not a number")

    async def until(self, runs: int) -> None:
        """Wait for a number of runs."""
        async with asyncio.timeout(10):
            while self.runs < runs:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def scheduled(database: Database, job: Counting) -> AsyncIterator[AsyncIOScheduler]:
    """The job, running twenty times a second."""
    scheduler = start_jobs(database, [Job("count", "counts", job, every=0.05)], lambda: datetime.now(UTC))
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)


async def test_a_clock_set_back_by_an_hour_stops_no_job(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "CLOCK_SECONDS", 0.05)
    job = Counting()
    async with scheduled(database, job) as scheduler:
        await job.until(1)
        # What the scheduler believes after the clock was set back: the next run lies an hour ahead.
        scheduler.modify_job("count", next_run_time=datetime.now(UTC) + timedelta(hours=1))
        await job.until(job.runs + 3)


async def test_a_failing_run_is_told_without_what_it_failed_on_and_the_next_one_comes(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Counting(fails=True)
    async with scheduled(database, job):
        await job.until(2)
    said = capsys.readouterr()
    assert "job failed" in said.out + said.err
    assert "081" not in said.out + said.err


async def test_two_replicas_do_not_run_a_job_at_once(database: Database) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(_now: datetime) -> None:
        entered.set()
        await leave.wait()

    now = datetime.now(UTC)
    first = asyncio.create_task(run_once(database, Job("slow", "waits", slow, every=1), now))
    await entered.wait()
    assert await run_once(database, Job("slow", "waits", slow, every=1), now) is False
    leave.set()
    assert await first is True


async def test_however_many_jobs_are_due_at_once_each_finds_a_connection_to_work_with(database: Database) -> None:
    done: list[int] = []

    def work_of(number: int) -> Job:
        async def work(_now: datetime) -> None:
            await database.read("select pg_sleep(0.01)")
            done.append(number)

        return Job(f"work-{number}", "reads beside its own lock", work, every=60)

    async with asyncio.timeout(15):
        await asyncio.gather(*(run_once(database, work_of(number), datetime.now(UTC)) for number in range(30)))
    assert sorted(done) == list(range(30))
