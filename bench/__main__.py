"""`python -m bench [NAME…]`: every measurement, or the named ones, as one table; also in `bench/results.json`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import uvloop
from rich.console import Console

from bench.figures import Figure, show
from services.kit.logging import configure_logging

BENCHES = (
    "due_dates",
    "journal",
    "filing",
    "web_uploads",
    "webhook",
    "lifecycles",
    "mail",
    "messages",
    "relay",
    "distributed",
    "footprint",
    "suggestions",
    "million",
    "desk",
)
"""In this order: the short ones first, so that something is soon seen."""

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Runs them; 1 when a goal is missed or a measurement failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Every figure beside a floor of the same run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(BENCHES)}; none means all")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many cases `million` and `desk` store")
    parser.add_argument("--surge", type=int, default=14_430, help="how many people `distributed` lets file at once")
    parser.add_argument("--seconds", type=float, default=20, help="how long `distributed` measures each rate")
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=3, help="how many brokers `distributed` starts")
    given = parser.parse_args()
    options = {
        "million": (given.cases,),
        "desk": (given.cases,),
        "distributed": (given.surge, given.seconds, given.brokers),
    }
    names: list[str] = given.names or list(BENCHES)
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"there is no measurement {unknown[0]}; there are {', '.join(BENCHES)}")
    console = Console(width=None if sys.stdout.isatty() else 180)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    uvloop.install()
    configure_logging(level="WARNING")  # as a running system does: what it would not log costs nothing
    figures: list[Figure] = []
    failed = 0
    for name in names:
        measure: Callable[..., Iterable[Figure]] = import_module(f"bench.{name}").main
        load, begun = os.getloadavg()[0], time.monotonic()
        found: list[Figure] = []
        try:
            for figure in measure(*options.get(name, ())):
                found.append(figure)  # one after the other, so that what was measured before a failure is shown
        except Exception as problem:
            failed += 1
            console.print(f"[red]✗[/] {name}: {problem!r}")
        figures += found
        seconds = time.monotonic() - begun
        show(found, console, f"{name}  ({seconds:.0f} s; load before it {load:.1f} on {os.cpu_count()} cores)")
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    RESULTS.write_text(json.dumps({"machine": machine, "figures": [f.as_json() for f in figures]}, indent=1) + "\n")
    missed = [figure.what for figure in figures if figure.reached is False]
    if missed:
        console.print(f"[red]Not reached:[/] {'; '.join(missed)}")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
