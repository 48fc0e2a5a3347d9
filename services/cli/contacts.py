"""`redress contacts status|rotate|new-key`: the key that contacts are sealed with."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, told_plainly, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.intake.contacts.keeping import contacts_of
from services.intake.contacts.seal import KEY_FILE, SETTING, fresh_key, key_id, split_keys, write_keys
from services.intake.contacts.seal_again import Left, contacts_left, seal_all, try_unreadable_again
from services.kit.errors import Conflict
from services.kit.settings import Settings, default_data

contacts = typer.Typer(help="The key that names and contacts are sealed with.", no_args_is_help=True)


@contacts.command("status")
def status(data: Path | None = DATA, form: Format = FORMAT) -> None:
    """What is sealed with the newest key, and what is not."""

    async def work(runtime: Runtime) -> tuple[str, Left]:
        kept = contacts_of(runtime.settings)
        return kept.seal.newest, await contacts_left(runtime.contexts["intake"].database, kept)

    newest, left = with_runtime(data, work, drain=False)
    row = {"newest_key": newest, "plain": left.plain, "former_key": left.former, "key_missing": left.unknown}
    show([row], form, title="Contacts")


@contacts.command("rotate")
def rotate(
    new_key: bool = typer.Option(False, "--new-key", help="First make a new key in the data folder's contact.key."),
    forget: bool = typer.Option(False, "--forget-former", help="When done, take the former keys out of contact.key."),
    data: Path | None = DATA,
) -> None:
    """Seal everything with the newest key. May be stopped at any time and run again; the system may be running."""

    async def work(runtime: Runtime) -> Left:
        keys = runtime.settings.data / KEY_FILE
        if (new_key or forget) and runtime.settings.option(SETTING):
            raise Conflict(
                "The keys come from %(name)s, not from the data folder.",
                "Change the setting: a new key in front, or the former ones taken away; then run this without options.",
                params={"name": SETTING},
            )
        contacts_of(runtime.settings)  # makes the first key, or says what is wrong with those there are
        if new_key:
            write_keys(keys, [fresh_key(), *split_keys(keys.read_text(encoding="ascii"))])
        left = await _rotate(runtime)
        if forget and not left.to_do:
            write_keys(keys, split_keys(keys.read_text(encoding="ascii"))[:1])
        return left

    left = with_runtime(data, work, drain=False)
    if left.to_do:
        errors.print(f"{left.to_do:,} rows are left; run it again.")
    if left.unknown:
        errors.print(f"[red]{left.unknown:,} rows cannot be read: their key is not here.[/] Add it at the end of the")
        errors.print(f"keys ({SETTING}, or contact.key), then run this again.")
    if left.to_do or left.unknown:
        raise typer.Exit(1)
    errors.print("[green]✓[/] Every contact is sealed with the newest key. Keep the former one as long as its backups.")


async def _rotate(runtime: Runtime) -> Left:
    database, kept = runtime.contexts["intake"].database, contacts_of(runtime.settings)
    await try_unreadable_again(database)
    before = await contacts_left(database, kept)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("sealing", total=before.to_do)
        await seal_all(database, kept, told=lambda rows: progress.advance(task, rows))
    return await contacts_left(database, kept)


@contacts.command("new-key")
def make_key(data: Path | None = DATA) -> None:
    """Print a fresh key for REDRESS_CONTACT_KEY, before the ones that are set now."""
    with told_plainly():
        given = split_keys(Settings(data=data or default_data()).option(SETTING))
    fresh = fresh_key()
    typer.echo(fresh)
    former = ", ".join(key_id(key) for key in given)
    errors.print(
        f"Put it in front of what {SETTING} holds{f' (now {former})' if former else ''}, with a comma between."
    )
