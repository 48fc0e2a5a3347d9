"""`redress staff list|add|import|disable|enable|reset`."""

from __future__ import annotations

from pathlib import Path

import typer

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, told_plainly, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.governance.add_staff import NewMember, add_staff
from services.governance.change_staff import StaffChange, change_staff, reset_password
from services.governance.import_staff.import_staff import Imported, import_staff, preview_import
from services.governance.import_staff.plan_import import ImportPlan
from services.governance.import_staff.read_table import read_table
from services.governance.leave.note_leave import leave_typed, note_leave
from services.governance.passwords import fresh_password
from services.governance.second_step.change_second_step import take_away
from services.governance.words import IMPORT_DEEDS
from services.kit.errors import RedressError

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
    new = NewMember(username, name, unit, tuple(role), fresh_password(), capacity)

    async def work(runtime: Runtime) -> None:
        context = runtime.contexts["governance"]
        bundle = await context.copies.in_force(context.database, context.now())
        async with context.database.transaction() as tx:
            await add_staff(tx, new, bundle, now=context.now(), by=None)
        await runtime.drain()

    with_runtime(data, work)
    row = {"username": new.username, "unit": new.unit, "roles": " ".join(new.roles), "password": new.password}
    show([row], Format.table, title="Added: hand the password over in person", columns=tuple(row))


@staff.command("import")
def import_table(
    file: Path = typer.Argument(help="CSV or XLSX: username, display_name, unit, roles; capacity, email, active."),
    preview: bool = typer.Option(False, "--preview", help="Only show what would happen."),
    passwords: Path | None = typer.Option(None, help="Write the first passwords into this new file (mode 0600)."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Add, change and disable members from a table, all or none; known ones are recognised by their user name."""
    with told_plainly():
        lines = read_table(file.name, _content(file))
        if passwords and not preview:
            passwords.touch(mode=0o600, exist_ok=False)

    async def work(runtime: Runtime) -> tuple[ImportPlan, Imported | None]:
        context = runtime.contexts["governance"]
        bundle = await context.copies.in_force(context.database, context.now())
        if preview:
            return await preview_import(context.database, lines, bundle), None
        done = await import_staff(context.database, lines, bundle, now=context.now(), by=None)
        await runtime.drain()
        return done.plan, done

    plan, done = with_runtime(data, work)
    if done and passwords:
        passwords.write_text(done.passwords_csv(), encoding="utf-8-sig")
        errors.print(f"{len(done.members)} first passwords are in {passwords}.", highlight=False)
    made = {member.username: member.password for member in done.members} if done and not passwords else {}
    rows = [
        {
            "line": line.number,
            "username": line.username,
            "what": IMPORT_DEEDS[line.deed],
            "details": "; ".join(
                [f"{each.field}: {each.what} {each.remedy}" % (each.params or {}) for each in line.problems]
                + [f"{each.field}: {_plain(each.before)} → {_plain(each.after)}" for each in line.changes]
            ),
            "password": made.get(line.username, ""),
        }
        for line in plan.lines
    ]
    columns = ("line", "username", "what", "details", *(("password",) if made else ()))
    show(rows, form, title="Would happen" if preview else "Imported", columns=columns)
    if preview and plan.problems:
        raise typer.Exit(1)


def _plain(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise RedressError(
            "%(file)s cannot be read: %(why)s.",
            "Give a CSV file in UTF-8 or an XLSX workbook.",
            params={"file": file, "why": problem.strerror},
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


@staff.command("leave")
def leave(
    username: str,
    first: str = typer.Argument(help="First day away: 2026-12-01 or 1/12/2569."),
    last: str = typer.Argument(help="Last day away."),
    substitute: str | None = typer.Option(None, help="User name of who stands in, of the same unit."),
    hand_over: bool = typer.Option(False, help="Hand open cases to the substitute and give them back at the end."),
    data: Path | None = DATA,
) -> None:
    """Note a leave: nothing new is assigned, alerts and decisions go to the substitute."""
    with told_plainly():
        wanted = leave_typed(
            {"first": first, "last": last, "substitute": substitute or "", "hand_over": str(hand_over).lower()}
        )

    async def work(runtime: Runtime) -> None:
        context = runtime.contexts["governance"]
        bundle = await context.copies.in_force(context.database, context.now())
        async with context.database.transaction() as tx:
            await note_leave(tx, username, wanted, bundle, viewer=None, now=context.now())
        await runtime.drain()

    with_runtime(data, work)
    errors.print(f"{username} is away from {wanted.first} to {wanted.last}.")


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
