"""`redress demo`: a data folder with a lived-in system in it."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import typer
import uvloop
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.demo.make_demo import Made, make_demo
from services.cli.demo.plan import DAYS, start_of
from services.cli.demo.world import SimulatedClock
from services.cli.runtime import Runtime, opened
from services.cli.session import DATA, errors, external_url, told_plainly
from services.cli.up import first_start
from services.governance.check_policy import check_policy
from services.kit.data_folder import DataFolder
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import Conflict
from services.kit.logging import configure_logging
from services.kit.migrate import migrate
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings, default_data

MARKER = "demo.json"
"""In the data folder once its demo is finished: how many cases and which seed."""

ZONE = "Asia/Bangkok"

# A crash would leave half a demo in any case, which is thrown away; waiting for the disk at every step is not needed.
NO_WAITING = {"synchronous_commit": "off"}


def demo(
    cases: int = typer.Option(300, "--cases", "-n", help="How many complaints.", min=1, max=5000),
    seed: str = typer.Option("redress", "--seed", help="The same seed gives the same days."),
    data: Path | None = DATA,
) -> None:
    """Make a lived-in system: complaints of the last ninety days, handled by the sample staff.

    Everything goes through the use cases the pages call, under a clock of its own. The data folder must not hold
    complaints; afterwards start it with `redress up`.
    """
    configure_logging(level="ERROR", human=sys.stderr.isatty())
    with told_plainly():
        folder = DataFolder.open(data or default_data())
        folder.hold(0)
        server: EmbeddedPostgres | None = None
        try:
            if not external_url():
                server = EmbeddedPostgres.start(folder.path, join=False, settings=NO_WAITING)
            url = external_url() or (server.url if server else "")
            migrate(url, SERVICES)
            settings = Settings(data=folder.path, secret=folder.secret_key())
            made = uvloop.run(live_through(settings, url, folder, cases, seed, datetime.now(UTC)))
        finally:
            if server is not None:
                server.stop()
            folder.release()
    tell(folder, made)


async def live_through(
    settings: Settings, url: str, folder: DataFolder, cases: int, seed: str, end: datetime, *, quiet: bool = False
) -> Made:
    """Make the demo in an opened folder; `end` is the moment it is meant to be now.

    Raises:
        Conflict: there are complaints already, or another policy than the sample's is in force.
    """
    first = start_of(end, ZONE)
    clock = SimulatedClock(first.astimezone(UTC))
    async with opened(settings, url, now=clock) as runtime:
        await refuse_unless_empty(runtime, folder)
        await first_start(runtime, folder, None)
        await refuse_another_policy(runtime)
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[at]}"), TimeElapsedColumn()
        with Progress(*columns, console=errors, disable=quiet) as progress:
            task = progress.add_task(f"{DAYS} days", total=(end - first).total_seconds(), at="")

            def advance(moment: datetime, filed: int) -> None:
                passed = (moment - first).total_seconds()
                progress.update(task, completed=passed, at=f"{moment.date()}  {filed} of {cases} filed")

            made = await make_demo(runtime, clock, cases=cases, seed=seed, end=end, progress=advance)
            progress.update(task, completed=(end - first).total_seconds())
    folder.write_private(MARKER, json.dumps({"cases": made.cases, "seed": seed, "made_at": end.isoformat()}))
    return made


async def refuse_unless_empty(runtime: Runtime, folder: DataFolder) -> None:
    """Only a folder without complaints becomes a demo: invented cases never mix with real ones."""
    rows = await runtime.contexts["intake"].database.read("select count(*) n from intake.complaint")
    if rows[0]["n"]:
        finished = (folder.path / MARKER).exists()
        raise Conflict(
            "%(path)s already holds %(count)s complaints%(what)s.",
            "Start it with `redress up --data %(path)s`, or give another folder with --data."
            if finished
            else "A demo is only made in a folder without complaints: give another one with --data.",
            params={"path": folder.path, "count": rows[0]["n"], "what": " of a demo" if finished else ""},
        )


async def refuse_another_policy(runtime: Runtime) -> None:
    """The demo speaks of the places and categories of the sample organisation."""
    context = runtime.contexts["intake"]
    sample = check_policy((deploy_dir() / "policies" / "fio.yaml").read_text(encoding="utf-8")).bundle
    in_force = await context.copies.in_force(context.database, context.now())
    staff = await context.copies.staff(context.database)
    if sample is None or in_force.version != sample.version or not staff.holding("officer"):
        raise Conflict(
            "The policy %(version)s is in force here, not the sample policy with its sample staff.",
            "Give a new folder with --data; the demo brings its own policy and people.",
            params={"version": in_force.version},
        )


def tell(folder: DataFolder, made: Made) -> None:
    """What was made and where it is."""
    errors.print(
        f"[green]✓[/] {made.cases} cases, {made.open} of them open ({made.late} overdue), {made.recoveries} recovery"
        f" records, {made.alerts} alerts.",
        highlight=False,
    )
    errors.print(f"  Start it with [bold]redress up --data {folder.path}[/]", highlight=False)
    for what in made.stuck:
        errors.print(f"[yellow]![/] {what}", highlight=False)
    if folder.logins.exists():
        errors.print(f"  Sample log-ins are in {folder.logins}", highlight=False)
