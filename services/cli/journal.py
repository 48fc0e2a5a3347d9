"""`redress journal verify|heads`: the audit trail, checked and quoted."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import typer
from rich.progress import Progress

from schemas.envelope import BUCKETS
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.kit.database import Transaction
from services.kit.errors import RedressError
from services.kit.journal import Break, verify

journal = typer.Typer(help="The journals: the audit trail of every service.", no_args_is_help=True)


@journal.command("verify")
def verify_journals(
    against: Path | None = typer.Option(
        None,
        "--against",
        help="Heads noted before (`redress journal heads`, as JSON or CSV): they must still be there.",
    ),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Walk every chain: no gap, no altered event, no exchanged text. Exit code 1 when something does not hold.

    A chain that was made anew from its beginning holds in itself; only heads noted outside tell.
    """

    async def work(runtime: Runtime) -> tuple[list[dict[str, object]], list[Break]]:
        noted = noted_heads(against) if against else {}
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
                    for place, head in noted.get(name, {}).items():
                        if (missed := await _against(tx, name, *place, head)) is not None:
                            broken.append(missed)
                            breaks += 1
                rows.append({"journal": name, "events": events, "breaks": breaks})
        return rows, broken

    rows, broken = with_runtime(data, work, drain=False)
    show(rows, form, title="Journals")
    for found in broken[:50]:
        errors.print(f"[red]✗[/] {found.service} bucket {found.bucket} position {found.position}: {found.what}")
    if broken:
        errors.print("Restore the journal from a backup taken before the change, and find out who had access.")
        raise typer.Exit(1)


def noted_heads(file: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Heads as `redress journal heads` printed them: by journal, each with its bucket and position.

    Raises:
        RedressError: the file is none of these.
    """
    try:
        text = file.read_text(encoding="utf-8")
        rows = json.loads(text) if text.lstrip().startswith("[") else list(csv.DictReader(text.splitlines()))
        found: dict[str, dict[tuple[int, int], str]] = {}
        for row in rows:
            found.setdefault(row["journal"], {})[int(row["bucket"]), int(row["position"])] = row["head"]
        if found:
            return found
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise RedressError(
        "%(file)s does not hold heads of journals.",
        "Give a file made with `redress journal heads --format json` (or csv).",
        params={"file": file},
    )


async def _against(tx: Transaction, name: str, bucket: int, position: int, head: str) -> Break | None:
    """Whether the head noted of a place is still there; position 0 is an empty bucket, which has none."""
    if position == 0:
        return None
    found = await tx.fetchval(f"select head from {name}.journal where bucket = $1 and position = $2", bucket, position)
    if found is not None and found.hex() == head:
        return None
    return Break(name, bucket, position, "the head is not the one that was noted: what came before was written anew")


@journal.command("heads")
def heads(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """The head of every bucket: note them outside (minutes, paper), and no one can rewrite what came before.

    `redress journal verify --against FILE` holds the journals against heads that were noted.
    """

    async def work(runtime: Runtime) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for name, context in runtime.contexts.items():
            for row in await context.database.read(f"select bucket, position, head from {name}.bucket order by 1"):
                rows.append(
                    {"journal": name, "bucket": row["bucket"], "position": row["position"], "head": row["head"].hex()}
                )
        return rows

    show(with_runtime(data, work, drain=False), form, title="Heads")
