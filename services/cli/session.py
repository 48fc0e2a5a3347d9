"""How a command comes to a database and a runtime: beside a running system, on a stopped one, or on a given URL."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import typer
import uvloop
from rich.console import Console
from rich.markup import escape

from services.cli.runtime import Runtime, opened
from services.kit.broker_settings import kafka_from
from services.kit.data_folder import DataFolder, DataFolderUnusable
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import RedressError
from services.kit.logging import configure_logging
from services.kit.migrate import check_tables, migrate, stored_versions
from services.kit.settings import SERVICES, Settings, default_data, from_environment
from services.kit.trouble import known, passes

T = TypeVar("T")

errors = Console(stderr=True)

DATA = typer.Option(
    None, "--data", help="The data folder; else REDRESS_DATA, else ./data.", show_default=False, file_okay=False
)


@contextmanager
def told_plainly() -> Iterator[None]:
    """A known error leaves as one line and its remedy, with exit code 1, never as a traceback."""
    try:
        yield
    except typer.Exit:
        raise
    except Exception as raised:
        problem = known(raised)
        if problem is None:
            raise
        tell(away() if passes(raised) and external_url() else problem)
        raise typer.Exit(1) from raised


def away() -> RedressError:
    """The enterprise's own database does not answer."""
    return RedressError(
        "The database of DATABASE_URL does not answer.",
        "Check that PostgreSQL runs there, that it lets this user in, and that the address is right.",
    )


def tell(problem: RedressError) -> None:
    """The problem, its remedy and the fields meant, on standard error; nothing in them is markup."""
    remedy = problem.remedy % problem.params if problem.params else problem.remedy
    errors.print(f"[bold red]✗[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
    if remedy:
        errors.print(f"  {escape(remedy)}", highlight=False, soft_wrap=True)
    for field in problem.fields:
        errors.print(
            f"  · {escape(f'{field.field}: {field.what} {field.remedy}'.rstrip())}", highlight=False, soft_wrap=True
        )


def external_url(variable: str = "DATABASE_URL") -> str | None:
    """`DATABASE_URL` (or another variable), where the enterprise runs a PostgreSQL of its own.

    Raises:
        RedressError: it is no address of a PostgreSQL.
    """
    url = os.environ.get(variable) or None
    try:
        parts = urlsplit(url or "postgresql://")
        sound = parts.scheme in ("postgresql", "postgres") and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        raise RedressError(
            "%(variable)s is not the address of a PostgreSQL.",
            "Write it as postgresql://user:password@host:5432/database, or unset it to use the one Redress brings.",
            params={"variable": variable},
        )
    return url


def external_urls(names: Sequence[str] = SERVICES) -> dict[str, str]:
    """The database of each service that the environment names one for: `DATABASE_URL_<SERVICE>`, else `DATABASE_URL`.

    Raises:
        RedressError: one is no address of a PostgreSQL.
    """
    found = {name: external_url(f"DATABASE_URL_{name.upper()}") or external_url() for name in names}
    return {name: url for name, url in found.items() if url}


def migrate_all(urls: Mapping[str, str]) -> None:
    """Bring the tables of services forward, each in its own database."""
    for url in dict.fromkeys(urls.values()):
        migrate(url, [name for name in urls if urls[name] == url])


def ready_to_serve(urls: Mapping[str, str]) -> None:
    """Whether processes that come and go may run on these databases; the first start makes the tables, no later one
    changes them.

    Raises:
        DatabaseOutdated, DatabaseNewer: a database is not good for this program.
    """
    for url in dict.fromkeys(urls.values()):
        names = [name for name in urls if urls[name] == url]
        stored = asyncio.run(stored_versions(url, names))
        if new := [name for name in names if not stored[name]]:
            migrate(url, new)
        asyncio.run(check_tables(url, names))


@contextmanager
def database_urls(
    data: Path, names: Sequence[str], *, new: bool = False, serving: bool = False
) -> Iterator[tuple[dict[str, str], Settings]]:
    """The databases of some services, with the settings of this process.

    Commands migrate them. Processes that are `serving` on the enterprise's own database come and go, and only look
    whether it is good for them. Where the environment names a database for each service and `REDRESS_SECRET_KEY`, no
    data folder is needed.

    Raises:
        RedressError: some have a database and others have not.
        DatabaseOutdated, DatabaseNewer: a database is not good for what is to be served.
    """
    urls = named_urls(names)
    if not urls:
        with database_url(data, new=new) as (url, settings):
            yield dict.fromkeys(names, url), from_environment(settings)
        return
    secret = os.environ.get("REDRESS_SECRET_KEY") or DataFolder.open(data).secret_key()
    (ready_to_serve if serving else migrate_all)(urls)
    yield urls, from_environment(Settings(data=data, secret=secret))


def named_urls(names: Sequence[str]) -> dict[str, str]:
    """The databases that the environment names for these services; empty where it names none.

    Raises:
        RedressError: some have a database and others have not.
    """
    urls = external_urls(names)
    if urls and (missing := [name for name in names if name not in urls]):
        raise RedressError(
            "No database is named for %(services)s.",
            "Set DATABASE_URL, or DATABASE_URL_%(first)s and so on for each service.",
            params={"services": ", ".join(missing), "first": missing[0].upper()},
        )
    return urls


@contextmanager
def unmigrated_urls(data: Path, *, new: bool = False) -> Iterator[dict[str, str]]:
    """The databases of the services, the embedded one started or joined, with their tables as they are.

    Raises:
        DataFolderUnusable: there is no data folder yet, and the command does not make a `new` one.
    """
    urls = named_urls([*external_urls()] or SERVICES)
    if urls:
        yield urls
        return
    require_data_folder(data, new=new)
    server = EmbeddedPostgres.start(data)
    try:
        yield dict.fromkeys(SERVICES, server.url)
    finally:
        server.stop()


def require_data_folder(data: Path, *, new: bool) -> None:
    """Refuse what is no data folder, unless the command makes one or the database is elsewhere.

    Raises:
        DataFolderUnusable: it is none.
    """
    if not (new or external_url() or (data.expanduser() / "VERSION").exists()):
        raise DataFolderUnusable(
            "%(path)s is not a data folder of Redress.",
            "Give the right one with --data or REDRESS_DATA, or start a new one with `redress up`.",
            params={"path": data},
        )


@contextmanager
def database_url(data: Path, *, new: bool = False) -> Iterator[tuple[str, Settings]]:
    """The database of a data folder, started or joined, migrated; with the settings of this process.

    Raises:
        DataFolderUnusable: there is no data folder yet, and the command does not make a `new` one.
    """
    require_data_folder(data, new=new)
    folder = DataFolder.open(data)
    settings = Settings(data=folder.path, secret=folder.secret_key())
    if url := external_url():
        migrate(url, SERVICES)
        yield url, settings
        return
    server = EmbeddedPostgres.start(folder.path)
    try:
        migrate(server.url, SERVICES)
        yield server.url, settings
    finally:
        server.stop()


def with_runtime(data: Path | None, work: Callable[[Runtime], Awaitable[T]], *, drain: bool = True) -> T:
    """Run `work` with a runtime over the data folder; pending events are read first, so figures are fresh."""
    configure_logging(level="WARNING", human=sys.stderr.isatty())

    async def run(urls: dict[str, str], settings: Settings) -> T:
        async with opened(settings, urls) as runtime:
            # Over a broker the services read by themselves; beside them only what is there already is shown.
            if drain and kafka_from() is None:
                await runtime.drain()
            return await work(runtime)

    with told_plainly():
        # Where services have databases of their own, a command works with those the environment names.
        names = [name for name in SERVICES if name in external_urls()] or list(SERVICES)
        with database_urls(data or default_data(), names) as (urls, settings):
            return uvloop.run(run(urls, settings))


def run_async(work: Awaitable[T]) -> T:
    """Run a coroutine to its end."""

    async def main() -> T:
        return await work

    return asyncio.run(main())
