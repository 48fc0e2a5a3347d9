"""Fixtures every test may use: a real PostgreSQL, a fresh database with every table, a transaction that is undone.

One server per test process, one migrated database as a template, and for each test that asks one as fresh as a copy.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from scripts.migrations import UNSAFE
from services.kit.database import Database, Transaction
from services.kit.embedded import EmbeddedPostgres
from services.kit.migrate import migrate_async
from services.kit.settings import SERVICES
from tests.databases import Databases
from tests.kafka_cluster import brokers, kafka  # noqa: F401 - fixtures for every test


class Undone(Exception):
    """Ends a test's transaction without committing it."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of this test process's own; its data would not survive a power cut, and need not."""
    server = EmbeddedPostgres.start(tmp_path_factory.mktemp("postgres") / "data", settings=UNSAFE)
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def migrated(postgres: EmbeddedPostgres) -> str:
    """The name of a database that has every service's tables; copied, never used."""
    await migrate_async(postgres.url, SERVICES)
    return "redress"


@pytest.fixture(scope="session")
async def databases(postgres: EmbeddedPostgres, migrated: str) -> AsyncIterator[Databases]:
    """The databases of this test process."""
    made = Databases(postgres, migrated)
    yield made
    await made.close()


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres, databases: Databases) -> AsyncIterator[str]:
    """The URL of a fresh database with every service's tables."""
    name = await databases.take()
    yield postgres.url_of(name)
    await databases.give_back(name)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> str:
    """The service a test is about: that of its folder (`tests/routing/…`), else governance."""
    folders = request.path.relative_to(Path(__file__).parent).parts
    return next((part for part in folders if part in SERVICES), "governance")


@pytest.fixture
async def database(database_url: str, service: str) -> AsyncIterator[Database]:
    """The fresh database as `service` sees it; `database.beside("sla")` is another service's view."""
    opened = Database(database_url, service)
    yield opened
    await opened.close()


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    """A transaction of `service` that is rolled back at the end."""
    try:
        async with database.transaction() as transaction:
            yield transaction
            raise Undone
    except Undone:
        pass
