"""Four-step lifecycles over HTTP on the whole running system: file, investigate, propose, decide.

    python -m bench lifecycles

A lifecycle counts once everything it caused has been projected: the clock stops when every reader has read everything.
Each step is checked for its answer. The peer is the same system answering as many requests that do next to nothing.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Figure, median
from bench.light_client import Connection
from bench.narratives import filing
from bench.system import System, drained, sign_in

SECONDS = 10.0
RUNS = 3
CLIENTS = 12
GOAL = 63.0
OFFICER, APPROVER = "officer1.{unit}", "approver.{unit}"

PROPOSAL = {
    "findings": "ตรวจสอบแล้วพบว่าปั๊มน้ำชำรุดตั้งแต่ช่วงเย็น เจ้าหน้าที่เวรไม่ได้รับแจ้งจนถึงเช้าวันรุ่งขึ้น",
    "evidence": "บันทึกเวรและภาพถ่ายปั๊มน้ำ",
    "cause": "maintenance",
    "correction": "เปลี่ยนปั๊มน้ำและทดสอบการจ่ายน้ำแล้ว",
    "prevention": "ตรวจปั๊มทุกสัปดาห์และติดหมายเลขแจ้งเหตุในห้องพัก",
    "remedy": "apology",
}
DECISION = {
    "reasons": "พบว่าเป็นความบกพร่องของการบำรุงรักษา จึงขออภัยและได้แก้ไขแล้ว",
    "recourse": "หากไม่เห็นด้วย ขอทบทวนได้ภายใน 30 วัน",
    "medium": "web",
}


@dataclass(slots=True)
class Load:
    """One run: who works, until when, and what came of it."""

    system: System
    officers: Sequence[str]
    approvers: Sequence[str]
    until: float
    reading: bool
    """Whether staff read the case before each step, as a client that was not told the version would."""
    done: int = 0
    waits: int = 0
    seconds: list[float] = field(default_factory=list)


async def step(connection: Connection, load: Load, case: str, version: int, who: str, to: str, **fields: Any) -> int:
    """Take a step as soon as the case is there; the new version."""
    body = {"to": to, "fields": fields}
    while True:
        if load.reading:
            found = await connection.request("GET", f"/api/v1/cases/{case}", authorization=who)
            version = found.json()["version"] if found.status == 200 else version
        answer = await connection.request(
            "POST", f"/api/v1/cases/{case}/transitions", body, authorization=who, if_match=str(version)
        )
        if answer.status == 200:
            return int(answer.json()["version"])
        if answer.status not in (404, 412):
            raise AssertionError(f"{to} of {case}: {answer.status} {answer.body.decode()[:500]}")
        load.waits += 1
        await asyncio.sleep(0.05)


async def work(load: Load, place: int) -> None:
    """One lifecycle after the other until the time is up."""
    connection = await Connection.to(load.system.port)
    officer, approver = load.officers[place % len(load.officers)], load.approvers[place % len(load.approvers)]
    number = 0
    while time.perf_counter() < load.until:
        begun = time.perf_counter()
        answer = await connection.request("POST", "/api/v1/complaints", filing(place, number))
        assert answer.status == 201, answer.body
        case = answer.json()["tracking_number"]
        version = await step(connection, load, case, 3, officer, "investigating", no_conflict=True)
        version = await step(connection, load, case, version, officer, "response_proposed", **PROPOSAL)
        await step(connection, load, case, version, approver, "decision_communicated", **DECISION)
        load.done += 1
        load.seconds.append(time.perf_counter() - begun)
        number += 1
    connection.close()


async def lifecycles(system: System, seconds: float = SECONDS, *, reading: bool = False) -> tuple[float, float, Load]:
    """Lifecycles a second with everything projected, the seconds that took after the last one, and the load."""
    officers = [await sign_in(system, name) for name in ("officer1.marketing", "officer2.marketing")]
    approvers = [await sign_in(system, "approver.business")]
    await drained(system)
    begun = time.perf_counter()
    load = Load(system, officers, approvers, begun + seconds, reading)
    await asyncio.gather(*(work(load, place) for place in range(CLIENTS)))
    lag = await drained(system)
    return load.done / (time.perf_counter() - begun), lag, load


async def answers(system: System, seconds: float = 2.0) -> float:
    """Requests a second that need nothing but the web framework."""
    until, done = time.perf_counter() + seconds, 0

    async def ask() -> None:
        nonlocal done
        connection = await Connection.to(system.port)
        while time.perf_counter() < until:
            await connection.request("GET", "/health/live")
            done += 1
        connection.close()

    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return done / seconds


def main() -> list[Figure]:
    """The figures."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        with System(Path(folder) / "data") as system:
            asyncio.run(lifecycles(system, 3))
            rates, lags, read, floors = [], [], [], []
            for _ in range(RUNS):
                floors.append(asyncio.run(answers(system)))
                rate, lag, _ = asyncio.run(lifecycles(system))
                rates.append(rate)
                lags.append(lag)
                read.append(asyncio.run(lifecycles(system, SECONDS / 2, reading=True))[0])
    floor, what = median(floors) / 4, "the same requests, answered empty"
    return [
        Figure("lifecycles, all projected", median(rates), "/s", floor, what, at_least=GOAL,
               note=f"readers done {median(lags):.1f} s after the last"),
        Figure("  staff read the case before each step", median(read), "/s", median(floors) / 7, what),
    ]  # fmt: skip
