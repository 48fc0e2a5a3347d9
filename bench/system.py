"""Redress as a process of its own for a measurement: started on its own folder and port, ended with it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.light_client import Connection

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 60.0
DRAIN_SECONDS = 180.0


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class NotRunning(Exception):
    """The process ended, or did not become ready; the message carries the end of its log."""


class System:
    """`redress up`, or `redress serve …`, on a data folder."""

    def __init__(self, data: Path, *, policy: str = "fio", services: Sequence[str] = ()) -> None:
        self.data = data
        self.policy = policy
        self.services = tuple(services)
        self.port = free_port()
        self.started_in = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data.parent / f"{data.name}.log"

    def __enter__(self) -> System:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is ready; `started_in` is how long that took, in seconds."""
        command = [sys.executable, "-m", "services", *(("serve", *self.services) if self.services else ("up",))]
        command += ["--data", str(self.data), "--port", str(self.port), "--log-level", "WARNING"]
        if not self.services and not (self.data / "VERSION").exists():
            command += ["--policy", str(ROOT / "deploy" / "policies" / f"{self.policy}.yaml")]
        begun = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, env=os.environ | {"NO_COLOR": "1"}
            )
        asyncio.run(self._wait_until_ready())
        self.started_in = time.perf_counter() - begun

    async def _wait_until_ready(self) -> None:
        limit = time.monotonic() + READY_SECONDS
        while time.monotonic() < limit:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                connection = await Connection.to(self.port)
                answer = await connection.request("GET", "/health/ready")
                connection.close()
                if answer.status == 200:
                    return
            except OSError:
                pass
            await asyncio.sleep(0.02)
        raise NotRunning(self._log.read_text(encoding="utf-8", errors="replace")[-2000:])

    def stop(self) -> None:
        """End it, database included."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(timeout=10)

    def people(self) -> list[dict[str, Any]]:
        """The sample log-ins."""
        found: list[dict[str, Any]] = json.loads((self.data / "logins.json").read_text(encoding="utf-8"))
        return found


async def sign_in(system: System, username: str) -> str:
    """The `Authorization` header of somebody of the sample staff."""
    person = next(person for person in system.people() if person["username"] == username)
    connection = await Connection.to(system.port)
    answer = await connection.request(
        "POST", "/api/v1/sessions", {"username": username, "password": person["password"]}
    )
    connection.close()
    if answer.status != 201:
        raise NotRunning(f"{username} cannot sign in: {answer.body[:300]!r}")
    return f"Bearer {answer.json()['token']}"


async def drained(system: System) -> float:
    """Wait until every reader has read everything; how long that took, in seconds."""
    connection = await Connection.to(system.port)
    begun = time.perf_counter()
    while time.perf_counter() - begun < DRAIN_SECONDS:
        answer = await connection.request("GET", "/health/ready")
        if not any(answer.json()["lag"].values()):
            connection.close()
            return time.perf_counter() - begun
        await asyncio.sleep(0.02)
    raise NotRunning(f"the readers did not catch up within {DRAIN_SECONDS:.0f} s")
