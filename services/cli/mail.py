"""`redress mail import PATH`: mails that lie on a disk, taken in by the same door as those that come."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.intake.email.incoming import Incoming
from services.intake.email.read_store import count_mails, read_store, received_when
from services.intake.email.receive_mail import mail_desk

mail = typer.Typer(help="E-mail.", no_args_is_help=True)

STATES = ("registered", "held", "ignored", "failed")


@mail.callback()
def _mail() -> None:
    """E-mail."""


@mail.command("import")
def import_mails(
    path: Path = typer.Argument(help="A maildir, an mbox, an .eml file, or a folder of .eml files."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Take in stored mails; after an interruption, run it again: what was taken in is not taken in twice."""

    async def work(runtime: Runtime) -> Counter[str]:
        counted = await _import(runtime, path)
        with errors.status("routing, clocks and figures follow …"):
            await runtime.drain()
        return counted

    counted = with_runtime(data, work)
    holds = counted["read"] == counted["repeated"] + sum(counted[state] for state in STATES)
    summary = {
        "read": counted["read"],
        **{state: counted[state] for state in STATES},
        "repeated": counted["repeated"],
        "holds": "read = registered + held + ignored + failed + repeated" if holds else "DOES NOT ADD UP",
    }
    show([summary], form, title="Reconciliation")
    if counted["held"] or counted["failed"]:
        errors.print("What is held or failed waits for a person at /admin/channels, each with its reason.")
    if not holds or counted["failed"]:
        raise typer.Exit(1)


async def _import(runtime: Runtime, path: Path) -> Counter[str]:
    desk = mail_desk(runtime.contexts["intake"])
    counted: Counter[str] = Counter()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("importing", total=count_mails(path))
        batch: list[Incoming] = []
        size = 0

        async def take_in() -> None:
            for outcome in await desk.receive_many(batch):
                counted["repeated" if outcome.repeated else outcome.state] += 1
            progress.advance(task, len(batch))
            batch.clear()

        for raw in read_store(path):
            counted["read"] += 1
            size += len(raw)
            batch.append(Incoming(raw, "import", received_when(raw, desk.context.now())))
            if len(batch) == 32 or size > 4_000_000:
                await take_in()
                size = 0
        await take_in()
    return counted
