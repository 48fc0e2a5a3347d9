"""Bring the tables of services to the version this program knows.

Each service has its own chain of migrations (`deploy/migrations/<service>/versions/0001_….py`) and notes its version in
its own schema. What is stored is compared with the file names, without Alembic; only when something is to be done does
a short-lived process of its own load Alembic and do it, under a lock so that replicas do not get in each other's way.

A migration has a phase. `pre` only adds: older programs go on running on it. `post` takes away what they still use: it
waits until none of them is alive (`kit.presence`). What was taken away is noted beside the version, so that an older
program knows whether a newer schema is still good for it (`docs/decisions/0025-migrations-in-two-phases.md`).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import asyncpg
import structlog

from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.paths import deploy_dir
from services.kit.presence import MIGRATING, running_versions

VERSION_TABLE = "alembic_version"
_ROOT = Path(__file__).resolve().parents[2]
_log = structlog.get_logger(__name__)


class DatabaseNewer(RedressError):
    """The database has a migration this program does not know: a newer Redress has used it."""

    status = 503
    code = "database-newer"


class DatabaseOutdated(RedressError):
    """The database lacks a migration this program needs."""

    status = 503
    code = "database-outdated"


class OlderStillRunning(RedressError):
    """A destructive migration has to wait: a process of an older version still uses what it would take away."""

    status = 409
    code = "older-still-running"


class MigrationFailed(RedressError):
    """A migration could not be applied; the service's tables are as they were."""

    status = 503
    code = "migration-failed"


def versions_dir(service: str) -> Path:
    """Where the migrations of a service lie."""
    return deploy_dir() / "migrations" / service / "versions"


Phase = Literal["pre", "post"]
Folders = Mapping[str, Path]
"""Where the migrations of services lie, if not in their own folders."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of a chain. `number` is its version, such as `0002`."""

    number: str
    phase: Phase
    what: str


def chain(service: str, folders: Folders | None = None) -> list[Migration]:
    """The migrations of a service this program knows, oldest first; one that says nothing else only adds."""
    found: list[Migration] = []
    for file in (folders or {}).get(service, versions_dir(service)).glob("*.py"):
        if named := re.match(r"(\d{4})_(\w+)\.py$", file.name):
            says = re.search(r'^phase = "(pre|post)"$', file.read_text(encoding="utf-8"), re.MULTILINE)
            phase: Phase = "post" if says is not None and says[1] == "post" else "pre"
            found.append(Migration(named[1], phase, named[2].replace("_", " ")))
    return sorted(found, key=lambda migration: migration.number)


def known_versions(service: str, folders: Folders | None = None) -> list[str]:
    """The versions of a service's tables this program knows, oldest first: `["0001", "0002"]`."""
    return [migration.number for migration in chain(service, folders)]


async def stored_versions(url: str, services: Sequence[str]) -> dict[str, str]:
    """The version of each service's tables in the database; empty where there are none yet."""
    connection = await asyncpg.connect(url)
    try:
        there = await connection.fetch(
            "select schemaname from pg_tables where tablename = $1 and schemaname = any($2)",
            VERSION_TABLE,
            list(services),
        )
        stored = dict.fromkeys(services, "")
        for row in there:
            name = row["schemaname"]
            stored[name] = await connection.fetchval(f"select version_num from {name}.{VERSION_TABLE}") or ""
        return stored
    finally:
        await connection.close()


async def taken_away(url: str, services: Sequence[str]) -> dict[str, list[str]]:
    """The destructive migrations that were applied to each service's tables, as noted there; none where nothing is."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select n.nspname as service, obj_description(c.oid, 'pg_class') as note from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where c.relname = $1 and n.nspname = any($2)",
            VERSION_TABLE,
            list(services),
        )
        return {row["service"]: _noted(row["note"]) for row in rows}
    finally:
        await connection.close()


def _noted(note: str | None) -> list[str]:
    return [str(number) for number in json.loads(note).get("post", [])] if note and note.startswith("{") else []


def outdated(
    stored: Mapping[str, str], removed: Mapping[str, Sequence[str]] | None = None, folders: Folders | None = None
) -> list[str]:
    """The services whose tables are to be brought forward.

    Args:
        removed: the destructive migrations that were applied, by service. A newer version that only added is good
            for this program too.

    Raises:
        DatabaseNewer: a newer Redress took something away, or it is not known whether it did.
    """
    behind = []
    for service, found in stored.items():
        known = known_versions(service, folders)
        if found and found not in known:
            if removed is not None and service in removed and set(removed[service]) <= set(known) and found > known[-1]:
                continue
            raise DatabaseNewer(
                N_("The tables of %(service)s are of version %(found)s; this program knows %(known)s."),
                N_("Start it with the newer Redress that was used before, or restore a backup. Nothing was changed."),
                params={"service": service, "found": found, "known": known[-1] if known else "none"},
            )
        if known and found != known[-1]:
            behind.append(service)
    return behind


@dataclass(frozen=True, slots=True)
class Pending:
    """A migration that has not been applied to a service's tables."""

    service: str
    number: str
    phase: Phase
    what: str


async def pending(url: str, services: Sequence[str], folders: Folders | None = None) -> list[Pending]:
    """What is still to be applied, by service in its order.

    Raises:
        DatabaseNewer: the tables are ahead of this program.
    """
    stored = await stored_versions(url, services)
    behind = outdated(stored, await taken_away(url, services), folders)
    return [
        Pending(service, each.number, each.phase, each.what)
        for service in behind
        for each in chain(service, folders)
        if each.number > stored[service]
    ]


async def check_tables(url: str, services: Sequence[str], folders: Folders | None = None) -> None:
    """Whether this program can run on the tables as they are: what only adds is there, nothing it uses was taken away.

    Raises:
        DatabaseOutdated: an additive migration is missing.
        DatabaseNewer: a newer Redress took something away.
    """
    missing = [each for each in await pending(url, services, folders) if each.phase == "pre"]
    if missing:
        raise DatabaseOutdated(
            N_("The tables of %(service)s lack the migration %(number)s (%(what)s)."),
            N_("Run `redress migrate --phase pre` first; processes of the older version may go on running meanwhile."),
            params={"service": missing[0].service, "number": missing[0].number, "what": missing[0].what},
        )


Phases = Literal["pre", "post", "all"]


def targets(steps: Sequence[Pending], phase: Phases) -> dict[str, str]:
    """Up to which version each service goes.

    `pre` goes up to the first destructive migration, `post` from there through those that follow one another.

    Raises:
        DatabaseOutdated: `post` was asked while an additive migration before it is missing.
    """
    found: dict[str, str] = {}
    for service in dict.fromkeys(step.service for step in steps):
        mine = [step for step in steps if step.service == service]
        if phase == "post" and mine[0].phase == "pre":
            if all(step.phase == "pre" for step in mine):
                continue
            raise DatabaseOutdated(
                N_("The tables of %(service)s lack the migration %(number)s (%(what)s)."),
                N_("Run `redress migrate --phase pre` and start the new version everywhere; then run this again."),
                params={"service": service, "number": mine[0].number, "what": mine[0].what},
            )
        wanted = mine if phase == "all" else list(takewhile(lambda step: step.phase == phase, mine))
        if wanted:
            found[service] = wanted[-1].number
    return found


async def migrate_async(
    url: str, services: Sequence[str], phase: Phases = "all", folders: Folders | None = None
) -> list[str]:
    """Bring the tables of `services` forward and return those that were. Quick when there is nothing to do.

    Raises DatabaseNewer, DatabaseOutdated, OlderStillRunning, MigrationFailed.
    """
    stored = await stored_versions(url, services)
    if not outdated(stored, await taken_away(url, services), folders):
        return []
    steps = await pending(url, services, folders)
    goals = targets(steps, phase)
    if goals:
        await refuse_while_older_run(url, [step for step in steps if step.number <= goals.get(step.service, "")])
        await asyncio.to_thread(_upgrade_elsewhere, url, goals, folders or {})
        _log.info("tables_migrated", services=list(goals))
    return list(goals)


async def migrate_to(url: str, goals: Mapping[str, str]) -> None:
    """Make the tables of services at given versions, where there are none yet: those of a backup.

    Raises MigrationFailed.
    """
    await asyncio.to_thread(_upgrade_elsewhere, url, goals, {})


async def refuse_while_older_run(url: str, steps: Sequence[Pending]) -> None:
    """Stop before a destructive migration while a process runs that does not know it.

    Raises:
        OlderStillRunning: one does.
    """
    connection = await asyncpg.connect(url)
    try:
        for step in steps:
            if step.phase != "post":
                continue
            older = [version for version in await running_versions(connection, step.service) if version < step.number]
            if older:
                raise OlderStillRunning(
                    N_(
                        "%(count)s processes of %(service)s that know its tables up to %(known)s are running; the"
                        " migration %(number)s (%(what)s) would take away what they use."
                    ),
                    N_("Stop or upgrade them all, then run `redress migrate --phase post`. Nothing was changed."),
                    params={
                        "count": len(older),
                        "service": step.service,
                        "known": min(older),
                        "number": step.number,
                        "what": step.what,
                    },
                )
    finally:
        await connection.close()


def migrate(url: str, services: Sequence[str], phase: Phases = "all") -> list[str]:
    """`migrate_async` for callers without an event loop."""
    return asyncio.run(migrate_async(url, services, phase))


def _upgrade_elsewhere(url: str, goals: Mapping[str, str], folders: Folders) -> None:
    """Alembic and what it loads (some 20 MB) stay out of a process that then runs for weeks."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.kit.migrate"],
        # Not in the arguments: a URL may hold a password.
        input=json.dumps(
            {"url": url, "goals": dict(goals), "folders": {name: str(folder) for name, folder in folders.items()}}
        ),
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},  # the same code as this process runs, wherever it lies
    )
    if done.returncode != 0:
        raise MigrationFailed(
            N_("The tables could not be brought to this version: %(reason)s"),
            N_("Nothing was changed in the service concerned. Mend the cause and run: redress migrate"),
            params={"reason": (done.stderr.strip().splitlines() or ["no reason was given"])[-1]},
        )


def alembic_config(service: str, connection: Any, metadata: Any = None, folder: Path | None = None) -> Any:
    """The Alembic configuration of one service on an open (synchronous) SQLAlchemy connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(deploy_dir() / "migrations"))
    config.set_main_option("version_locations", str(folder or versions_dir(service)))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(service=service, connection=connection, metadata=metadata, version_table=VERSION_TABLE)
    return config


def _upgrade(connection: Any, goals: Mapping[str, str], folders: Folders) -> None:
    from alembic import command

    for service, goal in goals.items():
        connection.exec_driver_sql(f"create schema if not exists {service}")
        connection.commit()
        command.upgrade(alembic_config(service, connection, folder=folders.get(service)), goal)
        removed = [each.number for each in chain(service, folders) if each.phase == "post" and each.number <= goal]
        note = json.dumps({"post": removed})
        connection.exec_driver_sql(f"comment on table {service}.{VERSION_TABLE} is '{note}'")
        connection.commit()


async def _main() -> None:
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    wanted = json.loads(sys.stdin.read())
    engine = create_async_engine(wanted["url"].replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    guard = await asyncpg.connect(wanted["url"])
    try:
        await guard.execute("select pg_advisory_lock($1)", MIGRATING)
        async with engine.connect() as connection:
            folders = {name: Path(folder) for name, folder in wanted["folders"].items()}
            await connection.run_sync(_upgrade, wanted["goals"], folders)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        sys.exit(said.removeprefix("<class 'asyncpg.exceptions.").replace("'>: ", ": "))
    finally:
        await guard.close()
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(_main())
