"""Memory of the whole embedded system at rest, its database included, and how long a start takes.

    python -m bench footprint

Memory is the proportional set size (PSS) of the process and everything it started, so shared pages count
once. The peer is
the database alone with the same settings.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil

from bench.figures import Figure, median
from bench.lifecycles import lifecycles
from bench.system import System
from services.kit.embedded import EmbeddedPostgres

GOAL_MB, GOAL_SECONDS = 300.0, 5.0
REST = 5.0
REST_AFTER_WORK = 40.0
"""Connections that nobody needed for a quarter of a minute are given back."""
STARTS = 3


def pss(pid: int) -> float:
    """MB of one process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def of_tree(pid: int) -> tuple[float, float]:
    """MB of a process, and of everything below it."""
    below = psutil.Process(pid).children(recursive=True)
    return pss(pid), sum(pss(process.pid) for process in below)


def database_alone(folder: Path) -> float:
    """MB of a database server that nobody uses."""
    server = EmbeddedPostgres.start(folder)
    try:
        time.sleep(1)
        return sum(of_tree(process.pid)[0] for process in psutil.Process().children(recursive=True))
    finally:
        server.stop()


def rested(system: System, seconds: float = REST) -> tuple[float, float]:
    """MB of Redress and of its database once nothing has been asked of it for a while."""
    time.sleep(seconds)
    return of_tree(system.pid)


def main() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as name:
        folder = Path(name)
        floor = database_alone(folder / "floor")
        system = System(folder / "data")
        with system:
            first = system.started_in
        starts = []
        for _ in range(STARTS):
            with system:
                starts.append(system.started_in)
                fresh = rested(system)
        with system:
            asyncio.run(lifecycles(system, 10))
            worked = rested(system, REST_AFTER_WORK)
    what = "the database alone"
    return [
        Figure("memory at rest", sum(fresh), "MB", floor, what, at_most=GOAL_MB,
               note=f"Redress {fresh[0]:.0f}, database {fresh[1]:.0f}"),
        Figure("memory at rest after work", sum(worked), "MB", floor, what, at_most=GOAL_MB,
               note=f"Redress {worked[0]:.0f}, database {worked[1]:.0f}"),
        Figure("first start, to ready", first, "s"),
        Figure("second start, to ready", median(starts), "s", at_most=GOAL_SECONDS),
    ]  # fmt: skip
