"""kill -9 in the middle of a load: what was answered with 201 is there afterwards, once, everywhere."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from services.kit.embedded import EmbeddedPostgres
from tests.journeys.system import ROOT, Running, until
from tests.kafka_cluster import TRANSPORTS, environment_of

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

CLIENTS = 6
ENOUGH = 120


async def file_until_it_breaks(address: str, answered: list[str], enough: asyncio.Event) -> None:
    """File one complaint after the other; ends when the system is gone or the test has had enough."""
    async with httpx.AsyncClient(base_url=address, timeout=10) as public:
        while not enough.is_set():
            try:
                answer = await public.post(
                    "/api/v1/complaints",
                    json={"narrative": "ไฟทางเดินดับ", "identity": "anonymous", "category": "lodging"},
                )
            except httpx.HTTPError:
                return
            if answer.status_code == 201:
                answered.append(answer.json()["tracking_number"])


async def load_and_kill(system: Running) -> list[str]:
    """Load from several clients at once; the process is killed while they are at it."""
    answered: list[str] = []
    stop = asyncio.Event()
    clients = [asyncio.create_task(file_until_it_breaks(system.address, answered, stop)) for _ in range(CLIENTS)]
    await asyncio.to_thread(until, "a load to be under way", lambda: len(answered) >= ENOUGH)
    assert system.process is not None
    system.process.send_signal(signal.SIGKILL)
    system.process.wait(timeout=10)
    stop.set()
    await asyncio.gather(*clients)
    return answered


def servers_of(folder: Path) -> list[psutil.Process]:
    """PostgreSQL processes that stand in a data folder."""
    found = []
    for process in psutil.process_iter(["cwd"]):
        if process.info["cwd"] == str(folder / "postgres"):
            found.append(process)
    return found


@asynccontextmanager
async def looking_into(system: Running) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection of its own to the database of the running system."""
    server = await asyncio.to_thread(EmbeddedPostgres.start, system.data)  # joins the one that runs
    connection = await asyncpg.connect(server.url)
    try:
        yield connection
    finally:
        await connection.close()
        server.stop()


async def everything_is_there_once(database: asyncpg.Connection[Any], answered: list[str]) -> None:
    """Every complaint that was answered is in every service once, with each of its clocks once."""
    # Over a broker a reader knows of what it lacks by the next mark only: wait for the facts themselves.
    everywhere = (
        "select (select count(*) from intake.complaint) = (select count(*) from reporting.case_fact)"
        " and (select count(*) from intake.complaint) = (select count(*) from sla.case_copy)"
        ' and (select count(*) from intake.complaint) = (select count(*) from routing."case")'
    )
    async with asyncio.timeout(90):
        while not await database.fetchval(everywhere):
            await asyncio.sleep(0.05)
    for table in ("intake.complaint", 'routing."case"', "sla.case_copy", "reporting.case_fact"):
        numbers = [row["tracking_number"] for row in await database.fetch(f"select tracking_number from {table}")]
        assert len(numbers) == len(set(numbers)), f"{table} holds one twice"
        assert set(answered) <= set(numbers), f"{table} lost one"
    doubled = "select case_id, target, cycle from sla.clock group by 1, 2, 3 having count(*) > 1"
    assert await database.fetch(doubled) == []


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_was_answered_before_a_kill_is_everywhere_once_after_it(
    transport: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    system = Running(tmp_path / "data", environment=environment_of(transport, request)).start()
    try:
        answered = await load_and_kill(system)
        system.start()
        assert len(servers_of(system.data)) >= 1

        def settled() -> bool:
            report = httpx.get(f"{system.address}/health/ready", timeout=10).json()
            return all(lag == 0 for lag in report["lag"].values())

        until("every reader to have read everything", settled, seconds=60)
        async with looking_into(system) as database:
            await everything_is_there_once(database, answered)
    finally:
        if system.process and system.process.poll() is None:
            assert system.stop() == 0
    until("no server to be left behind", lambda: not servers_of(system.data))


def test_a_second_start_on_the_same_folder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    system = Running(tmp_path / "data").start()
    try:
        second = subprocess.run(
            [sys.executable, "-m", "services", "up", "--data", str(system.data), "--port", "8999"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert "already running" in second.stderr
        assert "--data" in second.stderr
    finally:
        system.stop()


def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path) -> None:

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "services", "up", "--data", str(tmp_path / "data"), "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 1
    assert str(port) in answer.stderr
    assert "--port" in answer.stderr
