"""`redress kpi` and `redress rebuild reporting`: the figures, and making them anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.kit.broker_settings import kafka_from
from services.kit.errors import RedressError
from services.kit.journal_pages import Journals
from services.kit.settings import SERVICES
from services.reporting.compute_kpis import Figure, catalogue_label, compute_kpis
from services.reporting.period import quarter_period, read_period
from services.reporting.question import Question

LEVELS = ("organisation", "line", "department", "person")
COLUMNS = (
    "kpi",
    "name",
    "measure",
    "level",
    "key",
    "numerator",
    "denominator",
    "value",
    "unit",
    "n",
    "target",
    "met",
    "left_out",
)

rebuild_app = typer.Typer(help="Make projections anew from the journals.", no_args_is_help=True)


def kpi(
    first: str | None = typer.Option(
        None, "--from", help="First day (in), e.g. 2026-10-01 or 1/10/2569; else this quarter."
    ),
    last: str | None = typer.Option(None, "--to", help="Day after the last (out)."),
    level: str = typer.Option("organisation", "--level", help="organisation, line, department or person."),
    recompute: bool = typer.Option(False, "--recompute", help="Derive the figures from the journals by brute force."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """The KPIs of a period at one level. With --recompute, straight from the journals: both must agree."""

    async def work(runtime: Runtime) -> list[dict[str, object]]:
        if level not in LEVELS:
            raise RedressError(
                "There is no level %(level)s.",
                "Use one of %(levels)s.",
                params={"level": level, "levels": ", ".join(LEVELS)},
            )
        return await figures(runtime, first, last, level, recompute=recompute)

    show_figures(with_runtime(data, work), form)


async def figures(
    runtime: Runtime, first: str | None, last: str | None, level: str, *, recompute: bool = False
) -> list[dict[str, object]]:
    """The figures as rows to print; ordinary cases only, as the board sees them."""
    context = runtime.contexts["reporting"]
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    given = first is not None or last is not None
    period = read_period(bundle, first, last, now) if given else quarter_period(bundle, now.date())
    asked = (context.database, context.copies, bundle, Question(period, now), level)
    if recompute:
        from services.reporting.recompute import recompute_kpis

        async with journals_of(runtime) as journals:
            found = await recompute_kpis(*asked, journals=journals)  # type: ignore[arg-type]
    else:
        found = await compute_kpis(*asked)  # type: ignore[arg-type]
    staff = await context.copies.staff(context.database)
    return [_row(figure, staff.name) for figure in found]


@asynccontextmanager
async def journals_of(runtime: Runtime) -> AsyncIterator[Journals]:
    """The journals: in the databases the environment names, or asked for over the broker where some are elsewhere."""
    kafka = kafka_from()
    if kafka is None or set(runtime.contexts) == set(SERVICES):
        yield runtime.journals()
        return
    from services.kit.broker import ensure_topics
    from services.kit.replay import ReplayClient

    # Answers carry the number of their question, so the running service leaves those to this command alone.
    await ensure_topics(kafka, (), ("reporting",))
    async with ReplayClient(kafka, "reporting") as asked:
        yield asked


def _row(figure: Figure, name: object) -> dict[str, object]:
    target = figure.target
    return {
        "kpi": figure.kpi,
        "name": catalogue_label(figure.kpi, "th"),
        "measure": figure.measure,
        "level": figure.level,
        "key": figure.key,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "value": None if figure.value is None else round(figure.value, 4),
        "unit": figure.unit,
        "n": "withheld" if figure.withheld else figure.n,
        "target": None if target is None else f"{'≥' if target.direction == 'up' else '≤'} {target.value}",
        "met": figure.met,
        "left_out": figure.left_out,
    }


def show_figures(rows: list[dict[str, object]], form: Format) -> None:
    """Print figures."""
    show(rows, form, title="KPIs", columns=COLUMNS)


@rebuild_app.command("reporting")
def rebuild_reporting(data: Path | None = DATA) -> None:
    """Read the journals into fresh tables beside the live ones and swap them in; recovery records stay."""

    from services.reporting.rebuild import rebuild

    async def work(runtime: Runtime) -> int:
        bar = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(*bar, console=errors) as progress:
            task = progress.add_task("rebuilding", total=None)

            def advance(done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            context = runtime.contexts["reporting"]
            async with journals_of(runtime) as journals:
                made = await rebuild(context.database, context.copies, journals=journals, progress=advance)
            return made.events

    count = with_runtime(data, work, drain=False)
    errors.print(f"[green]✓[/] Reporting is made anew from {count:,} events.")
