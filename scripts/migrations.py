"""What the two migration scripts share: a throw-away database, and Alembic's comparison written to a file."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.kit.embedded import EmbeddedPostgres
from services.kit.migrate import VERSION_TABLE, alembic_config, versions_dir
from services.kit.settings import SERVICES

UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Server settings for a database nobody will miss."""


@contextmanager
def scratch_database() -> Iterator[str]:
    """The URL of an empty database that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="redress-") as folder:
        server = EmbeddedPostgres.start(Path(folder) / "data", settings=UNSAFE)
        try:
            yield server.url
        finally:
            server.stop()


def checked_service(name: str) -> str:
    """`name`, if it is a service; ends the program otherwise."""
    if name not in SERVICES:
        sys.exit(f"{name} is not a service; there are: {', '.join(SERVICES)}")
    return name


def metadata_of(service: str) -> MetaData:
    """The tables a service declares. `metadata.info["statements"]` may list SQL that tables cannot express."""
    metadata: MetaData = import_module(f"services.{service}.tables").metadata
    return metadata


async def write_revision(url: str, service: str, message: str, number: str) -> Path:
    """Compare the service's tables with the database at `url` and write what is missing there as a migration."""
    folder = versions_dir(service)
    folder.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_compare, service, message, number)
    finally:
        await engine.dispose()
    file = next(folder.glob(f"{number}_*.py"))
    _tidy(file)
    return file


def _compare(connection: Any, service: str, message: str, number: str) -> None:
    from alembic import command

    connection.exec_driver_sql(f"create schema if not exists {service}")
    connection.commit()
    command.revision(
        alembic_config(service, connection, metadata_of(service)), message, autogenerate=True, rev_id=number
    )


def _tidy(file: Path) -> None:
    """No marks of the generator, no unused import, the house format."""
    text = re.sub(r"^ *# ### .*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--quiet", "--fix-only", "--select", "F401,I", str(file)], check=True)
    subprocess.run([*ruff, "format", "--quiet", str(file)], check=True)


def append_statements(file: Path, statements: list[str]) -> None:
    """Put SQL at the end of a migration's `upgrade`."""
    if not statements:
        return
    lines = "".join(f"    op.execute({statement!r})\n" for statement in statements)
    before, after = file.read_text(encoding="utf-8").split("\n\ndef downgrade()", 1)
    file.write_text(f"{before.rstrip()}\n{lines}\n\ndef downgrade(){after}", encoding="utf-8")
    _tidy(file)


def differences(connection: Any, service: str) -> list[Any]:
    """What the service's tables say that the database does not, as Alembic sees it; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: name == service if kind == "schema" else name != VERSION_TABLE,
        "compare_type": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata_of(service)))
