"""One whole system in the process of the tests, for those of a file that leave one another alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit.database import Database
from services.kit.embedded import EmbeddedPostgres
from tests.journeys.whole import Whole, whole_system


@pytest.fixture(scope="module")
async def whole(
    postgres: EmbeddedPostgres, migrated: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Whole]:
    """Five services with the quick policy and its people, for one file of tests."""
    name = "whole_" + request.module.__name__.rsplit(".", 1)[-1]
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute(f"create database {name} template {migrated} strategy file_copy")
    database = Database(postgres.url_of(name), "governance")
    try:
        async with whole_system(database, tmp_path_factory.mktemp("whole")) as system:
            yield system
    finally:
        await database.close()
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()
