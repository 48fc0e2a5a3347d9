"""`redress journal verify|heads`: the audit trail, checked and quoted."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.progress import Progress

from schemas.envelope import BUCKETS
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.kit.journal import Break, verify

journal = typer.Typer(help="The journals: the audit trail of every service.", no_args_is_help=True)


@journal.command("verify")
def verify_journals(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """Walk every chain: no gap, no altered event, no exchanged text. Exit code 1 when something does not hold."""

    async def work(runtime: Runtime) -> tuple[list[dict[str, object]], list[Break]]:
        rows: list[dict[str, object]] = []
        broken: list[Break] = []
        with Progress(console=errors, transient=True) as progress:
            task = progress.add_task("verifying", total=len(runtime.contexts) * BUCKETS)
            for name, context in runtime.contexts.items():
                events, breaks = 0, 0
                async with context.database.transaction() as tx:
                    await tx.execute("set transaction isolation level repeatable read, read only")
                    async for found in verify(tx, name, range(BUCKETS)):
                        if isinstance(found, Break):
                            broken.append(found)
                            breaks += 1
                        else:
                            events += found
                            progress.advance(task)
                rows.append({"journal": name, "events": events, "breaks": breaks})
        return rows, broken

    rows, broken = with_runtime(data, work, drain=False)
    show(rows, form, title="Journals")
    for found in broken[:50]:
        errors.print(f"[red]✗[/] {found.service} bucket {found.bucket} position {found.position}: {found.what}")
    if broken:
        errors.print("Restore the journal from a backup taken before the change, and find out who had access.")
        raise typer.Exit(1)


@journal.command("heads")
def heads(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """The head of every bucket: note them outside (minutes, paper), and no one can rewrite what came before."""

    async def work(runtime: Runtime) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for name, context in runtime.contexts.items():
            for row in await context.database.read(f"select bucket, position, head from {name}.bucket order by 1"):
                rows.append(
                    {"journal": name, "bucket": row["bucket"], "position": row["position"], "head": row["head"].hex()}
                )
        return rows

    show(with_runtime(data, work, drain=False), form, title="Heads")
