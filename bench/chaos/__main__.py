"""`python -m bench.chaos --faults N --seed S` (`make chaos`): faults under load, then the books.

Repeatable: the same seed gives the same faults in the same order. Resumable: what was done and what was answered with
201 stands in the folder; started again with the same folder and seed it goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx

from bench.chaos.faults import FAULTS, sequence
from bench.chaos.load import Load
from scripts.cluster import Cluster, NotReady
from scripts.kafka import NotHere
from services.kit.logging import configure_logging

RECOVERY_SECONDS = 180.0
LAG_SECONDS = 120


@dataclass
class Run:
    """How far a run has come, kept in its folder."""

    folder: Path
    seed: int
    done: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def resumed(cls, folder: Path, seed: int) -> Run:
        """The run of this folder; a new one where it is another seed's or none yet."""
        file = folder / "chaos.json"
        found = json.loads(file.read_text()) if file.exists() else {}
        return cls(folder, seed, found["done"] if found.get("seed") == seed else [])

    @property
    def answered(self) -> Path:
        """Every tracking number that was answered with 201, one a line."""
        return self.folder / "answered.txt"

    def keep(self, number: str) -> None:
        """Note a 201."""
        with self.answered.open("a") as out:
            out.write(number + "\n")

    def note(self, what: dict[str, Any]) -> None:
        """Note a fault that is over."""
        self.done.append(what)
        (self.folder / "chaos.json").write_text(json.dumps({"seed": self.seed, "done": self.done}, indent=1))


async def recovered(cluster: Cluster, load: Load) -> float:
    """Seconds until a complaint filed now is everywhere: filed, routed, with clocks, in the figures."""
    begun = time.monotonic()
    async with httpx.AsyncClient(base_url=cluster.address, timeout=20) as client:
        number = await load.file_one(client)
    places = (("routing", 'routing."case"'), ("sla", "sla.case_copy"), ("reporting", "reporting.case_fact"))
    for service, table in places:
        while not await _there(cluster.urls[service], table, number):
            if time.monotonic() - begun > RECOVERY_SECONDS:
                raise NotReady(f"{number} is not in {table} after {RECOVERY_SECONDS:.0f} s")
            await asyncio.sleep(0.1)
    return time.monotonic() - begun


async def _there(url: str, table: str, number: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):
        return False
    try:
        return bool(await connection.fetchval(f"select 1 from {table} where tracking_number = $1", number))
    finally:
        await connection.close()


async def break_things(cluster: Cluster, run: Run, count: int, rate: float, scale: float) -> Load:
    """The faults that are not done yet, one after the other, under load."""
    people = {person["username"]: person["password"] for person in cluster.people()}
    load = Load(cluster.address, people, rate, run.keep)
    working = asyncio.create_task(load.run(Random(run.seed)))
    try:
        for number, name in list(enumerate(sequence(run.seed, count)))[len(run.done) :]:
            chance = Random(run.seed * 1_000_003 + number)
            await asyncio.sleep(chance.uniform(1, 4) * scale)
            what = await asyncio.to_thread(FAULTS[name], cluster, chance, scale)
            seconds = await recovered(cluster, load)
            run.note({"fault": name, "what": what, "recovered": round(seconds, 1)})
            print(f"{number + 1:4}/{count}  {what:55} well again after {seconds:5.1f} s", flush=True)
            if working.done():
                working.result()
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    return load


def audit(cluster: Cluster, run: Run) -> list[str]:
    """What `redress audit books` finds wrong, once everything has been read."""
    told = cluster.redress(
        "audit", "books", "--expect", str(run.answered), "--wait", str(LAG_SECONDS), "--format", "json"
    )
    try:
        books = json.loads(told.stdout)
    except ValueError:
        return [f"the audit failed: {told.stderr[-800:]}"]
    for check in books["checks"]:
        print(f"  {'✓' if not check['wrong'] else '✗'} {check['check']:14} {check['looked_at']:>8} looked at")
    return [f"{f['check']} {f['tracking_number'] or ''}: {f['what']}" for f in books["findings"]]


def chaos(
    folder: Path, *, faults: int, seed: int, rate: float = 4.0, scale: float = 1.0, brokers: int = 3
) -> list[str]:
    """Run it; returns what is wrong on the books afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Run.resumed(folder, seed)
    environment = {"REDRESS_READY_BROKER_SECONDS": "20"}
    with Cluster(folder / "cluster", brokers=brokers, policy="quick", environment=environment) as cluster:
        load = asyncio.run(break_things(cluster, run, faults, rate, scale))
        print(
            f"{len(run.done)} faults · {load.filed} filed, {load.moved} steps,"
            f" {load.repeated} sent again without an answer, {load.refused} asked to come later"
        )
        if run.done:
            times = sorted(done["recovered"] for done in run.done)
            print(f"time to recover: median {times[len(times) // 2]:.1f} s, longest {times[-1]:.1f} s")
        return audit(cluster, run)


def main() -> int:
    """1 when something is wrong on the books."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=4.0, help="filings a second")
    parser.add_argument("--scale", type=float, default=1.0, help="shortens every pause, such as 0.2")
    parser.add_argument("--folder", type=Path, help="kept, so that the run can be resumed; else thrown away")
    given = parser.parse_args()
    configure_logging(level="ERROR")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended, and can be resumed
    try:
        with tempfile.TemporaryDirectory(prefix="redress-chaos-") as name:
            folder = given.folder or Path(name)
            wrong = chaos(folder, faults=given.faults, seed=given.seed, rate=given.rate, scale=given.scale)
    except (NotHere, NotReady) as problem:
        print(f"✗ {problem}", file=sys.stderr)
        return 1
    for line in wrong[:50]:
        print(f"✗ {line}")
    print("The books hold." if not wrong else f"{len(wrong)} things are wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
