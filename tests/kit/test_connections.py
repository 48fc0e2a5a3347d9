"""Connections pass from hand to hand: few, warm, and never in somebody's transaction."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from services.kit.connections import Connections
from services.kit.database import Database, make_engine
from tests.databases import KEEPER


async def backend(connections: Connections) -> int:
    """The server process behind the connection one is given."""
    async with connections.one() as held:
        return int(await held.raw.fetchval("select pg_backend_pid()"))


async def backends(url: str) -> int:
    """How many clients the database has, without the one that asks and the one that empties it afterwards."""
    asking = await asyncpg.connect(url)
    try:
        return int(
            await asking.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> $1",
                KEEPER,
            )
        )
    finally:
        await asking.close()


async def test_the_connection_that_was_used_last_is_given_next(database_url: str) -> None:
    connections = Connections(make_engine(database_url))
    assert await backend(connections) == await backend(connections)
    await connections.close()


async def test_there_are_never_more_than_the_size_and_the_rest_wait(database_url: str) -> None:
    connections = Connections(make_engine(database_url), 3)
    at_once, most = 0, 0

    async def use() -> None:
        nonlocal at_once, most
        async with connections.one() as held:
            at_once += 1
            most = max(most, at_once)
            await held.raw.fetchval("select pg_sleep(0.001)")
            at_once -= 1

    await asyncio.gather(*(use() for _ in range(20)))
    assert most == 3
    assert await backends(database_url) == 3
    await connections.close()
    assert await backends(database_url) == 0


async def test_one_whose_server_ended_is_replaced(database_url: str) -> None:
    connections = Connections(make_engine(database_url))
    first = await backend(connections)
    killing = await asyncpg.connect(database_url)
    await killing.execute("select pg_terminate_backend($1, 5000)", first)
    await killing.close()
    async with asyncio.timeout(10):
        while (second := await _tried(connections)) is None:
            pass
    assert second != first
    await connections.close()


async def _tried(connections: Connections) -> int | None:
    try:
        return await backend(connections)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return None


async def test_one_left_in_a_transaction_is_not_passed_on(database_url: str) -> None:
    connections = Connections(make_engine(database_url))
    async with connections.one() as held:
        left = held.raw.get_server_pid()
        await held.raw.execute("begin")
    assert await backend(connections) != left
    await connections.close()


async def test_one_that_nobody_needed_for_a_while_is_closed(database_url: str) -> None:
    connections = Connections(make_engine(database_url), idle_seconds=0)
    async with connections.one(), connections.one():
        pass
    await backend(connections)
    assert await backends(database_url) == 1
    await connections.close()


async def test_a_session_and_statements_share_the_transaction_and_leave_the_connection_fit(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("create temporary table note (words text) on commit drop")
        await tx.execute("insert into note values ('here')")
        found = await (await tx.session.connection()).exec_driver_sql("select words from note")
        assert found.scalar_one() == "here"
        first = await tx.fetchval("select pg_backend_pid()")
    rows = await database.read("select pg_backend_pid() as pid")
    assert rows[0]["pid"] == first


async def test_work_that_is_called_off_leaves_nothing_behind(database: Database) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as tx:
            await tx.execute("create table public.half_done ()")
            begun.set()
            await tx.fetchval("select pg_sleep(60)")

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rows = await database.read("select to_regclass('public.half_done') as there")
    assert rows[0]["there"] is None
