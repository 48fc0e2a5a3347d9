"""`redress staff list|add|import|disable|enable|reset`."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

import typer
from openpyxl import load_workbook

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, told_plainly, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.governance.add_staff import NewMember, add_staff
from services.governance.change_staff import StaffChange, change_staff, reset_password
from services.governance.passwords import fresh_password
from services.governance.second_step.change_second_step import take_away
from services.kit.errors import FieldProblem, InvalidInput, RedressError

staff = typer.Typer(help="Members of staff and their log-ins.", no_args_is_help=True)

COLUMNS = ("username", "display_name", "unit", "roles")


@staff.command("list")
def list_staff(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """Everybody, with unit and roles."""

    async def work(runtime: Runtime) -> list[dict[str, object]]:
        rows = await runtime.contexts["governance"].database.read(
            "select username, display_name, unit, array_to_string(roles, ' ') as roles, active, on_duty, capacity"
            " from governance.staff order by unit, username"
        )
        return [dict(row) for row in rows]

    columns = (*COLUMNS, "active", "on_duty", "capacity")
    show(with_runtime(data, work, drain=False), form, title="Staff", columns=columns)


@staff.command("add")
def add(
    username: str,
    unit: str = typer.Option(..., help="A unit code of the policy."),
    role: list[str] = typer.Option(..., "--role", help="A role; may be given several times."),
    name: str = typer.Option(..., "--name", help="The name colleagues know."),
    capacity: int = typer.Option(20, help="Open cases that are a full load."),
    data: Path | None = DATA,
) -> None:
    """Add a member of staff; the first password is printed once."""
    _add_all(data, [NewMember(username, name, unit, tuple(role), fresh_password(), capacity)], Format.table)


@staff.command("import")
def import_staff(
    file: Path = typer.Argument(help="CSV or XLSX with the columns username, display_name, unit, roles."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Add many members of staff, all or none; their first passwords are printed once."""
    with told_plainly():
        members = list(_members(file))
    _add_all(data, members, form)


def _add_all(data: Path | None, members: list[NewMember], form: Format) -> None:
    async def work(runtime: Runtime) -> None:
        context = runtime.contexts["governance"]
        bundle = await context.copies.in_force(context.database, context.now())
        problems: list[FieldProblem] = []
        async with context.database.transaction() as tx:
            for member in members:
                try:
                    await add_staff(tx, member, bundle, now=context.now(), by=None)
                    await tx.session.flush()
                except InvalidInput as problem:
                    problems += [FieldProblem(f"{member.username}.{f.field}", f.what, f.remedy) for f in problem.fields]
            if problems:
                raise InvalidInput("Nobody was added.", "Mend these and run it again.", fields=problems)
        await runtime.drain()

    with_runtime(data, work)
    rows = [
        {"username": m.username, "unit": m.unit, "roles": " ".join(m.roles), "password": m.password} for m in members
    ]
    show(
        rows, form, title="Added: hand each password over in person", columns=("username", "unit", "roles", "password")
    )


def _members(file: Path) -> Iterator[NewMember]:
    number = 1
    for number, row in enumerate(_rows(file), start=2):
        missing = [column for column in COLUMNS if not row.get(column)]
        if missing:
            raise RedressError(
                "Line %(line)s lacks %(columns)s.",
                "Give every line username, display_name, unit and roles (several roles parted by spaces).",
                params={"line": number, "columns": ", ".join(missing)},
            )
        roles = tuple(row["roles"].replace(",", " ").replace(";", " ").split())
        yield NewMember(
            row["username"].strip().lower(), row["display_name"].strip(), row["unit"].strip(), roles, fresh_password()
        )
    if number == 1:
        raise RedressError("%(file)s has no rows below its head.", "Check the file.", params={"file": file})


def _rows(file: Path) -> Iterator[dict[str, str]]:
    try:
        if file.suffix.lower() == ".xlsx":
            sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
            lines = sheet.iter_rows(values_only=True)
            head = [str(cell or "").strip() for cell in next(lines, ())]
            for line in lines:
                if any(line):
                    yield {name: str(cell or "").strip() for name, cell in zip(head, line, strict=False)}
            return
        yield from csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    except (OSError, LookupError, ValueError, SyntaxError, EOFError, BadZipFile, csv.Error, zlib.error) as problem:
        raise RedressError(
            "%(file)s cannot be read: %(why)s.",
            "Give a CSV file in UTF-8 or an XLSX workbook.",
            params={"file": file, "why": getattr(problem, "strerror", None) or "it is neither"},
        ) from problem


@staff.command("disable")
def disable(username: str, data: Path | None = DATA) -> None:
    """Disable an account: sessions end within a second or two, open cases stay with it until reassigned."""
    _change(data, username, StaffChange(active=False))
    errors.print(f"{username} is disabled.")


@staff.command("enable")
def enable(username: str, data: Path | None = DATA) -> None:
    """Enable an account again."""
    _change(data, username, StaffChange(active=True))
    errors.print(f"{username} is enabled.")


def _change(data: Path | None, username: str, change: StaffChange) -> None:
    async def work(runtime: Runtime) -> None:
        context = runtime.contexts["governance"]
        bundle = await context.copies.in_force(context.database, context.now())
        async with context.database.transaction() as tx:
            await change_staff(tx, username, change, bundle, now=context.now(), by=None)
        await runtime.drain()

    with_runtime(data, work)


@staff.command("reset")
def reset(
    username: str,
    second_step: bool = typer.Option(
        False, "--second-step", help="Also take the authenticator app away, for somebody who lost it."
    ),
    data: Path | None = DATA,
) -> None:
    """Give an account a new password, printed once; its sessions end."""
    password = fresh_password()

    async def work(runtime: Runtime) -> None:
        context = runtime.contexts["governance"]
        async with context.database.transaction() as tx:
            await reset_password(tx, username, password, now=context.now())
            if second_step:
                await take_away(tx, username, now=context.now(), by=None)
        await runtime.drain()

    with_runtime(data, work)
    print(password)
