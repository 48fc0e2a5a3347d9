"""Embedded and over Kafka side by side: complaints a second end to end, how soon each is routed and projected, what a
second process of each service brings, and a surge like that of the days after an earthquake.

    python -m bench distributed [--surge 14430] [--seconds 20] [--brokers 3]

End to end means filed, routed, with clocks, and in the figures: the time runs until every service knows of every
complaint. The peer of Kafka is the embedded form in the same run, that of two processes one, that of the surge the rate
that the same system reached before it without being overrun.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.figures import Figure
from bench.filing import body
from bench.latency import Times, latencies
from bench.load import filings
from bench.sites import Lost, Site, embedded, over_kafka
from bench.surge import Surge, surge
from services.kit.logging import configure_logging

PEOPLE = 14_430
"""Reports of damage to Bangkok's Traffy Fondue in the four days after the earthquake of 28 March 2025."""

WITHIN_SECONDS = 60.0
SECONDS = 20.0
CONNECTIONS = 8
A_SECOND = 10.0
"""Complaints a second while it is measured how soon each arrives: far below what the system takes."""

REGISTERED_SECONDS = 180.0
PROJECTED_SECONDS = 60.0
AS_BEFORE = 1.5
"""Latency is as before while its median is at most so many times what it was: that much it moves by itself."""


@dataclass
class Measured:
    """One way of running."""

    rate: float
    """Complaints a second, end to end."""
    times: Times


def end_to_end(site: Site, seconds: float) -> float:
    """Complaints a second with everything projected."""
    before = asyncio.run(site.everywhere())[1]
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(site.ports)) as together:
        load = partial(filings, body=body(), connections=CONNECTIONS // len(site.ports), seconds=seconds)
        list(together.map(load, site.ports))
    count = asyncio.run(site.everywhere())[1] - before
    if count <= 0:
        raise Lost("nothing was filed")
    return count / (time.perf_counter() - begun)


def measured(site: Site, seconds: float) -> Measured:
    """Warm it up, then both."""
    end_to_end(site, max(2.0, seconds / 5))
    return Measured(end_to_end(site, seconds), asyncio.run(latencies(site, int(seconds * A_SECOND), A_SECOND)))


def surged(site: Site, name: str, rate: float, people: int, within: float) -> list[Figure]:
    """The surge on one way of running, with the latency before and after it."""
    before = asyncio.run(latencies(site, 60, A_SECOND))
    had = asyncio.run(site.everywhere())[1]
    found = asyncio.run(surge(site, people, within))
    projected, have = asyncio.run(site.everywhere())
    after = asyncio.run(latencies(site, 60, A_SECOND))
    lost, doubled = _lost_and_doubled(found, have - had)
    figures = [
        Figure(f"surge {name}: the last of {people:,} registered", found.seconds, "s", max(within, people / rate),
               "as many at the rate above, or the offer itself", at_most=REGISTERED_SECONDS * within / WITHIN_SECONDS,
               note=f"the middle one waited {_middle(found.waits):.1f} s"),
        Figure("  everything projected after it", projected, "s", at_most=PROJECTED_SECONDS),
        Figure("  lost or doubled", lost + doubled, "", at_most=0, note=f"{have - had:,} registered of {people:,}"),
        Figure("  taken at the first offer", 100 * found.at_first / people, "%", 100, "nobody refused",
               note=f"503 {found.refused:,} times, {found.broken:,} connections broken"),
        Figure("  503 without Retry-After", found.unsaid, "", at_most=0),
        Figure("  projected after it, median", after.of("reporting", 50), "ms", before.of("reporting", 50), "before it",
               at_most=AS_BEFORE, of_ratio=True),
        Figure("  answered after it, median", after.of("answer", 50), "ms", before.of("answer", 50), "before it",
               at_most=AS_BEFORE, of_ratio=True),
    ]  # fmt: skip
    return figures


def _lost_and_doubled(found: Surge, registered: int) -> tuple[int, int]:
    """People without a complaint of their own, and complaints beyond one a person."""
    distinct = len(set(found.numbers))
    return found.offered - distinct, max(0, registered - found.offered) + len(found.numbers) - distinct


def _middle(waits: list[float]) -> float:
    return sorted(waits)[len(waits) // 2] if waits else 0.0


def side_by_side(home: Measured, kafka: Measured, brokers: int) -> list[Figure]:
    """Latencies and rate of Kafka with those of the embedded form beside them."""
    figures = [
        Figure(
            f"end to end, over Kafka, {brokers} broker{'s' * (brokers > 1)}", kafka.rate, "/s", home.rate, "embedded"
        )
    ]
    names = (("answer", "answered"), ("routing", "201 to routed"), ("reporting", "201 to projected"))
    for what, name in names:
        for percent in (50, 95, 99):
            here, there = home.times.of(what, percent), kafka.times.of(what, percent)
            figures.append(Figure(f"  {name}, p{percent}, over Kafka", there, "ms", here, "embedded"))
    return figures


def main(people: int = PEOPLE, seconds: float = SECONDS, brokers: int = 3) -> Iterator[Figure]:
    """The figures. A smaller surge comes within a smaller time, so that it presses as hard."""
    configure_logging(level="ERROR")
    within = WITHIN_SECONDS * min(1.0, max(people / PEOPLE, 1 / 12))
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as name:
        folder = Path(name)
        with embedded(folder) as site:
            home = measured(site, seconds)
            yield Figure("end to end, embedded", home.rate, "/s")
            yield from surged(site, "embedded", home.rate, people, within)
        with over_kafka(folder, brokers, 1) as site:
            one = measured(site, seconds)
            yield from side_by_side(home, one, brokers)
            yield from surged(site, "over Kafka", one.rate, people, within)
        with over_kafka(folder, brokers, 2) as site:
            two = measured(site, seconds)
        yield Figure(
            "end to end, two processes a service", two.rate, "/s", one.rate, "one process a service",
            note=f"projected p50 {two.times.of('reporting', 50):.0f} ms",
        )  # fmt: skip
