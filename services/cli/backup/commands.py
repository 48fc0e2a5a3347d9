"""`redress backup FILE` and `redress restore FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
import uvloop
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.backup.archive import Manifest, reading
from services.cli.backup.restore_backup import (
    Restored,
    check_versions,
    key_is_missing,
    load,
    new_folder,
    settle,
    unpack_files,
)
from services.cli.backup.take_backup import take_backup
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, named_urls, told_plainly, with_runtime
from services.kit.data_folder import DataFolder
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import RedressError
from services.kit.logging import configure_logging
from services.kit.settings import SERVICES, Settings, default_data


@contextmanager
def _bar(what: str) -> Iterator[Callable[[str, int, int], None]]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def advance(part: str, done: int, total: int) -> None:
            progress.update(task, description=f"{what} {part}", completed=done, total=total)

        yield advance


def backup(file: Path = typer.Argument(help="The file to write; it must not exist."), data: Path | None = DATA) -> None:
    """Write everything into one file, while the system runs: tables at one moment, keys, log-ins, stored files.

    The file holds the keys and what complainants wrote. Only its owner can read it; keep it encrypted, elsewhere.
    """

    async def work(runtime: Runtime) -> Manifest:
        urls = {name: context.database.url for name, context in runtime.contexts.items()}
        with _bar("taking") as progress:
            return await take_backup(urls, runtime.settings.data, file, datetime.now(UTC), progress)

    manifest = with_runtime(data, work, drain=False)
    errors.print(
        f"[green]✓[/] {manifest.rows:,} rows and {len(manifest.files)} files are in {file}"
        f" ({file.stat().st_size / 2**20:,.1f} MB)."
    )
    if manifest.key_from_environment:
        errors.print("The key of REDRESS_SECRET_KEY is not in it: keep it where you keep the backup's password.")


def restore(
    file: Path = typer.Argument(help="What `redress backup` wrote."),
    data: Path | None = DATA,
    replace: bool = typer.Option(False, "--replace", help="Move what is in the data folder aside; nothing is removed."),
    was_stopped: bool = typer.Option(
        False, "--was-stopped", help="The old system had stopped before the backup: what it had not sent is sent now."
    ),
) -> None:
    """Make a system as it was: into a new data folder, or into the empty database of DATABASE_URL.

    Nothing is sent that the old system may have sent since the backup; say --was-stopped when it cannot have.
    """
    configure_logging(level="WARNING", human=sys.stderr.isatty())
    now = datetime.now(UTC)
    with told_plainly(), reading(file) as archive:
        check_versions(archive.manifest)
        if key_is_missing(archive.manifest):
            raise RedressError(
                "The backup does not hold the key that signs sessions and tracking secrets.",
                "Set REDRESS_SECRET_KEY to the one the old system had, then restore.",
            )
        with new_folder(data or default_data(), replace=replace, now=now) as path, _bar("restoring") as progress:
            folder = DataFolder.open(path)
            unpack_files(archive, folder)
            settings = Settings(data=folder.path, secret=folder.secret_key())
            urls = named_urls(SERVICES)
            server = None if urls else EmbeddedPostgres.start(folder.path)
            if server is not None:
                urls = dict.fromkeys(SERVICES, server.url)

            async def work() -> Restored:
                await load(archive, urls, progress)
                return await settle(settings, urls, archive.manifest, now, was_stopped=was_stopped, file=file)

            try:
                restored = uvloop.run(work())
            finally:
                if server is not None:
                    server.stop()
    tell(restored, (data or default_data()))


def tell(restored: Restored, data: Path) -> None:
    """What was restored, what was held back, and what to do next."""
    manifest = restored.manifest
    errors.print(
        f"[green]✓[/] {manifest.rows:,} rows as of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC are in {data};"
        f" {restored.events:,} events, every chain holds."
    )
    for service, said in HELD.items():
        if count := restored.held.get(service, 0):
            errors.print(f"{count:,} {said} were not sent, since the old system may have sent them.")
    errors.print("Complaints accepted after the backup are not in it: their numbers are not given out again.")
    errors.print("Next: `redress audit books`, then `redress up`.")


HELD = {"sla": "alerts (their cases are on the managers' page)", "intake": "messages (each is on the page of its case)"}
