"""`redress parked list|show|replay|discard`: what a service could not apply, from a terminal as on `/admin/parked`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
import typer

from services.cli.runtime import Runtime
from services.cli.session import DATA, errors, with_runtime
from services.cli.tables import FORMAT, Format, show
from services.kit.errors import NotAllowed, NotFound, RedressError
from services.kit.paging import Key
from services.kit.parked import Place, discard_parked, list_discarded, list_parked, replay_parked
from services.kit.reader import Reader
from services.kit.settings import SERVICES
from services.kit.unheard import list_unheard

parked = typer.Typer(help="Events that could not be applied: see, replay, set aside.", no_args_is_help=True)
log = structlog.get_logger()

SERVICE = typer.Argument(help="The service that parked it: governance, intake, routing, sla or reporting.")
SOURCE = typer.Argument(help="The journal it came from.")
BUCKET = typer.Argument(help="Its bucket.", min=0, max=32767)
POSITION = typer.Argument(help="Its position.", min=1, max=2**63 - 1)
BY = typer.Option(..., "--by", help="Your user name, that of an administrator.")

COLUMNS = ("service", "source", "bucket", "position", "status", "type", "case_id", "reason", "parked_at", "tried")
PAGE = 200


@parked.command("list")
def list_all(
    service: str | None = typer.Argument(None, help="One service; else all."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Every parked event, the oldest first, with the reason. Exit code 1 when one has failed."""

    async def work(runtime: Runtime) -> tuple[list[dict[str, Any]], int, int]:
        rows: list[dict[str, Any]] = []
        aside = passed = 0
        for name in _asked(service, runtime):
            database = runtime.contexts[name].database
            after: Key | None = None
            while True:
                found, after = await list_parked(database, after=after, limit=PAGE)
                rows += [{"service": name, **asdict(event)} for event in found]
                if after is None:
                    break
            aside += len(await list_discarded(database))
            passed += sum(each.events for each in await list_unheard(database))
        return rows, aside, passed

    rows, aside, passed = with_runtime(data, work, drain=False)
    show(rows, form, title="Parked events", columns=COLUMNS)
    if aside:
        errors.print(f"{aside} were set aside before; `redress parked show` tells who and why.")
    if passed:
        errors.print(f"{passed:,} events of types that this release does not know were passed over: upgrade it.")
    if any(row["status"] == "failed" for row in rows):
        errors.print("Mend the cause, then `redress parked replay SERVICE SOURCE BUCKET POSITION --by YOU`.")
        raise typer.Exit(1)


@parked.command("show")
def show_one(
    service: str = SERVICE,
    source: str = SOURCE,
    bucket: int = BUCKET,
    position: int = POSITION,
    contents: bool = typer.Option(
        False, "--contents", help="Also what it says, without free texts; it may be of a restricted case."
    ),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """One event that is parked or was set aside: whose it is, why, since when, and by whom."""

    async def work(runtime: Runtime) -> dict[str, Any]:
        (name,) = _asked(service, runtime)
        rows = await runtime.contexts[name].database.read(
            "select source, bucket, position, case_id, type, status, reason, parked_at as at, tried, null as by, event"
            f" from {name}.parked where source = $1 and bucket = $2 and position = $3 union all"
            " select source, bucket, position, (event->>'caseid')::uuid, event->>'type', 'discarded', reason, at, null,"
            f" by, event from {name}.discarded where source = $1 and bucket = $2 and position = $3",
            source,
            bucket,
            position,
        )
        if not rows:
            raise NotFound("This event is not parked.", "See `redress parked list`.")
        found = {"service": name, **dict(rows[0])}
        event = found.pop("event")
        found["event_id"] = event.get("id")
        if contents:
            found["contents"] = json.dumps(event.get("data"), ensure_ascii=False)
        return found

    row = with_runtime(data, work, drain=False)
    if form is Format.table:
        show([{"what": key, "is": value} for key, value in row.items()], form, title="Parked event")
    else:
        show([row], form)


@parked.command("replay")
def replay(
    service: str = SERVICE,
    source: str = SOURCE,
    bucket: int = BUCKET,
    position: int = POSITION,
    by: str = BY,
    data: Path | None = DATA,
) -> None:
    """Try an event again, with those of its case that wait behind it. Exit code 1 when it fails again."""

    async def work(runtime: Runtime) -> int:
        reader = await _reader(runtime, service, by)
        applied = await replay_parked(reader, Place(source, bucket, position))
        await log.awarning(
            "parked event replayed", reader=reader.service, source=source, bucket=bucket, position=position, by=by,
            applied=applied,
        )  # fmt: skip
        return applied

    applied = with_runtime(data, work, drain=False)
    if not applied:
        errors.print("[red]✗[/] It failed again; `redress parked show` tells why.")
        raise typer.Exit(1)
    errors.print(f"[green]✓[/] {applied} events were applied.")


@parked.command("discard")
def discard(
    service: str = SERVICE,
    source: str = SOURCE,
    bucket: int = BUCKET,
    position: int = POSITION,
    reason: str = typer.Option(..., "--reason", help="Why it is set aside: 3 to 1,000 characters, kept with it."),
    by: str = BY,
    data: Path | None = DATA,
) -> None:
    """Set an event aside for good, with the reason and your name, and let those behind it go on."""

    async def work(runtime: Runtime) -> int:
        reader = await _reader(runtime, service, by)
        return await discard_parked(reader, Place(source, bucket, position), reason, by=by)

    applied = with_runtime(data, work, drain=False)
    errors.print(f"[green]✓[/] It is set aside; {applied} events behind it were applied.")


def _asked(service: str | None, runtime: Runtime) -> list[str]:
    if service is not None and service not in SERVICES:
        raise RedressError(
            "There is no service %(name)s.",
            "The services are %(services)s.",
            params={"name": service, "services": ", ".join(SERVICES)},
        )
    return list(runtime.contexts) if service is None else [service]


async def _reader(runtime: Runtime, service: str, by: str) -> Reader:
    """The reader of a service, for an administrator.

    Raises:
        NotAllowed: `by` is no active administrator.
    """
    (name,) = _asked(service, runtime)
    context = runtime.contexts[name]
    member = (await context.copies.staff(context.database)).by_username.get(by)
    if member is None or not member.active or "administrator" not in member.roles:
        raise NotAllowed(
            "%(who)s is not an administrator.",
            "Give the user name of an active administrator with --by; `redress staff list` shows them.",
            params={"who": by},
        )
    return Reader(context.database, runtime.services[name].subscriptions)
