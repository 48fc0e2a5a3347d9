"""Four-step lifecycles with a million cases stored, beside the same on a fresh system, in turns.

    python -m bench million [--cases 1000000]

Takes a quarter of an hour and 35 GB of disk for the full million. What bounds it: nothing that is done with a new case
may look at the old ones, so all that is left is a deeper index and a cache that holds a smaller share.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.figures import Figure, median
from bench.lifecycles import lifecycles
from bench.light_client import Connection
from bench.past import live_past
from bench.system import ROOT, System, sign_in
from services.cli.demo.begun import BYTES_EACH
from services.cli.demo.multiply.multiply import FOR_LOADING, multiply
from services.kit.data_folder import DataFolder
from services.kit.embedded import EmbeddedPostgres
from services.kit.migrate import migrate
from services.kit.settings import SERVICES

CASES = 1_000_000
ORIGINALS = 150
"""Cases that are handled by the use cases before they are multiplied."""

ROUNDS = 8
SECONDS = 5.0
GOAL = 0.85
PAGES = 25
READERS = ("officer1.marketing", "centre")
"""Who opens the queue: somebody who sees their unit's cases, and somebody who sees everything."""

say = Console(stderr=True, highlight=False)


class Failed(Exception):
    """Something did not hold, or there is no room for it; the message says what."""


def store(path: Path, cases: int) -> float:
    """Make a data folder with so many cases and 150 more; how long that took, in seconds."""
    begun = time.perf_counter()

    def told(what: str) -> None:
        say.print(f"  {time.perf_counter() - begun:7.1f} s  {what}")

    folder = DataFolder.open(path)
    server = EmbeddedPostgres.start(path, settings=FOR_LOADING)
    try:
        migrate(server.url, SERVICES)
        now = datetime.now(UTC)
        asyncio.run(live_past(folder, server.url, ORIGINALS, now))
        told(f"{ORIGINALS} cases handled")
        asyncio.run(multiply(server.url, folder.secret_key(), cases, now, lambda what, _share: told(what)))
    finally:
        server.stop()
    # What was written without waiting for the disk must not be written while something is measured.
    os.sync()
    told("stored")
    return time.perf_counter() - begun


def command(path: Path, *words: str) -> tuple[float, Any]:
    """Run a command of `redress` that prints JSON; how long it took, in seconds, and what it printed.

    Raises:
        Failed: it says that something is wrong.
    """
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "services", *words, "--data", str(path), "--format", "json"],
        cwd=ROOT, capture_output=True, check=False, text=True,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"redress {' '.join(words)} fails: {done.stderr[-1500:]}")
    return time.perf_counter() - begun, json.loads(done.stdout)


async def page_times(system: System, path: str) -> float:
    """The median time of a page of the queue, in milliseconds, over those who open it."""
    connection = await Connection.to(system.port)
    times: list[float] = []
    for name in READERS:
        who = await sign_in(system, name)
        for _ in range(PAGES):
            begun = time.perf_counter()
            answer = await connection.request("GET", path, authorization=who)
            times.append((time.perf_counter() - begun) * 1000)
            if answer.status != 200:
                raise Failed(f"{path} answers {answer.status} to {name}")
    connection.close()
    return median(times)


async def swept(system: System) -> float:
    """How many clocks the sweep has found something due for since the system started."""
    connection = await Connection.to(system.port)
    answer = await connection.request("GET", "/metrics")
    connection.close()
    lines = answer.body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("redress_sla_due_things_total"))


def measure(fresh: System, full: System) -> tuple[float, float]:
    """Lifecycles a second on both: medians of runs taken in turns, so that what else the machine does hits both."""
    rates: dict[System, list[float]] = {fresh: [], full: []}
    for system in (fresh, full):
        asyncio.run(lifecycles(system, SECONDS))
    for turn in range(ROUNDS):
        for system in (fresh, full) if turn % 2 else (full, fresh):
            rates[system].append(asyncio.run(lifecycles(system, SECONDS))[0])
    say.print(f"  fresh {_rounded(rates[fresh])}  stored {_rounded(rates[full])}")
    return median(rates[fresh]), median(rates[full])


def _rounded(rates: Sequence[float]) -> list[float]:
    return [round(rate, 1) for rate in rates]


def main(cases: int = CASES) -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-million-") as place:
        needed, free = cases * BYTES_EACH + 1e9, shutil.disk_usage(place).free
        if free < needed:
            raise Failed(f"{needed / 1e9:.0f} GB are needed in {place} and {free / 1e9:.0f} GB are free; set TMPDIR")
        stored = Path(place) / "stored"
        made = store(stored, cases)
        size = sum(file.stat().st_size for file in stored.rglob("*") if file.is_file()) / 1e9
        verifying, journals = command(stored, "journal", "verify")
        events = sum(row["events"] for row in journals)
        counting, _ = command(stored, "kpi")
        with ExitStack() as running:
            fresh = running.enter_context(System(Path(place) / "fresh"))
            full = running.enter_context(System(stored))
            on_fresh, on_full = measure(fresh, full)
            desk = [asyncio.run(page_times(system, "/desk")) for system in (full, fresh)]
            listed = [asyncio.run(page_times(system, "/api/v1/cases")) for system in (full, fresh)]
            found = asyncio.run(swept(full))
            started = full.started_in
        counting_fresh, _ = command(Path(place) / "fresh", "kpi")
    also = "the same on the fresh one"
    return [
        Figure(f"lifecycles with {cases:,} cases stored", on_full, "/s", on_fresh, "the same on a fresh system",
               at_least=GOAL, of_ratio=True, note=f"the sweep found {found:.0f} due meanwhile"),
        Figure("  a page of the desk", desk[0], "ms", desk[1], also, note="median"),
        Figure("  a page of /api/v1/cases", listed[0], "ms", listed[1], also, note="median"),
        Figure("  redress kpi, this quarter", counting, "s", counting_fresh, also),
        Figure("  start", started, "s"),
        Figure("  journal verify", events / verifying, "events/s", note=f"{events:,} events, no break"),
        Figure("  making them", cases / made, "cases/s", note=f"{made / 60:.1f} min, {size:.1f} GB"),
    ]  # fmt: skip
