"""The desk with 10,000 and with 1,000,000 cases stored: queue, a page far down, a case, numbers of views, search; and
how long a new case takes to the screens of 200 open desks.

    python -m bench desk [--cases 1000000]

Both sizes are asked in turns. The floor of each is the one indexed query it needs, run by asyncpg on the larger store.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from bench.figures import Figure, median
from bench.light_client import Connection
from bench.million import Failed, say, store
from bench.narratives import filing
from bench.system import System, sign_in
from services.kit.embedded import EmbeddedPostgres

SMALL = 10_000
ROUNDS = 40
GROWTH = 1.5
SEARCH_MS = 200.0
DESKS = 200
ARRIVALS = 20
OPENER = "centre"
"""Who sees every ordinary case: the dearest reader there is."""

WORDS = "บ้านพัก"


@dataclass(frozen=True, slots=True)
class Asked:
    """A page or call, and the one indexed query it cannot do without."""

    what: str
    path: str
    floor: str
    args: tuple[Any, ...] = ()
    at_most_ms: float | None = None


def main(cases: int = 1_000_000) -> Iterator[Figure]:
    """The figures, one after the other."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder, ExitStack() as running:
        systems = []
        for size in (SMALL, cases):
            data = Path(folder) / str(size)
            say.print(f"  {size} cases are stored")
            store(data, size)
            systems.append(running.enter_context(System(data)))
        small, large = systems
        yield from asyncio.run(_measured(small, large, cases))
        yield from asyncio.run(_live(large))


async def _measured(small: System, large: System, cases: int) -> list[Figure]:
    times: dict[tuple[str, System], list[float]] = {}
    floors: dict[str, list[float]] = {}
    asked = {system: await _asked(system) for system in (small, large)}
    database = await asyncpg.connect(_url(large))
    who = {system: await sign_in(system, OPENER) for system in (small, large)}
    connections = {system: await Connection.to(system.port) for system in (small, large)}
    for turn in range(ROUNDS + 2):
        for system in (small, large) if turn % 2 else (large, small):
            for one in asked[system]:
                begun = time.perf_counter()
                answer = await connections[system].request("GET", one.path, authorization=who[system])
                took = (time.perf_counter() - begun) * 1000
                if answer.status != 200:
                    raise Failed(f"{one.path} answers {answer.status}")
                if turn >= 2:  # the first rounds prepare statements and templates
                    times.setdefault((one.what, system), []).append(took)
        for one in asked[large]:
            begun = time.perf_counter()
            await database.fetch(one.floor, *one.args)
            floors.setdefault(one.what, []).append((time.perf_counter() - begun) * 1000)
    await database.close()
    figures = []
    for one in asked[large]:
        mine, before = times[one.what, large], times[one.what, small]
        floor = median(floors[one.what])
        figures += [
            Figure(
                f"{one.what}, p50 with {cases:,} cases", median(mine), "ms", floor, "its one indexed query",
                at_most=one.at_most_ms, note=f"p95 {_p95(mine):.1f} ms",
            ),
            Figure(
                "  grown since 10,000 cases", median(mine) / median(before), "times", at_most=GROWTH,
                note=f"p50 {median(before):.1f} ms, p95 {_p95(before):.1f} ms there",
            ),
        ]  # fmt: skip
    return figures


async def _asked(system: System) -> list[Asked]:
    """What is asked of a store, with a case and a place far down that it has."""
    database = await asyncpg.connect(_url(system))
    newest = await database.fetchrow("select id, tracking_number from routing.case order by received_at desc limit 1")
    assert newest is not None
    pages = await database.fetchval("select count(*) from routing.case where not restricted") // 50
    await database.close()
    deep = await _page(system, min(pages, 60))
    in_order = (
        "select id, tracking_number, gist, due_at, unit, owner, state from routing.case where is_open"
        " order by due_order, id limit 51"
    )
    return [
        Asked("queue", "/desk?view=open", in_order),
        Asked(
            "queue, a page far down", deep,
            "select id, tracking_number, gist, due_at, unit, owner, state from routing.case"
            " order by due_order, id limit 51",
        ),
        Asked(
            "numbers of the views", "/api/v1/desk/views",
            "select count(*) from (select from routing.case where is_open limit 1001) counted",
        ),
        Asked(
            "case", f"/cases/{newest['tracking_number']}", "select * from routing.case where id = $1", (newest["id"],)
        ),
        Asked(
            "search by a common word", f"/api/v1/search?q={quote(WORDS)}",
            "select case_id from routing.case_words where words @@ $1::text::tsquery"
            " order by received_at desc limit 26",
            (f"'{WORDS}'",), SEARCH_MS,
        ),
        Asked(
            "search by number", f"/api/v1/search?q={newest['tracking_number']}",
            "select id from routing.case where tracking_number = $1", (newest["tracking_number"],), SEARCH_MS,
        ),
    ]  # fmt: skip


async def _page(system: System, number: int) -> str:
    """The address of a page of all cases: so many pages on."""
    connection, who = await Connection.to(system.port), await sign_in(system, OPENER)
    cursor = ""
    for _ in range(number):
        answer = await connection.request("GET", f"/api/v1/cases?limit=50&cursor={cursor}", authorization=who)
        cursor = answer.json()["next_cursor"] or ""
        if not cursor:
            break
    connection.close()
    return f"/desk?view=all&cursor={cursor}"


async def _live(system: System) -> list[Figure]:
    """From the answer to a filing until the last of 200 desks was told of the case."""
    who = await sign_in(system, OPENER)
    page = await (await Connection.to(system.port)).request("GET", "/desk?view=open", authorization=who)
    stream = re.search(r'data-live="([^"]+)"', page.body.decode())
    if stream is None:
        raise Failed("the desk names no stream")
    screens = [await Screen.open(system.port, stream[1].replace("&amp;", "&"), who) for _ in range(DESKS)]
    connection, firsts, lasts = await Connection.to(system.port), [], []
    for number in range(ARRIVALS):
        told = [screen.next() for screen in screens]
        answer = await connection.request("POST", "/api/v1/complaints", filing(1, number))
        begun = time.perf_counter()
        if answer.status != 201:
            raise Failed(f"a filing answers {answer.status}")
        moments = await asyncio.wait_for(asyncio.gather(*told), 30)
        firsts.append(max(0.0, min(moments) - begun) * 1000)
        lasts.append(max(0.0, max(moments) - begun) * 1000)
    for screen in screens:
        screen.close()
    return [
        Figure(
            f"new case on {DESKS} open desks, the last of them", median(lasts), "ms", note=f"p95 {_p95(lasts):.0f} ms"
        ),
        Figure("  the first of them", median(firsts), "ms", note=f"p95 {_p95(firsts):.0f} ms"),
    ]


class Screen:
    """An open desk: hears of every new case, and remembers when."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: asyncio.Future[float] | None = None
        self._task = asyncio.get_running_loop().create_task(self._listen(reader))

    @classmethod
    async def open(cls, port: int, path: str, who: str) -> Screen:
        """Ask for the stream."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {who}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise Failed(f"the stream answers {head[:60]!r}")
        return cls(reader, writer)

    def next(self) -> asyncio.Future[float]:
        """When the next new case is told of."""
        self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line.startswith(b"event: arrived") and self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(time.perf_counter())

    def close(self) -> None:
        """Close the page."""
        self._task.cancel()
        self._writer.close()


def _url(system: System) -> str:
    """The database of a running system."""
    return EmbeddedPostgres(system.data).url


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]
