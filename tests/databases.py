"""Fresh databases for tests: those of earlier tests, emptied. That takes milliseconds, making one half a second.

A database whose tables are no longer those of the template, or that was used often, is dropped instead.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import asyncpg

from services.kit.embedded import EmbeddedPostgres
from services.kit.settings import SERVICES

USES = 40
"""How often a database is emptied before it is dropped: what was deleted still takes room in it."""

KEEPER = "keeper of the tests' databases"
"""What the connections are called by which databases are emptied."""

EMPTY = """
do $$
declare
    place text;
    filled boolean;
begin
    set local session_replication_role = replica;
    for place in
        select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and n.nspname = any('{schemas}'::text[])
    loop
        execute 'select exists (select from ' || place || ')' into filled;
        if filled then
            execute 'delete from ' || place;
        end if;
    end loop;
    perform setval(format('%I.%I', schemaname, sequencename), start_value, false) from pg_sequences
      where last_value is not null;
end $$
""".replace("{schemas}", "{" + ",".join(SERVICES) + "}")

SHAPE = """
with ours as (
    select * from pg_class where relkind in ('r', 'p', 'v', 'm', 'i', 'S') and relpersistence <> 't'
       and relnamespace in (select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema')
)
select (select sum(hashtext(concat_ws(' ', oid, relname, relnatts, relhastriggers, reloptions))) from ours)
     + (select sum(hashtext(concat_ws(' ', attrelid, attname, atttypid, attnotnull, attisdropped)))
          from pg_attribute where attnum > 0 and attrelid in (select oid from ours))
     + (select count(*) from pg_constraint) + (select count(*) from pg_proc) + (select count(*) from pg_namespace)
     + (select count(*) from pg_trigger where tgenabled = 'O') + (select count(*) from pg_db_role_setting)
"""
"""A number that tells whether anything but rows has changed since the database was made."""


Seed = tuple[str, list[str], list[tuple[object, ...]]]
"""A table, its columns, and the rows that migrations put there."""


@dataclass
class _Made:
    """A database that was made, with the connection by which it is emptied."""

    name: str
    shape: object
    connection: asyncpg.Connection[asyncpg.Record]
    uses: int = 0


@dataclass
class Databases:
    """The databases of one test process, copies of a migrated one."""

    server: EmbeddedPostgres
    template: str
    _free: list[_Made] = field(default_factory=list)
    _taken: dict[str, _Made] = field(default_factory=dict)
    _seed: list[Seed] | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def take(self) -> str:
        """The name of a database with every service's tables and nothing in them but what migrations put there."""
        made = self._free.pop() if self._free else await self._make()
        made.uses += 1
        self._taken[made.name] = made
        return made.name

    async def give_back(self, name: str) -> None:
        """Empty it for another test, or let it go. Whoever still speaks to it is cut off."""
        made = self._taken.pop(name)
        await self._cut_off(made)
        if made.uses >= USES or await made.connection.fetchval(SHAPE) != made.shape:
            await self._drop(made)
            return
        await made.connection.execute(EMPTY)
        for table, columns, rows in self._seed or ():
            schema, _, plain = table.partition(".")
            await made.connection.copy_records_to_table(plain, schema_name=schema, columns=columns, records=rows)
        self._free.append(made)

    async def close(self) -> None:
        """Let go of them all."""
        for made in [*self._free, *self._taken.values()]:
            await made.connection.close()

    async def _make(self) -> _Made:
        name = f"test_{next(self._numbers)}"
        await self._as_admin(f"create database {name} template {self.template} strategy file_copy")
        connection = await asyncpg.connect(self.server.url_of(name), server_settings={"application_name": KEEPER})
        if self._seed is None:
            self._seed = await _seed_of(connection)
        return _Made(name, await connection.fetchval(SHAPE), connection)

    async def _drop(self, made: _Made) -> None:
        await made.connection.close()
        await self._as_admin(f"drop database {made.name} with (force)")

    async def _as_admin(self, statement: str) -> None:
        admin = await asyncpg.connect(self.server.url_of("postgres"))
        try:
            await admin.execute(statement)
        finally:
            await admin.close()

    async def _cut_off(self, made: _Made) -> None:
        others = (
            "select {} from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        )
        if await made.connection.fetchval(others.format("count(*)")):
            # Waits until each has let go of its locks.
            await made.connection.execute(others.format("pg_terminate_backend(pid, 10000)"))


async def _seed_of(connection: asyncpg.Connection[asyncpg.Record]) -> list[Seed]:
    """What migrations put into tables: table, columns, rows."""
    seed: list[Seed] = []
    tables = await connection.fetch(
        "select schemaname || '.' || tablename as name from pg_tables where schemaname = any($1::text[])",
        list(SERVICES),
    )
    for table in tables:
        rows = await connection.fetch(f"select * from {table['name']}")
        if rows:
            seed.append((table["name"], list(rows[0].keys()), [tuple(row) for row in rows]))
    return seed
