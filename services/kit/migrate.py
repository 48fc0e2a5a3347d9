"""Bring the tables of services to the version this program knows.

Each service has its own chain of migrations (`deploy/migrations/<service>/versions/0001_….py`) and notes its version in
its own schema. What is stored is compared with the file names, without Alembic; only when something is to be done does
a short-lived process of its own load Alembic and do it, under a lock so that replicas do not get in each other's way.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.paths import deploy_dir

VERSION_TABLE = "alembic_version"
_LOCK = 0x5EED_0001
_log = structlog.get_logger(__name__)


class DatabaseNewer(RedressError):
    """The database has a migration this program does not know: a newer Redress has used it."""

    status = 503
    code = "database-newer"


class MigrationFailed(RedressError):
    """A migration could not be applied; the service's tables are as they were."""

    status = 503
    code = "migration-failed"


def versions_dir(service: str) -> Path:
    """Where the migrations of a service lie."""
    return deploy_dir() / "migrations" / service / "versions"


def known_versions(service: str) -> list[str]:
    """The versions of a service's tables this program knows, oldest first: `["0001", "0002"]`."""
    found = (re.match(r"(\d{4})_\w+\.py$", file.name) for file in versions_dir(service).glob("*.py"))
    return sorted(match[1] for match in found if match)


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


def outdated(stored: Mapping[str, str]) -> list[str]:
    """The services whose tables are to be brought forward. Raises DatabaseNewer for one that is ahead of us."""
    behind = []
    for service, found in stored.items():
        known = known_versions(service)
        if found and found not in known:
            raise DatabaseNewer(
                N_("The tables of %(service)s are of version %(found)s; this program knows %(known)s."),
                N_("Start it with the newer Redress that was used before, or restore a backup. Nothing was changed."),
                params={"service": service, "found": found, "known": known[-1] if known else "none"},
            )
        if known and found != known[-1]:
            behind.append(service)
    return behind


async def migrate_async(url: str, services: Sequence[str]) -> list[str]:
    """Bring the tables of `services` forward and return those that were. Quick when there is nothing to do.

    Raises DatabaseNewer, MigrationFailed.
    """
    behind = outdated(await stored_versions(url, services))
    if behind:
        await asyncio.to_thread(_upgrade_elsewhere, url, behind)
        _log.info("tables_migrated", services=behind)
    return behind


def migrate(url: str, services: Sequence[str]) -> list[str]:
    """`migrate_async` for callers without an event loop."""
    return asyncio.run(migrate_async(url, services))


def _upgrade_elsewhere(url: str, services: Sequence[str]) -> None:
    """Alembic and what it loads (some 20 MB) stay out of a process that then runs for weeks."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.kit.migrate"],
        input=json.dumps({"url": url, "services": list(services)}),  # not in the arguments: a URL may hold a password
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise MigrationFailed(
            N_("The tables could not be brought to this version: %(reason)s"),
            N_("Nothing was changed in the service concerned. Mend the cause and run: redress migrate"),
            params={"reason": (done.stderr.strip().splitlines() or ["no reason was given"])[-1]},
        )


def alembic_config(service: str, connection: Any, metadata: Any = None) -> Any:
    """The Alembic configuration of one service on an open (synchronous) SQLAlchemy connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(deploy_dir() / "migrations"))
    config.set_main_option("version_locations", str(versions_dir(service)))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(service=service, connection=connection, metadata=metadata, version_table=VERSION_TABLE)
    return config


def _upgrade(connection: Any, services: Sequence[str]) -> None:
    from alembic import command

    for service in services:
        connection.exec_driver_sql(f"create schema if not exists {service}")
        connection.commit()
        command.upgrade(alembic_config(service, connection), "head")
        connection.commit()


async def _main() -> None:
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    wanted = json.loads(sys.stdin.read())
    engine = create_async_engine(wanted["url"].replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    guard = await asyncpg.connect(wanted["url"])
    try:
        await guard.execute("select pg_advisory_lock($1)", _LOCK)
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, wanted["services"])
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        sys.exit(said.removeprefix("<class 'asyncpg.exceptions.").replace("'>: ", ": "))
    finally:
        await guard.close()
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(_main())
