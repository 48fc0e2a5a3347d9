"""`redress up`: the whole system in one process, its database included."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Collection, Coroutine, Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
import uvicorn
import uvloop
from rich.console import Console

from services.cli.demo.begun import refuse_half
from services.cli.runtime import Runtime, build, databases_at
from services.cli.session import external_urls, migrate_all, told_plainly
from services.cli.web_app import make_app
from services.governance.add_staff import sample_staff
from services.governance.adopt_policy import adopt_sample_policy, policy_in_force
from services.governance.check_policy import check_policy
from services.intake.contacts.keeping import contacts_of
from services.kit import tracing
from services.kit.broker_settings import Kafka, kafka_from
from services.kit.data_folder import DataFolder
from services.kit.doorbell import Doorbell
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import RedressError
from services.kit.logging import configure_logging
from services.kit.minding import mind
from services.kit.paths import deploy_dir
from services.kit.room import Room
from services.kit.settings import SERVICES, Settings, default_data, from_environment

say = Console(stderr=True, highlight=False)


class LogLevel(StrEnum):
    """`--log-level`."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


LOG_LEVEL = typer.Option(LogLevel.INFO, "--log-level", case_sensitive=False, help="From which level on to log.")


class PortTaken(RedressError):
    """Another program listens on the port. Choose another with --port, or stop that one."""


def up(
    data: Path | None = typer.Option(None, "--data", help="The data folder; else REDRESS_DATA, else ./data."),
    port: int = typer.Option(8000, "--port", help="The port of the pages and the API.", min=1, max=65535),
    host: str = typer.Option("127.0.0.1", "--host", help="The address to listen on; 0.0.0.0 for every one."),
    policy: Path | None = typer.Option(None, "--policy", help="The policy a new data folder starts with."),
    base_url: str = typer.Option("", "--base-url", help="The address printed in links and QR codes."),
    kafka: str | None = typer.Option(
        None, "--kafka", help="Carry events over the Kafka at HOST:PORT (else KAFKA_BOOTSTRAP_SERVERS)."
    ),
    database: str | None = typer.Option(None, "--database", help="A PostgreSQL of your own (else DATABASE_URL)."),
    log_level: LogLevel = LOG_LEVEL,
) -> None:
    """Start everything: database, services, pages, on one machine. Ctrl-C stops it, database included."""
    configure_logging(level=log_level, human=sys.stderr.isatty())
    with told_plainly():
        folder = DataFolder.open(data or default_data())
        folder.hold(port)
        server: EmbeddedPostgres | None = None
        try:
            refuse_half(folder)
            listener = bind(host, port)
            if database:
                os.environ["DATABASE_URL"] = database
            broker = kafka_from(servers=kafka)
            urls = external_urls()
            server = None if urls else EmbeddedPostgres.start(folder.path, join=False)
            if server is not None:
                urls = dict.fromkeys(SERVICES, server.url)
            migrate_all(urls)
            settings = from_environment(
                Settings(
                    data=folder.path, host=host, port=port, secret=folder.secret_key(), base_url=base_url.rstrip("/")
                )
            )
            contacts_of(settings)  # made at the first start; without it no contact could be kept
            uvloop.run(serve(settings, urls, folder, listener, policy, server, broker))
        finally:
            if server is not None:
                server.stop()
            folder.release()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, taken before anything else is started, so that a taken port costs nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as problem:
        listener.close()
        raise PortTaken(
            "Port %(port)s on %(host)s cannot be used: %(why)s.",
            "Choose another with --port, or stop the program that listens there.",
            params={"port": port, "host": host, "why": problem.strerror},
        ) from problem
    return listener


async def serve(
    settings: Settings,
    urls: Mapping[str, str],
    folder: DataFolder,
    listener: socket.socket,
    policy: Path | None,
    server: EmbeddedPostgres | None,
    kafka: Kafka | None = None,
) -> None:
    """Run everything until a signal comes."""
    room = Room(folder.path if server else None)
    runtime = build(settings, databases_at(urls, room), kafka=kafka)
    await runtime.prepare()
    await first_start(runtime, folder, policy)
    address = f"http://{'127.0.0.1' if settings.host in ('0.0.0.0', '::') else settings.host}:{settings.port}"
    say.print(f"[bold]Redress[/] is running at [link]{address}[/]  ·  desk {address}/desk  ·  stop with Ctrl-C")
    if folder.logins.exists():
        say.print(f"Sample log-ins are in {folder.logins}")
    await serve_runtime(runtime, listener, minding=mind(server) if server else None)


async def serve_runtime(
    runtime: Runtime, listener: socket.socket, *, minding: Coroutine[Any, Any, None] | None = None
) -> None:
    """Serve pages and API, follow the journals, run the jobs: until SIGINT or SIGTERM, or until `minding` gives up."""
    if tracing.wanted():
        tracing.record_with(lambda: _spans(runtime))
    try:
        await _serve_until_told(runtime, listener, minding)
    finally:
        await asyncio.to_thread(tracing.record_with, None)


async def _serve_until_told(
    runtime: Runtime, listener: socket.socket, minding: Coroutine[Any, Any, None] | None
) -> None:
    config = uvicorn.Config(
        make_app(runtime),
        log_level="warning",
        access_log=False,
        http="httptools",
        loop="uvloop",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    server = Stoppable(config)
    server.doorbells = {context.database.doorbell for context in runtime.contexts.values()}
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, server.leave)
    await settle(runtime)
    serving = loop.create_task(server.serve(sockets=[listener]))
    if minding is None:
        return await serving
    minder = loop.create_task(minding)
    await asyncio.wait({serving, minder}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    if minder.done():
        return minder.result()
    minder.cancel()
    return None


def _spans(runtime: Runtime) -> tracing.Recorder:
    """OpenTelemetry, loaded only where spans are wanted."""
    from services.kit.spans import Spans

    return Spans("redress" if len(runtime.services) == len(SERVICES) else "-".join(runtime.services))


async def settle(runtime: Runtime) -> None:
    """Read what every request needs, then take all that is there now out of the garbage collector's rounds.

    Code, templates and policy stay as long as the process; walking them again and again took a third of every request.
    """
    for context in runtime.contexts.values():
        with contextlib.suppress(RedressError):  # a service that has not learned of a policy yet
            await context.copies.in_force(context.database, context.now())
    gc.collect()
    gc.freeze()


class Stoppable(uvicorn.Server):
    """A server whose signals are ours: uvicorn would raise them again after it stopped, before we could."""

    asked_at = 0.0
    doorbells: Collection[Doorbell] = ()
    """Rung when it is asked to stop: streams to browsers, which would last for minutes, end by themselves."""

    def leave(self) -> None:
        """Finish what is under way, then stop; asked again after two seconds, do not wait.

        What started us (make, a terminal, a supervisor) often passes one signal on twice, so an echo does not count.
        """
        now = time.monotonic()
        if not self.should_exit:
            self.asked_at = now
        self.force_exit = self.should_exit and now - self.asked_at > 2
        self.should_exit = True
        for doorbell in self.doorbells:
            doorbell.close()

    def install_signal_handlers(self) -> None:
        """None: `serve` above installs them."""

    def capture_signals(self) -> Any:
        """None of uvicorn's own."""
        from contextlib import nullcontext

        return nullcontext()


async def first_start(runtime: Runtime, folder: DataFolder, policy: Path | None) -> None:
    """A new data folder gets a policy and sample staff; an old one is left as it is."""
    context = runtime.contexts["governance"]
    now = context.now()
    if await policy_in_force(context.database, now) is None:
        file = policy or deploy_dir() / "policies" / "fio.yaml"
        text = read_policy(file)
        checked = check_policy(text)
        if checked.bundle is None:
            mistakes = "\n".join(f"  line {m.line}: {m.what} {m.remedy}" for m in checked.mistakes[:20])
            raise RedressError(
                "The policy %(file)s has mistakes:\n%(mistakes)s",
                "Mend them, check with `redress policy check FILE`, and start again.",
                params={"file": file, "mistakes": mistakes},
            )
        async with context.database.transaction() as tx:
            await adopt_sample_policy(tx, checked.bundle, now=now, effective_from=now - timedelta(days=3650))
            if checked.bundle.sample:
                logins = await sample_staff(tx, checked.bundle, lambda: secrets.token_urlsafe(9), now=now)
                folder.write_private("logins.json", json.dumps(logins, ensure_ascii=False, indent=1))
    elif policy is not None:
        say.print("[yellow]A policy is already in force here; --policy is only for a new data folder.[/]")
        say.print("Adopt another with `redress policy adopt FILE`.")
    if runtime.kafka is None:
        await runtime.drain()


def read_policy(file: Path) -> str:
    """The text of a policy file.

    Raises:
        RedressError: it is not there or not text.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise RedressError(
            "The policy file %(file)s cannot be read: %(why)s.",
            "Give the path of a YAML file in UTF-8.",
            params={"file": file, "why": getattr(problem, "strerror", None) or "it is not UTF-8 text"},
        ) from problem
