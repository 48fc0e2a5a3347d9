"""Restore a backup: into a new data folder, or into the enterprise's own, empty database.

Everything is put beside its final place first: a restore that fails leaves nothing behind. What the system that was
backed up may have sent since is not sent again (see `hold`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from schemas.envelope import BUCKETS
from services.cli.backup.archive import BackupUnusable, Manifest, Reading
from services.cli.runtime import Runtime, opened
from services.intake.messages.hold_after_restore import hold_messages
from services.kit.data_folder import DataFolder, DataFolderInUse, DataFolderUnusable
from services.kit.errors import RedressError
from services.kit.journal import Break, verify
from services.kit.migrate import known_versions, migrate_async, migrate_to
from services.kit.settings import SERVICES, Settings
from services.sla.hold_after_restore import hold_after_restore

Progress = Callable[[str, int, int], object]
"""Told what was just restored, how many parts are done, and of how many."""

NUMBERS_LEFT_OUT = 10_000
"""Serial numbers passed over: complaints accepted after the backup have numbers that must not be given to others."""

NOTE = "restored.json"


@dataclass(slots=True)
class Restored:
    """What came of it. `held` counts by service what was kept back since it may have been sent before."""

    manifest: Manifest
    events: int = 0
    held: dict[str, int] = field(default_factory=dict)


def check_versions(manifest: Manifest) -> None:
    """Refuse a backup whose tables this program does not know.

    Raises:
        BackupUnusable: a newer Redress made it.
    """
    for service in SERVICES:
        version = manifest.versions.get(service, "")
        if version not in known_versions(service):
            raise BackupUnusable(
                "The backup holds tables of %(service)s of version %(version)s; this program knows %(known)s.",
                "Restore it with the Redress that made it or a newer one.",
                params={"service": service, "version": version or "none", "known": known_versions(service)[-1]},
            )


@contextmanager
def new_folder(path: Path, *, replace: bool, now: datetime) -> Iterator[Path]:
    """A data folder to restore into, which takes its final place when the block ends well.

    Args:
        replace: whether a folder that is there is moved aside (as `NAME.before-…`, nothing is removed).

    Raises:
        DataFolderUnusable: there is something in it already.
        DataFolderInUse: Redress runs on it.
    """
    path = path.expanduser().resolve()
    taken = path.exists() and any(path.iterdir())
    if taken and not replace:
        raise DataFolderUnusable(
            "%(path)s is not empty.",
            "Restore into a new folder, or say --replace: what is there is then moved aside, not removed.",
            params={"path": path},
        )
    if taken and (holder := DataFolder(path).holder()):
        raise DataFolderInUse(
            "Redress is running on %(path)s (process %(pid)s).",
            "Stop it first, then restore.",
            params={"path": path, "pid": holder.pid},
        )
    fresh = path.with_name(f"{path.name}.restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(mode=0o700, parents=True)
        yield fresh
        if taken:
            path.rename(path.with_name(f"{path.name}.before-{now:%Y%m%d-%H%M%S}"))
        elif path.exists():
            path.rmdir()
        fresh.rename(path)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def unpack_files(archive: Reading, folder: DataFolder) -> None:
    """The files of the data folder, each only its owner's to read."""
    for name, part in archive.manifest.files.items():
        target = folder.path / name
        if not target.resolve().is_relative_to(folder.path):
            raise BackupUnusable("The backup names a file outside the data folder: %(name)s.", params={"name": name})
        archive.unpack(name, part, target)
        for made in (target, *target.parents):
            if made == folder.path:
                break
            folder.give(made)


async def load(archive: Reading, urls: Mapping[str, str], progress: Progress) -> None:
    """Make the tables as they were, fill them, and bring them to this program's version.

    Raises:
        RedressError: a database already holds tables of Redress.
    """
    manifest = archive.manifest
    by_url: dict[str, list[str]] = {}
    for service, url in urls.items():
        by_url.setdefault(url, []).append(service)
    done = 0
    for url, names in by_url.items():
        await _refuse_filled(url, names)
        await migrate_to(url, {name: manifest.versions[name] for name in names})
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                for key in manifest.tables:
                    schema, table = key.split(".", 1)
                    if schema not in names:
                        continue
                    await connection.execute(f'truncate {schema}."{table}"')
                    await _fill(connection, archive, schema, table, key)
                    done += 1
                    progress(key, done, len(manifest.tables))
                for key, value in manifest.sequences.items():
                    if key.split(".", 1)[0] in names:
                        await connection.execute("select setval($1::regclass, $2)", key, value + NUMBERS_LEFT_OUT)
            await connection.execute("analyze")
        finally:
            await connection.close()
        await migrate_async(url, names)


async def _refuse_filled(url: str, names: list[str]) -> None:
    connection = await asyncpg.connect(url)
    try:
        there = await connection.fetchval(
            "select string_agg(nspname, ', ') from pg_namespace where nspname = any($1)", names
        )
    finally:
        await connection.close()
    if there:
        raise RedressError(
            "The database already holds the tables of %(services)s.",
            "Restore into a new, empty database: createdb, then DATABASE_URL with its name. Nothing was changed.",
            params={"services": there},
        )


async def _fill(connection: Any, archive: Reading, schema: str, table: str, key: str) -> None:
    part = archive.manifest.tables[key]
    pieces = archive.pieces(f"tables/{schema}/{table}", part)
    tag = await connection.copy_to_table(table, schema_name=schema, columns=part.columns, source=pieces)
    if int(tag.rsplit(" ", 1)[-1]) != part.rows:
        raise BackupUnusable(
            "The backup is damaged: %(part)s does not hold %(rows)s rows.",
            "Use another copy, or an earlier backup. Nothing was restored.",
            params={"part": key, "rows": part.rows},
        )


async def settle(
    settings: Settings, urls: Mapping[str, str], manifest: Manifest, now: datetime, *, was_stopped: bool, file: Path
) -> Restored:
    """Walk every journal of what was loaded, keep back what may have been sent, and note the restore.

    Args:
        was_stopped: the system had been stopped before the backup and never ran again: nothing can have been sent.

    Raises:
        BackupUnusable: a journal does not hold.
    """
    restored = Restored(manifest)
    async with opened(settings, urls) as runtime:
        restored.events = await _verified(runtime)
        if not was_stopped:
            restored.held = await hold(runtime, now)
    note = {
        "file": file.name,
        "taken_at": manifest.taken_at.isoformat(),
        "restored_at": now.isoformat(),
        "held": restored.held,
    }
    DataFolder(settings.data).write_private(NOTE, json.dumps(note, ensure_ascii=False, indent=1) + "\n")
    return restored


async def hold(runtime: Runtime, now: datetime) -> dict[str, int]:
    """Let everything happen that is due, and keep back what would be sent; returns how much, by service.

    What the old system did between backup and restore (alerts, notices before a silent case closes, offers that lapse)
    happens here as well, so that nothing of it is left for the first start. An acknowledgement is an event of the
    journal, made once for a case, so that one in the backup is never made again.
    """
    sla, intake = runtime.contexts["sla"], runtime.contexts["intake"]

    async def catch_up() -> None:
        # Services with databases of their own read over a broker, which is not there yet; what they had read is judged.
        together = len(runtime.databases) == 1
        if together:
            await runtime.drain()
        for name in ("routing", "reporting"):
            for job in runtime.services[name].jobs:
                if job.heard:
                    await job.run(now)
        if together:
            await runtime.drain()

    alerts = await hold_after_restore(sla.database, sla.copies, catch_up, now)
    return {"sla": alerts, "intake": await hold_messages(intake.database)}


async def _verified(runtime: Runtime) -> int:
    events = 0
    for name, context in runtime.contexts.items():
        async with context.database.transaction() as tx:
            async for found in verify(tx, name, range(BUCKETS)):
                if isinstance(found, Break):
                    raise BackupUnusable(
                        "The journal of %(service)s does not hold at bucket %(bucket)s position %(position)s:"
                        " %(what)s.",
                        "It was altered before the backup was taken: use an earlier one. Nothing was restored.",
                        params={
                            "service": name,
                            "bucket": found.bucket,
                            "position": found.position,
                            "what": found.what,
                        },
                    )
                events += found
    return events


def key_is_missing(manifest: Manifest) -> bool:
    """Whether the key has to be given by the environment, since the backup does not hold it."""
    return manifest.key_from_environment and not os.environ.get("REDRESS_SECRET_KEY")
