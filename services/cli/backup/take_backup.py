"""Take a backup of a running system: every table as it stood at one moment, and the files of the data folder.

Services that share a PostgreSQL are read in one snapshot. Where they have several, appending to the journals is held
for the moment in which the snapshots are opened, so that no reader stands beyond the end of a journal it follows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from services.cli.backup.archive import Manifest, Part, Writing, writing
from services.kit.migrate import VERSION_TABLE, stored_versions

Progress = Callable[[str, int, int], object]
"""Told what was just written, how many parts are done, and of how many."""

NOT_TAKEN = frozenset({"postgres", "run", "VERSION", "redress.lock", "postgres.log", "postgres.log.1", "restored.json"})
"""What stays behind in the data folder: the database's own files (its tables are taken), locks and logs."""

PATIENCE = "3s"
"""How long journals may be waited for at most before the others are let go again."""

TRIES = 20


async def take_backup(
    urls: Mapping[str, str], folder: Path, file: Path, now: datetime, progress: Progress = lambda *_: None
) -> Manifest:
    """Write a backup of the services at `urls` (each service's database) and of the data folder to `file`.

    Raises:
        RedressError: the file cannot be written.
    """
    manifest = Manifest(now, key_from_environment=bool(os.environ.get("REDRESS_SECRET_KEY")))
    services: dict[str, list[str]] = {}
    for service, url in urls.items():
        services.setdefault(url, []).append(service)
    for url, names in services.items():
        manifest.versions |= await stored_versions(url, names)
    with writing(file, manifest) as archive:
        async with snapshots(services) as connections:
            tables = [
                (url, table) for url, names in services.items() for table in await _tables(connections[url], names)
            ]
            files = list(_files(folder))
            total = len(tables) + len(files)
            for done, (url, (schema, table, columns)) in enumerate(tables, 1):
                await _table(connections[url], archive, schema, table, columns)
                progress(f"{schema}.{table}", done, total)
            for url, names in services.items():
                manifest.sequences |= await _sequences(connections[url], names)
        for done, path in enumerate(files, len(tables) + 1):
            name = path.relative_to(folder).as_posix()
            with contextlib.suppress(FileNotFoundError):  # erased since it was listed
                await asyncio.to_thread(archive.file, path, name)
            progress(name, done, total)
    return manifest


@contextlib.asynccontextmanager
async def snapshots(services: Mapping[str, Sequence[str]]) -> AsyncIterator[dict[str, Any]]:
    """A connection to each database, all seeing one and the same moment."""
    async with contextlib.AsyncExitStack() as stack:
        opened: dict[str, Any] = {}
        for url in services:
            opened[url] = await asyncpg.connect(url)
            stack.push_async_callback(opened[url].close)
        async with journals_held(services) if len(services) > 1 else contextlib.nullcontext():
            for connection in opened.values():
                await connection.execute("begin isolation level repeatable read, read only")
                await connection.fetchval("select 1")  # the snapshot is taken by the first statement
        yield opened


@contextlib.asynccontextmanager
async def journals_held(services: Mapping[str, Sequence[str]]) -> AsyncIterator[None]:
    """Nothing is appended to any journal within; who wants to waits a moment.

    Raises:
        asyncpg.LockNotAvailableError: a transaction kept a journal for too long, again and again.
    """
    async with contextlib.AsyncExitStack() as stack:
        holding = [(await asyncpg.connect(url), names) for url, names in services.items()]
        for connection, _ in holding:
            stack.push_async_callback(connection.close)
        for left in range(TRIES, 0, -1):
            try:
                for connection, names in holding:
                    await connection.execute(f"begin; set local lock_timeout = '{PATIENCE}'")
                    await connection.execute("; ".join(f"lock table {name}.bucket in exclusive mode" for name in names))
                break
            except asyncpg.LockNotAvailableError:
                for connection, _ in holding:
                    await connection.execute("rollback")
                if left == 1:
                    raise
        yield


async def _tables(connection: Any, names: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Every table of some services with the columns that are stored, not computed."""
    rows = await connection.fetch(
        "select n.nspname as schema, c.relname as name, array_agg(a.attname::text order by a.attnum) as columns"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid"
        " where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any($1) and c.relname <> $2"
        " and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' group by 1, 2 order by 1, 2",
        list(names),
        VERSION_TABLE,
    )
    return [(row["schema"], row["name"], list(row["columns"])) for row in rows]


async def _table(connection: Any, archive: Writing, schema: str, table: str, columns: list[str]) -> None:
    listed = ", ".join(f'"{column}"' for column in columns)
    with archive.part(f"tables/{schema}/{table}") as sink:

        async def write(piece: bytes) -> None:
            sink.write(piece)

        tag = await connection.copy_from_query(f'select {listed} from {schema}."{table}"', output=write)
    rows = int(tag.rsplit(" ", 1)[-1])
    archive.manifest.tables[f"{schema}.{table}"] = Part(sink.digest.hexdigest(), sink.size, columns, rows)


async def _sequences(connection: Any, names: Sequence[str]) -> dict[str, int]:
    rows = await connection.fetch(
        "select schemaname, sequencename, last_value from pg_sequences"
        " where schemaname = any($1) and last_value is not null",
        list(names),
    )
    return {f"{row['schemaname']}.{row['sequencename']}": row["last_value"] for row in rows}


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for entry in folder.iterdir()
        if entry.name not in NOT_TAKEN and not entry.name.endswith((".new", ".part", ".lock"))
        for path in ([entry] if entry.is_file() else entry.rglob("*") if entry.is_dir() else [])
        if path.is_file() and not path.is_symlink()
    )
