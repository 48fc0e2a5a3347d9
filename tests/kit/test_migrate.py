"""Tables are brought to the version of the program, once, and never backwards."""

from __future__ import annotations

import asyncpg
import pytest

from scripts.migrations import checked_service
from services.kit.database import Database
from services.kit.embedded import EmbeddedPostgres
from services.kit.migrate import (
    DatabaseNewer,
    MigrationFailed,
    known_versions,
    migrate_async,
    outdated,
    stored_versions,
)
from services.kit.settings import SERVICES


async def test_every_service_has_its_tables_in_a_schema_of_its_own(database_url: str) -> None:
    assert await stored_versions(database_url, SERVICES) == {name: known_versions(name)[-1] for name in SERVICES}


async def test_a_second_time_there_is_nothing_to_do(database_url: str) -> None:
    assert await migrate_async(database_url, SERVICES) == []


async def test_every_bucket_of_a_journal_stands_before_the_first_event(database: Database) -> None:
    for name in SERVICES:
        rows = await database.read(f"select count(*), max(bucket), max(position) from {name}.bucket")
        assert tuple(rows[0]) == (64, 63, 0)


async def test_one_service_alone_gets_only_its_own_tables(postgres: EmbeddedPostgres, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("drop schema sla cascade")
        assert await migrate_async(database_url, ["sla"]) == ["sla"]
        assert await connection.fetchval("select count(*) from sla.bucket") == 64
    finally:
        await connection.close()


def test_a_database_with_a_migration_we_do_not_know_is_refused() -> None:
    with pytest.raises(DatabaseNewer, match="version 9999"):
        outdated({"sla": "9999"})


async def test_a_migration_that_fails_says_why_and_changes_nothing(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("drop table sla.alembic_version")  # so that the first one is tried on what is there
        with pytest.raises(MigrationFailed, match="already exists"):
            await migrate_async(database_url, ["sla"])
        assert await connection.fetchval("select count(*) from sla.bucket") == 64
        assert await connection.fetchval("select to_regclass('sla.alembic_version')") is None
    finally:
        await connection.close()


def test_a_service_that_is_none_is_named_with_those_there_are() -> None:
    with pytest.raises(SystemExit, match="governance"):
        checked_service("shipping")


async def test_the_tables_are_those_the_migrations_make(database_url: str) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    from scripts.migrations import differences

    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            for name in SERVICES:
                found = await connection.run_sync(differences, name)
                assert not found, f"{name}: run `make migration SERVICE={name} MESSAGE=…`: {found}"
    finally:
        await engine.dispose()
