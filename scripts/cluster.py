"""Redress as an enterprise runs it, on one machine: brokers, PostgreSQL, every service its own process, a front proxy.

`python scripts/cluster.py` (`make up-kafka`) brings all of it up for a person to look at; tests, faults and
measurements use `Cluster`. Each service has a database of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import asyncpg
import httpx

from scripts.kafka import ROOT, Brokers, NotHere, free_ports
from services.cli.runtime import opened
from services.cli.up import first_start
from services.kit.data_folder import DataFolder
from services.kit.embedded import EmbeddedPostgres
from services.kit.logging import configure_logging
from services.kit.migrate import migrate_async
from services.kit.settings import SERVICES, Settings

READY_SECONDS = 600.0
KEYS = ("REDRESS_SECRET_KEY", "REDRESS_CONTACT_KEY")
"""What every process is given the same of, made once."""

CONNECTIONS = 13
"""What a process takes of PostgreSQL at most: its pool, and those by which it hears others and is seen."""


class NotReady(Exception):
    """A process ended or did not become ready; the message carries the end of its log."""


@dataclass
class Process:
    """One process of Redress."""

    name: str
    command: Sequence[str]
    port: int
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; `wait` says when it is ready."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services", *self.command, "--port", str(self.port)],
                cwd=ROOT, stdout=out, stderr=out, env={**os.environ, **self.environment},
            )  # fmt: skip

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process is not None and self.runs:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(timeout=20)

    def stop(self) -> None:
        """End it in order, at once when it does not."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.process is not None:
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def ready(self) -> bool:
        """Whether it says that it is ready. Raises NotReady when it has ended."""
        if not self.runs:
            raise NotReady(f"{self.name} ended: {self.said()}")
        try:
            return httpx.get(f"{self.address}/health/ready", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


@dataclass
class Cluster:
    """Everything, below one folder. `replicas` is how many processes each service has."""

    folder: Path
    brokers: int = 3
    replicas: int = 1
    port: int = 0
    policy: str = "quick"
    environment: dict[str, str] = field(default_factory=dict)
    databases: bool = True
    """Whether each service has a database of its own."""
    groups: Sequence[Sequence[str]] = tuple((name,) for name in SERVICES)
    """The services of each process."""
    kafka: Brokers = field(init=False)
    server: EmbeddedPostgres | None = None
    services: dict[str, list[Process]] = field(default_factory=dict)
    proxy: Process | None = None
    _common: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.kafka = Brokers(self.folder / "kafka", self.brokers)

    def __enter__(self) -> Cluster:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """The front proxy."""
        if self.proxy is None:
            raise NotReady("the cluster was not started")
        return self.proxy.address

    @property
    def urls(self) -> dict[str, str]:
        """The database of each service."""
        if self.server is None:
            raise NotReady("the database was not started")
        return {name: self.server.url_of(f"redress_{name}") if self.databases else self.server.url for name in SERVICES}

    def start(self) -> Cluster:
        """Start everything and wait until it is ready. Raises NotHere, NotReady."""
        self.kafka.start()
        most = 50 + CONNECTIONS * len(self.groups) * self.replicas
        self.server = EmbeddedPostgres.start(self.folder / "data", settings={"max_connections": str(max(100, most))})
        asyncio.run(self._prepare())
        self.start_services()
        self.wait()
        return self

    async def _prepare(self) -> None:
        """Databases, tables, a policy and people."""
        assert self.server is not None
        if self.databases:
            admin = await asyncpg.connect(self.server.url)
            for name in SERVICES:
                if not await admin.fetchval("select 1 from pg_database where datname = $1", f"redress_{name}"):
                    await admin.execute(f"create database redress_{name}")
            await admin.close()
        for url in dict.fromkeys(self.urls.values()):
            await migrate_async(url, [name for name in SERVICES if self.urls[name] == url])
        folder = DataFolder.open(self.folder / "data")
        for name in KEYS:
            if not (folder.path / f"{name}.cluster").exists():
                folder.write_private(f"{name}.cluster", secrets.token_urlsafe(48))
            self.environment[name] = (folder.path / f"{name}.cluster").read_text().strip()
        self.environment |= {"REDRESS_DATA": str(folder.path), "NO_COLOR": "1"}
        settings = Settings(data=folder.path, secret=self.environment["REDRESS_SECRET_KEY"])
        async with opened(settings, self.urls, ["governance"]) as runtime:
            await first_start(runtime, folder, ROOT / "deploy" / "policies" / f"{self.policy}.yaml")

    def start_services(self) -> None:
        """Start the processes of Redress."""
        ports = free_ports(len(self.groups) * self.replicas + 1)
        databases = {f"DATABASE_URL_{name.upper()}": url for name, url in self.urls.items()}
        common = {**self.kafka.environment(), **databases, **self.environment}
        self._common = common
        for group in self.groups:
            together = [self._process(group, n, ports.pop()) for n in range(1, self.replicas + 1)]
            self.services |= dict.fromkeys(group, together)
        for process in self.processes:
            process.start()
        where = [f"{name}={process.address}" for name, several in self.services.items() for process in several]
        self.proxy = Process("proxy", ["proxy", *where], self.port or ports.pop(), self.folder / "proxy.log", common)
        self.proxy.start()

    def _process(self, group: Sequence[str], number: int, port: int) -> Process:
        command, name = ["serve", *group, "--log-level", "WARNING"], "-".join(group)
        return Process(f"{name} {number}", command, port, self.folder / f"{name}.{number}.log", self._common)

    def another(self, name: str) -> Process:
        """One more process of a service, not started, beside those the proxy knows."""
        return self._process([name], len(self.services[name]) + 1, free_ports(1)[0])

    def wait_for(self, process: Process, seconds: float = READY_SECONDS) -> None:
        """Until one process is ready. Raises NotReady."""
        limit = time.monotonic() + seconds
        while not process.ready():
            if time.monotonic() > limit:
                raise NotReady(f"{process.name} is not ready: {process.said()}")
            time.sleep(0.1)

    def redress(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of `redress` beside the cluster, with the same databases."""
        return subprocess.run(
            [sys.executable, "-m", "services", *command, "--data", str(self.folder / "data")],
            cwd=ROOT, capture_output=True, text=True, env={**os.environ, **self._common}, check=False,
        )  # fmt: skip

    def kill_postgres(self) -> None:
        """End PostgreSQL at once, as a power cut would."""
        noted = self.folder / "data" / "postgres" / "postmaster.pid"
        os.kill(int(noted.read_text().split()[0]), signal.SIGKILL)
        limit = time.monotonic() + 20
        while self.server is not None and self.server.is_running and time.monotonic() < limit:
            time.sleep(0.05)

    @property
    def processes(self) -> list[Process]:
        """Every process of a service, once."""
        return list({process.port: process for several in self.services.values() for process in several}.values())

    def wait(self, seconds: float = READY_SECONDS) -> None:
        """Until every process is ready and the public can file. Raises NotReady."""
        limit = time.monotonic() + seconds
        waiting = [*self.processes, *([self.proxy] if self.proxy else [])]
        while waiting := [process for process in waiting if not process.ready()]:
            if time.monotonic() > limit:
                raise NotReady(f"{waiting[0].name} is not ready: {waiting[0].said()}")
            time.sleep(0.1)
        while httpx.get(f"{self.address}/api/v1/policy", timeout=10).status_code != 200:
            if time.monotonic() > limit:
                raise NotReady("no policy has arrived at intake")
            time.sleep(0.1)

    def people(self) -> list[dict[str, Any]]:
        """The sample log-ins."""
        found: list[dict[str, Any]] = json.loads((self.folder / "data" / "logins.json").read_text(encoding="utf-8"))
        return found

    def stop(self) -> None:
        """Stop everything, in the order that leaves nothing undone."""
        for process in [*([self.proxy] if self.proxy else []), *self.processes]:
            process.send(signal.SIGCONT)
            process.send(signal.SIGTERM)
        for process in [*([self.proxy] if self.proxy else []), *self.processes]:
            process.stop()
        if self.server is not None:
            self.server.stop()
        self.kafka.stop()


@contextlib.contextmanager
def _until_signal() -> Iterator[None]:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    yield


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Bring it up and stay until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "cluster")
    parser.add_argument("--port", type=int, default=8000, help="of the front proxy")
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=3)
    parser.add_argument("--replicas", type=int, default=1, help="processes of each service")
    parser.add_argument("--policy", default="fio", help="a sample of deploy/policies: fio, bma, quick")
    given = parser.parse_args()
    configure_logging(level="WARNING")
    try:
        with (
            _until_signal(),
            Cluster(given.folder.absolute(), given.brokers, given.replicas, given.port, given.policy) as cluster,
        ):
            print(f"Redress over Kafka is running at {cluster.address}  ·  stop with Ctrl-C")
            print(f"Brokers {cluster.kafka.servers}  ·  log-ins {given.folder.absolute() / 'data' / 'logins.json'}")
            for process in cluster.processes:
                print(f"  {process.name:14} {process.address}   {process.log}")
            sys.stdout.flush()
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except (NotHere, NotReady) as problem:
        print(f"✗ {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
