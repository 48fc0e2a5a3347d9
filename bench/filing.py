"""Filing over HTTP with 8 connections: `redress serve intake` alone, then with everything running and followed.

    python -m bench filing

The floor is `bench.bare_endpoint` on the same PostgreSQL in the same run, in turns with it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from bench.figures import Figure, median
from bench.load import filings
from bench.narratives import filing
from bench.system import ROOT, System, drained, free_port
from services.kit.embedded import EmbeddedPostgres

CONNECTIONS = 8
SECONDS = 4.0
RUNS = 5
GOAL = 0.5


def body() -> bytes:
    """About one kilobyte of Thai, anonymous, the same bytes for both."""
    given = filing(0, 0)
    return orjson.dumps(
        {name: given[name] for name in ("narrative", "category", "language")} | {"identity": "anonymous"}
    )


class Bare:
    """The floor's process."""

    def __init__(self, url: str) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.bare_endpoint", url, str(self.port)], cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self) -> Bare:
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            try:
                filings_now = filings(self.port, body(), connections=1, seconds=1)
            except (OSError, AssertionError, subprocess.SubprocessError):
                time.sleep(0.1)
                continue
            if filings_now > 0:
                return self
        self.__exit__()
        raise TimeoutError("the bare endpoint does not answer")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def alone(data: Path) -> Figure:
    """Intake in a process of its own beside the floor, on one PostgreSQL, in turns."""
    server = EmbeddedPostgres.start(data)
    ours, floors = [], []
    try:
        with System(data, services=("intake",)) as intake, Bare(server.url) as bare:
            filings(intake.port, body(), connections=CONNECTIONS, seconds=1)
            for _ in range(RUNS):
                floors.append(filings(bare.port, body(), connections=CONNECTIONS, seconds=SECONDS))
                ours.append(filings(intake.port, body(), connections=CONNECTIONS, seconds=SECONDS))
    finally:
        server.stop()
    ratio = median(one / floor for one, floor in zip(ours, floors, strict=True))
    return Figure(
        "filing, intake alone", median(ours), "/s", median(ours) / ratio, "bare endpoint, one row",
        at_least=GOAL, of_ratio=True,
    )  # fmt: skip


def with_everything(system: System, floor: float) -> list[Figure]:
    """The whole system takes filings while its readers follow, and then the readers alone until they have caught up."""
    rates, drains, backlogs = [], [], []
    for _ in range(3):
        rate = filings(system.port, body(), connections=CONNECTIONS, seconds=SECONDS)
        begun = time.perf_counter()
        asyncio.run(drained(system))
        rates.append(rate)
        drains.append(time.perf_counter() - begun)
        backlogs.append(rate * SECONDS / (SECONDS + drains[-1]))
    return [
        Figure("filing, everything running", median(rates), "/s", floor, "bare endpoint, one row"),
        Figure("  then to drain", median(drains), "s", note=f"after {SECONDS:.0f} s of filing"),
        Figure("  filed, routed, clocked and counted", median(backlogs), "/s", floor, "bare endpoint, one row"),
    ]


def main() -> list[Figure]:
    """The figures. Each part has a data folder of its own: the first leaves a backlog behind that nobody reads."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        with System(Path(folder) / "alone"):
            pass  # the first start adopts the sample policy
        first = alone(Path(folder) / "alone")
        with System(Path(folder) / "whole") as system:
            return [first, *with_everything(system, first.floor or 0.0)]
