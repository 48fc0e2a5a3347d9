"""Reporting in a database of its own, out of reach of the journals: filled, and made anew, over the broker alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.envelope import Event
from scripts.kafka import Brokers
from services.cli.kpi import journals_of
from services.cli.runtime import Runtime, build
from services.cli.web_app import make_app
from services.governance.adopt_policy import adopt_sample_policy
from services.governance.check_policy import check_policy
from services.kit.broker_settings import Kafka
from services.kit.database import Database
from services.kit.embedded import EmbeddedPostgres
from services.kit.journal_pages import Journals, JournalTables, Stretch
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings
from services.reporting.rebuild import SOURCES, rebuild
from services.reporting.tables import PROJECTIONS

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

OTHERS = tuple(name for name in SERVICES if name != "reporting")
SETTINGS = Settings(secret="a secret of the tests, long enough to sign with")
BEFORE, LIVE = 15, 10


@dataclass
class Noted:
    """Journals that note what they answered."""

    journals: Journals
    events: list[Event] = field(default_factory=list)

    async def page(self, source: str, stretches: Sequence[Stretch], limit: int = 2000) -> list[Event]:
        """As `Journals.page`, a few at a time so that many pages are asked for."""
        found = await self.journals.page(source, stretches, min(limit, 32))
        self.events += found
        return found


@pytest.fixture
async def others(database_url: str, kafka: Kafka) -> AsyncIterator[Runtime]:
    """Every service but reporting, over one database, with a history that was recorded before there was a broker."""
    runtime = build(SETTINGS, Database(database_url, "governance"), OTHERS, kafka=kafka)
    await runtime.prepare()
    bundle = check_policy((deploy_dir() / "policies" / "quick.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    async with runtime.contexts["governance"].database.transaction() as tx:
        now = datetime.now(UTC)
        await adopt_sample_policy(tx, bundle, now=now, effective_from=now - timedelta(days=400))
    runtime.start(jobs=False)
    await caught_up(runtime)
    yield runtime
    await runtime.stop()


@pytest.fixture
async def reporting(
    postgres: EmbeddedPostgres, migrated: str, database_url: str, kafka: Kafka
) -> AsyncIterator[Runtime]:
    """Reporting alone, over a new database."""
    name = f"reporting_of_{database_url.rsplit('/', 1)[-1].split('?')[0]}"
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute(f"create database {name} template {migrated} strategy file_copy")
    runtime = build(SETTINGS, Database(postgres.url_of(name), "reporting"), ["reporting"], kafka=kafka)
    await runtime.prepare()
    yield runtime
    await runtime.stop()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def file(others: Runtime, count: int) -> None:
    """File complaints, one after the other."""
    transport = httpx.ASGITransport(make_app(others, start=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://redress.test") as public:
        for number in range(count):
            body = {"narrative": f"น้ำไม่ไหล {number}", "identity": "anonymous", "category": "lodging"}
            assert (await public.post("/api/v1/complaints", json=body)).status_code == 201


async def caught_up(*runtimes: Runtime) -> None:
    """Wait until every reader has read every journal to its end."""
    databases = {name: context.database for runtime in runtimes for name, context in runtime.contexts.items()}
    async with asyncio.timeout(180):
        while await behind(databases):
            await asyncio.sleep(0.1)


async def behind(databases: dict[str, Database]) -> int:
    """How many events have not been read, or are read and wait for a fact from another journal."""
    missing = 0
    ends = {
        name: {
            row["bucket"]: row["position"] for row in await database.read(f"select bucket, position from {name}.bucket")
        }
        for name, database in databases.items()
    }
    for reader, database in databases.items():
        for row in await database.read(f"select source, bucket, position from {reader}.cursor"):
            missing += max(0, ends.get(row["source"], {}).get(row["bucket"], 0) - row["position"])
        (parked,) = await database.read(f"select count(*) as n from {reader}.parked")
        missing += parked["n"]
    return missing


async def contents(database: Database) -> dict[str, list[Any]]:
    """Every projection, row by row."""
    found = {}
    for name in PROJECTIONS:
        where = "where denominator <> 0" if name == "daily_sum" else ""
        found[name] = sorted(str(tuple(row)) for row in await database.read(f"select * from reporting.{name} {where}"))
    return found


async def originals(others: Runtime) -> dict[tuple[str, int, int], UUID]:
    """The id of every event that was recorded, by its place."""
    found: dict[tuple[str, int, int], UUID] = {}
    for name in SOURCES:
        if name in OTHERS:
            rows = await others.contexts[name].database.read(f"select bucket, position, id from {name}.journal")
            found |= {(name, row["bucket"], row["position"]): row["id"] for row in rows}
    return found


async def test_a_new_reporting_database_is_rebuilt_over_topics_with_the_original_events_while_complaints_come(
    others: Runtime, reporting: Runtime, brokers: Brokers, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    await file(others, BEFORE)
    reporting.start(jobs=False)
    await caught_up(others, reporting)
    context = reporting.contexts["reporting"]
    await context.database.statement("delete from reporting.daily_sum")
    await context.database.statement("update reporting.case_fact set state = 'closed', valid = false")
    for name, value in {**brokers.environment(), "KAFKA_TOPIC_PREFIX": kafka.topics.prefix}.items():
        monkeypatch.setenv(name, value)

    live = asyncio.create_task(file(others, LIVE))
    async with journals_of(reporting) as journals:
        asked = Noted(journals)
        done = await rebuild(context.database, context.copies, journals=asked)
    await live
    await caught_up(others, reporting)

    recorded = await originals(others)
    answered = {(event.source, event.bucket, event.position): event.id for event in asked.events}
    assert len(asked.events) == done.events >= BEFORE, "each once"
    assert answered.items() <= recorded.items()
    filed = await context.database.read("select count(*) as n from reporting.case_fact where filed")
    assert filed[0]["n"] == BEFORE + LIVE
    over_topics = await contents(context.database)
    everyone = {**others.contexts, **reporting.contexts}
    tables = JournalTables(by_source={name: everyone[name].database for name in SOURCES})
    await rebuild(context.database, context.copies, journals=tables)
    assert await contents(context.database) == over_topics
