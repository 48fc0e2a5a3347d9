"""`redress serve SERVICE…` and `redress migrate`: parts of the system as processes of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path

import typer
import uvloop

from services.cli.runtime import build, databases_at
from services.cli.session import DATA, database_urls, errors, external_urls, told_plainly, unmigrated_urls
from services.cli.tables import FORMAT, Format, show
from services.cli.up import LOG_LEVEL, LogLevel, bind, serve_runtime
from services.intake.contacts.keeping import contacts_of
from services.kit.broker_settings import kafka_from
from services.kit.errors import RedressError
from services.kit.logging import configure_logging
from services.kit.migrate import Pending, migrate, pending
from services.kit.settings import SERVICES, default_data


def serve(
    services: list[str] = typer.Argument(help="One or more of: governance, intake, routing, sla, reporting."),
    data: Path | None = DATA,
    port: int = typer.Option(8000, "--port", min=1, max=65535),
    host: str = typer.Option("127.0.0.1", "--host"),
    base_url: str = typer.Option("", "--base-url", help="The address printed in links and QR codes."),
    log_level: LogLevel = LOG_LEVEL,
) -> None:
    """Run some services in a process of their own: over Kafka, or beside the data folder's database.

    Set by environment: DATABASE_URL, or DATABASE_URL_INTAKE and so on; KAFKA_BOOTSTRAP_SERVERS and its company;
    REDRESS_SECRET_KEY, the same for every process.
    """
    configure_logging(level=log_level, human=sys.stderr.isatty())
    with told_plainly():
        unknown = [name for name in services if name not in SERVICES]
        if unknown:
            raise RedressError(
                "There is no service %(name)s.",
                "The services are %(services)s.",
                params={"name": unknown[0], "services": ", ".join(SERVICES)},
            )
        kafka = kafka_from()
        if kafka is None and len(set(external_urls().values())) > 1:
            raise RedressError(
                "Services with databases of their own cannot read each other's journals.",
                "Name the broker that carries them in KAFKA_BOOTSTRAP_SERVERS, or give all one DATABASE_URL.",
            )
        listener = bind(host, port)
        with database_urls(data or default_data(), services, new=True, serving=True) as (urls, found):
            settings = replace(found, host=host, port=port, base_url=base_url.rstrip("/"))
            if "intake" in services:
                contacts_of(settings)  # a process that cannot keep contacts refuses to start, not its first complaint
            errors.print(f"{', '.join(services)} at http://{host}:{port}")

            async def run() -> None:
                runtime = build(settings, databases_at(urls), services, kafka=kafka)
                await runtime.prepare()
                await serve_runtime(runtime, listener)

            uvloop.run(run())


class Phase(StrEnum):
    """`--phase`."""

    pre = "pre"
    post = "post"
    all = "all"


PHASE = typer.Option(
    Phase.all,
    "--phase",
    help="pre: what only adds, while the old version runs; post: what takes away, after it is gone.",
)


def migrate_tables(
    phase: Phase = PHASE,
    check: bool = typer.Option(False, "--check", help="Change nothing; list what is missing. Exit code 1 if any is."),
    data: Path | None = DATA,
    form: Format = FORMAT,
) -> None:
    """Bring the tables of every service to this program's version, all at once or in two steps around an upgrade."""
    with told_plainly(), unmigrated_urls(data or default_data(), new=not check) as urls:
        if not check:
            for url, names in databases_of(urls).items():
                for name in migrate(url, names, phase.value):
                    errors.print(f"[green]✓[/] The tables of {name} were brought forward.")
        left = [each for url, names in databases_of(urls).items() for each in missing(url, names)]
        if check:
            show([asdict(each) for each in left], form, title="Migrations to apply", columns=COLUMNS)
        if left:
            errors.print(f"{len(left)} migrations are left. {NEXT[left[0].phase]}")
        else:
            errors.print("[green]✓[/] The tables of every service are up to date.")
        if check and left:
            raise typer.Exit(1)


def databases_of(urls: Mapping[str, str]) -> dict[str, list[str]]:
    """The services in each database."""
    found: dict[str, list[str]] = {}
    for name, url in urls.items():
        found.setdefault(url, []).append(name)
    return found


def missing(url: str, names: Sequence[str]) -> list[Pending]:
    """What is still to be applied to the tables of some services."""
    return asyncio.run(pending(url, names))


COLUMNS = ("service", "number", "phase", "what")
NEXT = {
    "pre": "Next: `redress migrate --phase pre`; the old version may go on running.",
    "post": "Next: start the new version everywhere, stop the old one, then `redress migrate --phase post`.",
}
