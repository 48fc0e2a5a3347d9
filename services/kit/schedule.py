"""Periodic work: each job of a service's `schedule.py`, run by APScheduler, by one replica at a time."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from services.kit import metrics, tracing
from services.kit.database import Database
from services.kit.trouble import told

log = structlog.get_logger()

CLOCK_SECONDS = 5.0
"""How often it is looked whether the wall clock was set back."""

CLOCK_SLACK = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Job:
    """Something done again and again.

    `run(now)` must be right when it runs late, twice or after a crash; `every` is in seconds, or `cron` a five-field
    crontab in `zone`.
    """

    name: str
    what: str
    run: Callable[[datetime], Awaitable[object]]
    every: float | None = None
    cron: str | None = None
    zone: str = "Asia/Bangkok"
    heard: bool = True
    """Whether somebody may hear of what it does. A restore makes up for such jobs before anything is sent again, and
    leaves the others to the running system."""

    def rhythm(self) -> str:
        """How often, for people."""
        return f"every {self.every:g} s" if self.every else f"cron {self.cron} ({self.zone})"


async def run_once(database: Database, job: Job, now: datetime) -> bool:
    """Run a job unless another replica is running it; False when it was."""
    begun = time.perf_counter()
    outcome = "failed"
    try:
        outcome = await _run(database, job, now)
    finally:
        metrics.JOB_RUNS.labels(database.service, job.name, outcome).inc()
        if outcome != "elsewhere":
            metrics.JOB_SECONDS.labels(database.service, job.name).set(time.perf_counter() - begun)
        if outcome == "ok":
            metrics.JOB_SUCCESS.labels(database.service, job.name).set_to_current_time()
    return outcome == "ok"


async def _run(database: Database, job: Job, now: datetime) -> str:
    key = zlib.crc32(f"{database.service}.{job.name}".encode())
    async with database.connections.jobs, database.transaction() as tx:
        if not await tx.fetchval("select pg_try_advisory_xact_lock(7431, $1)", key - 2**31):
            return "elsewhere"
        with tracing.working(f"{database.service} {job.name}"):
            await job.run(now)
    return "ok"


def start_jobs(database: Database, jobs: list[Job], now: Callable[[], datetime]) -> AsyncIOScheduler:
    """Start the jobs of a service; a failing run is logged and the next one still comes."""
    scheduler = AsyncIOScheduler()
    for job in jobs:

        async def tick(job: Job = job) -> None:
            if not database.room.works:
                return  # the readers say so in the log; the next run makes up for this one
            try:
                await run_once(database, job, now())
            except Exception as problem:
                await log.aerror("job failed", service=database.service, job=job.name, error=told(problem))

        trigger = IntervalTrigger(seconds=job.every) if job.every else CronTrigger.from_crontab(job.cron, job.zone)
        scheduler.add_job(tick, trigger, id=job.name, max_instances=1, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    keep_time(scheduler)
    return scheduler


def keep_time(scheduler: AsyncIOScheduler) -> None:
    """See to it, by a clock that only goes forward, that no job waits for a time the wall clock was set back from."""
    if not scheduler.running:
        return
    now = datetime.now(UTC)
    for job in scheduler.get_jobs():
        rhythm = getattr(job.trigger, "interval", None)
        if rhythm is not None and job.next_run_time is not None and job.next_run_time - now > rhythm + CLOCK_SLACK:
            job.modify(next_run_time=now)
    asyncio.get_running_loop().call_later(CLOCK_SECONDS, keep_time, scheduler)
