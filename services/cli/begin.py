"""`redress begin`: what `redress up` does on a new data folder, where services run as processes of their own."""

from __future__ import annotations

from pathlib import Path

import typer

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.up import first_start
from services.kit.data_folder import DataFolder
from services.kit.settings import default_data


def begin(
    data: Path | None = DATA,
    policy: Path | None = typer.Option(None, "--policy", help="The policy to begin with; else a sample."),
) -> None:
    """Give a new database its tables and first policy; a sample also brings staff. Does nothing a second time."""

    async def work(runtime: Runtime) -> None:
        await first_start(runtime, folder, policy)

    folder = DataFolder.open(data or default_data())
    with_runtime(data, work, drain=False)
    errors.print("[green]✓[/] The database has its tables and a policy.")
    if folder.logins.exists():
        errors.print(f"Sample log-ins are in {folder.logins}")
