"""`redress serve SERVICE…` and `redress migrate`: parts of the system as processes of their own."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import typer
import uvloop

from services.cli.runtime import build, databases_at
from services.cli.session import DATA, database_urls, errors, external_urls, told_plainly
from services.cli.up import LOG_LEVEL, LogLevel, bind, serve_runtime
from services.kit.broker import kafka_from
from services.kit.errors import RedressError
from services.kit.logging import configure_logging
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
        with database_urls(data or default_data(), services, new=True) as (urls, found):
            settings = replace(found, host=host, port=port, base_url=base_url.rstrip("/"))
            errors.print(f"{', '.join(services)} at http://{host}:{port}")

            async def run() -> None:
                runtime = build(settings, databases_at(urls), services, kafka=kafka)
                await runtime.prepare()
                await serve_runtime(runtime, listener)

            uvloop.run(run())


def migrate_tables(data: Path | None = DATA) -> None:
    """Bring the tables of every service to this program's version (a start does it by itself)."""
    with told_plainly(), database_urls(data or default_data(), [*external_urls()] or SERVICES, new=True):
        errors.print("[green]✓[/] The tables of every service are up to date.")
