"""`redress demo`: a data folder with a lived-in system in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
import uvloop
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.demo.begun import BEGUN, Begun, begun_in
from services.cli.demo.growing import forget_half, grow
from services.cli.demo.make_demo import Made, make_demo
from services.cli.demo.multiply.multiply import FOR_LOADING
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


HANDLED = 300
"""How many of a large demo go through the use cases; the others are made of them."""

MULTIPLIED_FROM = 2000
"""Up to so many cases, all of them go through the use cases."""


def demo(
    cases: int = typer.Option(300, "--cases", "-n", help="How many complaints.", min=1, max=1_000_000),
    seed: str = typer.Option("redress", "--seed", help="The same seed gives the same days."),
    handled: int | None = typer.Option(
        None, "--handled", help="How many go through the use cases, the others being made of them: all up to 2,000,"
        " else 300.", min=20, max=MULTIPLIED_FROM, show_default=False,
    ),
    data: Path | None = DATA,
) -> None:  # fmt: skip
    """Make a lived-in system: complaints of the last ninety days, handled by the sample staff.

    Everything goes through the use cases the pages call, under a clock of its own. Above 2,000 cases, 300 do; the
    others are made of them, over nine years. The same command goes on where it was interrupted. The data folder must
    not hold complaints; afterwards start it with `redress up`.
    """
    configure_logging(level="ERROR", human=sys.stderr.isatty())
    with told_plainly():
        folder = DataFolder.open(data or default_data())
        folder.hold(0)
        try:
            wanted = Begun(cases, _originals(cases, handled), seed, datetime.now(UTC).isoformat())
            begun = begun_in(folder)
            if begun is not None:
                errors.print(f"Going on with the demo of {begun.cases:,} cases that was begun here.", highlight=False)
            made = make(folder, begun or wanted)
        finally:
            folder.release()
    tell(folder, made)


def _originals(cases: int, handled: int | None) -> int:
    return min(cases, handled or (cases if cases <= MULTIPLIED_FROM else HANDLED))


def make(folder: DataFolder, begun: Begun) -> Made:
    """Make the demo that was begun in a folder, or go on with it."""
    if begun.cases > begun.originals and not external_url():
        folder.check_space(begun.bytes_needed)
    stuck: tuple[str, ...] = ()
    if not begun.lived:
        made = _served(folder, NO_WAITING, lambda settings, url: _lived(settings, url, folder, begun))
        if begun.cases <= begun.originals:
            return made
        stuck, begun = made.stuck, begun.after_living()
        folder.write_private(BEGUN, begun.to_json())
    made = replace(_served(folder, FOR_LOADING, lambda settings, url: grow(settings, url, begun)), stuck=stuck)
    _finish(folder, made, begun.seed, begun.end)
    return made


def _served(
    folder: DataFolder, how: Mapping[str, str], work: Callable[[Settings, str], Coroutine[Any, Any, Made]]
) -> Made:
    """Do something with the database of the folder, set up for it, or with the enterprise's own."""
    server: EmbeddedPostgres | None = None
    try:
        if not external_url():
            server = EmbeddedPostgres.start(folder.path, join=False, settings=how)
        url = external_url() or (server.url if server else "")
        begun = begun_in(folder)
        if server is not None and begun is not None and not begun.lived:
            uvloop.run(forget_half(url))
        migrate(url, SERVICES)
        return uvloop.run(work(Settings(data=folder.path, secret=folder.secret_key()), url))
    finally:
        if server is not None:
            server.stop()


async def _lived(settings: Settings, url: str, folder: DataFolder, begun: Begun) -> Made:
    end = datetime.fromisoformat(begun.end)
    if begun.cases <= begun.originals:
        return await live_through(settings, url, folder, begun.cases, begun.seed, end)
    return await live_through(settings, url, folder, begun.originals, begun.seed, end, more=begun)


async def live_through(
    settings: Settings,
    url: str,
    folder: DataFolder,
    cases: int,
    seed: str,
    end: datetime,
    *,
    quiet: bool = False,
    more: Begun | None = None,
) -> Made:
    """Make the demo in an opened folder; `end` is the moment it is meant to be now.

    Where these cases are to become `more`, that is noted in the folder as soon as nothing speaks against it.

    Raises:
        Conflict: there are complaints already, or another policy than the sample's is in force.
    """
    first = start_of(end, ZONE)
    clock = SimulatedClock(first.astimezone(UTC))
    async with opened(settings, url, now=clock) as runtime:
        await refuse_unless_empty(runtime, folder)
        if more is not None:
            folder.write_private(BEGUN, more.to_json())
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
    if more is None:
        _finish(folder, made, seed, end.isoformat())
    return made


def _finish(folder: DataFolder, made: Made, seed: str, end: str) -> None:
    """Note that the demo is finished."""
    folder.write_private(MARKER, json.dumps({"cases": made.cases, "seed": seed, "made_at": end}))
    (folder.path / BEGUN).unlink(missing_ok=True)


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
