"""Every command of `redress`, in one place. What a command needs is loaded when it is called, and not before."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command as made_command

if TYPE_CHECKING:
    from typer._click.core import Command, Context

COMMANDS = {
    "up": "up:up",
    "serve": "serve:serve",
    "begin": "begin:begin",
    "migrate": "serve:migrate_tables",
    "proxy": "proxy:proxy",
    "routes": "proxy:write_routes",
    "import": "importing:import_",
    "demo": "demo.command:demo",
    "kpi": "kpi:kpi",
    "suggest": "suggest:suggest",
    "schedule": "schedule:schedule",
    "doctor": "doctor:doctor",
    "backup": "backup.commands:backup",
    "restore": "backup.commands:restore",
    "policy": "policy:policy",
    "staff": "staff:staff",
    "mail": "mail:mail",
    "contacts": "contacts:contacts",
    "subject": "subject:subject",
    "journal": "journal:journal",
    "audit": "audit_books:audit",
    "parked": "parked:parked",
    "rebuild": "kpi:rebuild_app",
    "schemas": "schemas:schemas",
}
"""Where each is: a module below `services.cli`, and the function, or the group of commands, in it."""


class _Commands(TyperGroup):
    """Loads the command that is called; all of them only for the help of `redress` itself."""

    def list_commands(self, ctx: Context) -> list[str]:
        """The names, in the order in which they are shown."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The command of a name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"services.cli.{module}"), name)
        return _made(cmd_name, found)


def _made(name: str, found: Any) -> Command:
    """The command of a function or a group of commands, made as if it were the only one."""
    holder = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
        holder.callback()(_nothing)  # without it a single command would be taken for the whole program
    made: Any = made_command(holder)
    command: Command = made.commands[name]
    return command


def _nothing() -> None:
    """No options of its own."""


app = typer.Typer(
    name="redress",
    cls=_Commands,
    help="Complaints in, promises kept: complaint handling after ISO 10002.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def redress() -> None:
    """Complaints in, promises kept: complaint handling after ISO 10002."""
