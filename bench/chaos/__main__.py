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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx

from bench.chaos.faults import FAULTS, sequence
from bench.chaos.load import Load
from bench.chaos.post import Post
from scripts.cluster import Cluster, NotReady
from scripts.kafka import NotHere
from services.kit.logging import configure_logging

PATIENCE_SECONDS = 900.0
"""After which it is given up that something recovers or is read: long, since a machine may have other work."""


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


async def recovered(cluster: Cluster, load: Load) -> tuple[float, float]:
    """Seconds until a complaint filed now is everywhere (routed, with clocks, in the figures), and until all is ready.

    Raises:
        NotReady: a process ended by itself, or it takes longer than anybody waits.
    """
    begun = time.monotonic()
    ready = asyncio.create_task(asyncio.to_thread(cluster.wait, PATIENCE_SECONDS))
    async with httpx.AsyncClient(base_url=cluster.address, timeout=60) as client:
        number = await load.file_one(client)
    places = (("routing", 'routing."case"'), ("sla", "sla.case_copy"), ("reporting", "reporting.case_fact"))
    for service, table in places:
        while not await _there(cluster.urls[service], table, number):
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise NotReady(f"{number} is not in {table} after {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(0.1)
    through = time.monotonic() - begun
    await ready
    for node in cluster.kafka.nodes:
        if node.pid is None:  # as whoever supervises it would
            print(f"  broker {node.node} had ended and is started again; {node.log} says why", flush=True)
            node.start()
    return through, time.monotonic() - begun


async def _there(url: str, table: str, number: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):
        return False
    try:
        return bool(await connection.fetchval(f"select 1 from {table} where tracking_number = $1", number))
    finally:
        await connection.close()


async def break_things(cluster: Cluster, run: Run, order: Sequence[str], rate: float, scale: float) -> Load:
    """The faults that are not done yet, one after the other, under load; then everybody gets their answer."""
    people = {person["username"]: person["password"] for person in cluster.people()}
    load = Load(cluster.address, people, rate, run.keep)
    working = asyncio.create_task(load.run(Random(run.seed)))
    try:
        for number, name in list(enumerate(order))[len(run.done) :]:
            chance = Random(run.seed * 1_000_003 + number)
            await asyncio.sleep(chance.uniform(1, 4) * scale)
            what = await asyncio.to_thread(FAULTS[name], cluster, chance, scale)
            through, ready = await recovered(cluster, load)
            run.note({"fault": name, "what": what, "recovered": round(through, 1), "ready": round(ready, 1)})
            print(
                f"{number + 1:4}/{len(order)}  {what:50} a complaint is through after {through:5.1f} s,"
                f" all is ready after {ready:5.1f} s",
                flush=True,
            )
            if working.done():
                working.result()
        load.end()
        await asyncio.wait_for(asyncio.shield(working), PATIENCE_SECONDS)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    return load


def audit(cluster: Cluster, run: Run, post: Post) -> list[str]:
    """What `redress audit books` finds wrong once everything has been read, and what the far end of mail got twice."""
    told = cluster.redress(
        "audit", "books", "--expect", str(run.answered), "--wait", f"{PATIENCE_SECONDS:.0f}", "--format", "json"
    )
    try:
        books = json.loads(told.stdout)
    except ValueError:
        return [f"the audit failed: {told.stderr[-800:]}"]
    for check in books["checks"]:
        print(f"  {'✓' if not check['wrong'] else '✗'} {check['check']:14} {check['looked_at']:>8} looked at")
    mails, repeats, twice = post.judged()
    print(
        f"  {'✗' if twice else '✓'} {'mail':14} {mails:>8} arrived, {repeats} of them repeats under the same Message-ID"
    )
    return [f"{f['check']} {f['tracking_number'] or ''}: {f['what']}" for f in books["findings"]] + twice


SMALL: dict[str, Any] = {
    "brokers": 1,
    "databases": False,
    "groups": (("governance", "intake"), ("routing", "sla", "reporting")),
}
"""A cluster for the short form: one broker, one database, two processes beside the proxy."""


def chaos(
    folder: Path, *, order: Sequence[str], seed: int, rate: float = 2.0, scale: float = 1.0, small: bool = False
) -> list[str]:
    """Make the faults in their order; returns what is wrong on the books afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Run.resumed(folder, seed)
    with Post(folder / "post.jsonl") as post:
        environment = {"REDRESS_READY_BROKER_SECONDS": "20", **post.environment}
        shape = SMALL if small else {}
        with Cluster(folder / "cluster", policy="quick", environment=environment, **shape) as cluster:
            load = asyncio.run(break_things(cluster, run, order, rate, scale))
            print(
                f"{len(run.done)} faults · {load.filed} filed, {load.moved} steps,"
                f" {load.repeated} sent again without an answer, {load.refused} asked to come later"
            )
            if run.done:
                times = sorted(done["recovered"] for done in run.done)
                print(f"time to recover: median {times[len(times) // 2]:.1f} s, longest {times[-1]:.1f} s")
            return audit(cluster, run, post)


def main() -> int:
    """1 when something is wrong on the books."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2.0, help="filings a second")
    parser.add_argument("--scale", type=float, default=1.0, help="shortens every pause, such as 0.2")
    parser.add_argument("--folder", type=Path, help="kept, so that the run can be resumed; else thrown away")
    given = parser.parse_args()
    configure_logging(level="ERROR")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended, and can be resumed
    try:
        with tempfile.TemporaryDirectory(prefix="redress-chaos-") as name:
            folder = given.folder or Path(name)
            order = sequence(given.seed, given.faults)
            wrong = chaos(folder, order=order, seed=given.seed, rate=given.rate, scale=given.scale)
    except (NotHere, NotReady) as problem:
        print(f"✗ {problem}", file=sys.stderr)
        return 1
    for line in wrong[:50]:
        print(f"✗ {line}")
    print("The books hold." if not wrong else f"{len(wrong)} things are wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
