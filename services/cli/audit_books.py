"""`redress audit books`: does what every service shows follow from what happened? On a running system too."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.progress import Progress, TextColumn
from rich.text import Text

from services.cli.books.audit import audit_books
from services.cli.books.findings import CHECKS, Books
from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.kit.errors import RedressError

audit = typer.Typer(help="Checks that an auditor or operator can run at any time.", no_args_is_help=True)

COLUMNS = ("check", "case_id", "tracking_number", "what", "remedy")


@audit.callback()
def _several() -> None:
    """Checks that an auditor or operator can run at any time."""


@audit.command("books")
def books(
    expect: Path | None = typer.Option(
        None, "--expect", help="A file of tracking numbers, one a line: each must be registered exactly once."
    ),
    wait: float | None = typer.Option(
        None, "--wait", help="Seconds to wait for every reader to be done; being behind after that is wrong.", min=0
    ),
    first: str | None = typer.Option(None, "--from", help="First day of the KPIs to check (in); else this quarter."),
    last: str | None = typer.Option(None, "--to", help="Day after the last (out)."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Hold complaints, clocks, alerts, figures and journals against one another. Exit code 1 when something is wrong.

    It only reads, and may run while the system does: what is on its way is judged next time.
    """

    async def work(runtime: Runtime) -> Books:
        numbers = None if expect is None else numbers_of(expect)
        done: dict[str, int] = {}
        with Progress(TextColumn("{task.description}"), console=errors, transient=True) as progress:
            task = progress.add_task("looking")

            def advance(what: str, count: int) -> None:
                done[what] = done.get(what, 0) + count
                progress.update(task, description=f"{what}: {done[what]:,}")

            return await audit_books(
                {name: context.database for name, context in runtime.contexts.items()},
                {name: service.subscriptions for name, service in runtime.services.items()},
                now=next(iter(runtime.contexts.values())).now,
                expect=numbers,
                wait=wait,
                days=(first, last),
                progress=advance,
            )

    found = with_runtime(data, work, drain=False)
    show_books(found, form)
    if not found.hold:
        raise typer.Exit(1)


def numbers_of(file: Path) -> list[str]:
    """The tracking numbers in a file, one a line.

    Raises:
        RedressError: it cannot be read.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise RedressError(
            "The file %(file)s cannot be read: %(why)s.",
            "Give a text file with one tracking number a line.",
            params={"file": file, "why": getattr(problem, "strerror", None) or "it is not UTF-8 text"},
        ) from problem
    return [line.strip() for line in lines if line.strip()]


def show_books(found: Books, form: Format) -> None:
    """Print what was checked, then what is wrong."""
    checks = [
        {
            "": "✗" if found.found[name] else "✓",
            "check": name,
            "proves": proves,
            "looked_at": found.looked_at[name],
            "wrong": found.found[name],
            "says": found.says.get(name, ""),
        }
        for name, proves in CHECKS.items()
        if name in found.checked
    ]
    findings = [{name: getattr(finding, name) for name in COLUMNS} for finding in found.findings]
    if form is Format.json:
        plain = [{key: value for key, value in check.items() if key} for check in checks]
        said = [{**row, "case_id": row["case_id"] and str(row["case_id"])} for row in findings]
        whole = {"at": found.at.isoformat(), "hold": found.hold, "checks": plain, "findings": said}
        print(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    if form is Format.csv:
        show(findings, form, columns=COLUMNS)
        return
    show(checks, form, title=f"Books at {found.at:%Y-%m-%d %H:%M:%S} UTC")
    for finding in found.findings:
        about = " ".join(str(part) for part in (finding.tracking_number, finding.case_id) if part)
        errors.print(Text(f"✗ {finding.check}: {about + ': ' if about else ''}{finding.what}", style="red"))
        errors.print(Text(f"  {finding.remedy}"))
    if sum(found.found.values()) > len(found.findings):
        errors.print(f"{sum(found.found.values()) - len(found.findings):,} further findings are only counted.")
