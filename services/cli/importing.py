"""`redress import FILE --mapping FILE`: history from another system, reconciled, with the figures it leads to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.kpi import figures, show_figures
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.intake.contacts.keeping import contacts_of
from services.intake.importing.import_file import Reconciliation, import_file
from services.intake.importing.mapping import ImportMapping, read_mapping
from services.intake.importing.rows import read_rows
from services.kit.errors import RedressError


def import_(
    file: Path = typer.Argument(help="A CSV or XLSX file."),
    mapping: Path = typer.Option(..., "--mapping", "-m", help="What its columns mean."),
    data: Path | None = DATA,
    rejects: Path | None = typer.Option(None, "--rejects", help="Where refused rows go; else into the current folder."),
    form: Format = FORMAT,
) -> None:
    """Import complaints handled elsewhere; after an interruption, run it again: it goes on where it stopped."""
    reject_file = rejects or Path.cwd() / f"{file.stem}.rejected.csv"

    async def work(runtime: Runtime) -> tuple[Reconciliation, list[dict[str, object]]]:
        chosen = read_mapping(mapping)
        result = await _import(runtime, file, chosen, reject_file)
        with errors.status("routing, clocks and figures follow …"):
            await runtime.drain()
        first, last = await _span(runtime, chosen.source)
        return result, await figures(runtime, first, last, "organisation")

    result, rows = with_runtime(data, work)
    summary = {
        "read": result.read,
        "registered": result.registered,
        "duplicate": result.duplicate,
        "rejected": result.rejected,
        "holds": "read = registered + duplicate + rejected" if result.holds else "DOES NOT ADD UP",
    }
    if form is Format.json:
        show([summary], form)
        show_figures(rows, form)
    else:
        show([summary], form, title="Reconciliation")
        if result.resumed_at:
            errors.print(f"Went on after row {result.resumed_at:,}, where an earlier run was interrupted.")
        if result.reject_file:
            errors.print(f"The refused rows, each with its line and reason, are in {result.reject_file}")
        show_figures(rows, form)
    if not result.holds:
        raise typer.Exit(1)


async def _import(runtime: Runtime, file: Path, mapping: ImportMapping, reject_file: Path) -> Reconciliation:
    context = runtime.contexts["intake"]
    bundle = await context.copies.in_force(context.database, context.now())
    total = sum(1 for _ in read_rows(file, mapping))
    if total == 0:
        raise RedressError("%(file)s has no rows below its head.", "Check the file.", params={"file": file})
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("importing", total=total)
        return await import_file(
            context.database,
            file,
            mapping,
            bundle,
            contacts=contacts_of(runtime.settings),
            now=context.now(),
            reject_file=reject_file,
            progress=lambda rows: progress.advance(task, rows),
        )


async def _span(runtime: Runtime, source: str) -> tuple[str, str]:
    """The days from the first to the last case of a source, for the table at the end."""
    rows = await runtime.contexts["intake"].database.read(
        "select min(c.received_at) first, max(c.received_at) last from intake.complaint c"
        " join intake.imported i on i.complaint_id = c.id where i.system = $1",
        source,
    )
    first, last = rows[0]["first"], rows[0]["last"]
    if first is None:
        now = runtime.contexts["intake"].now()
        first, last = now - timedelta(days=30), now
    return first.date().isoformat(), (last + timedelta(days=1)).date().isoformat()
