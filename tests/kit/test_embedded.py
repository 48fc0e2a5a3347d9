"""The embedded PostgreSQL: started, joined, stopped, and recovered after every kind of end."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.kit.data_folder import DataFolderNewer
from services.kit.embedded import DatabaseNotStarted, EmbeddedPostgres
from services.kit.embedded_processes import is_alive, noted_pid

PROGRAM = """
import asyncio, sys, asyncpg
from pathlib import Path
from services.kit.embedded import EmbeddedPostgres
from services.kit.embedded_processes import noted_pid

server = EmbeddedPostgres.start(Path(sys.argv[1]), join=sys.argv[2] == "join")

async def work():
    connection = await asyncpg.connect(server.url)
    await connection.execute("create table if not exists kept (n int)")
    await connection.execute("insert into kept values (1)")
    print("ready", server.is_own, noted_pid(Path(sys.argv[1]) / "postgres"), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await connection.close()

asyncio.run(work())
server.stop()
"""


class Program:
    """Another process that uses the database until it is told to go on, or is killed."""

    def __init__(self, data: Path, how: str = "join") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data), how],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip

    def wait_until_ready(self) -> None:
        """Read what it says once it has committed a row."""
        assert self.process.stdout is not None
        said = next(line for line in self.process.stdout if line.startswith("ready"))
        _, own, pid = said.split()
        self.runs_the_server = own == "True"
        self.server = psutil.Process(int(pid))

    def let_go(self) -> int:
        """Let it finish in its own way."""
        self.process.communicate("\n", timeout=30)
        return self.process.returncode

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.process.kill()
        self.process.wait(30)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def program(data: Path) -> Iterator[Callable[..., Program]]:
    started: list[Program] = []

    def start(how: str = "join") -> Program:
        started.append(Program(data, how))
        started[-1].wait_until_ready()
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()
        one.process.communicate()


async def ask(server: EmbeddedPostgres, sql: str) -> object:
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Until `condition` holds; fails when it does not in time."""
    over = threading.Event()
    deadline = threading.Timer(seconds, over.set)
    deadline.start()
    while not condition():
        assert not over.wait(0.01), "it did not come to pass"
    deadline.cancel()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_new_folder_becomes_a_database_that_answers_over_a_socket_only_its_owner_reaches(data: Path) -> None:
    server = EmbeddedPostgres.start(data)
    try:
        assert await ask(server, "select current_setting('listen_addresses')") == ""
        assert await ask(server, "select current_setting('fsync')") == "on"
        assert mode(data) == mode(data / "postgres") == 0o700
        assert mode(data / "VERSION") == mode(data / "postgres.log") == 0o600
    finally:
        server.stop()


async def test_what_was_stored_is_there_at_the_second_start(data: Path) -> None:
    first = EmbeddedPostgres.start(data)
    await ask(first, "create table kept as select 7 as n")
    first.stop()
    second = EmbeddedPostgres.start(data)
    try:
        assert await ask(second, "select n from kept") == 7
    finally:
        second.stop()


def test_stopping_leaves_no_server_and_may_be_repeated(data: Path) -> None:
    server = EmbeddedPostgres.start(data)
    pid = noted_pid(data / "postgres")
    server.stop()
    server.stop()
    assert not psutil.pid_exists(pid)  # a child of ours, so collected
    assert not (data / "postgres" / "postmaster.pid").exists()


async def test_after_kill_nine_the_server_ends_by_itself_and_the_next_start_has_everything(
    data: Path, program: Callable[..., Program]
) -> None:
    killed = program("own")
    killed.kill()
    wait_until(lambda: not is_alive(killed.server))
    server = EmbeddedPostgres.start(data)
    try:
        assert await ask(server, "select count(*) from kept") == 1
        assert server.is_own
    finally:
        server.stop()


async def test_a_server_that_is_still_ending_is_waited_for(data: Path, program: Callable[..., Program]) -> None:
    killed = program("own")
    killed.server.suspend()  # its shutdown cannot begin yet
    killed.kill()
    started: list[EmbeddedPostgres] = []
    starting = threading.Thread(target=lambda: started.append(EmbeddedPostgres.start(data)))
    starting.start()
    starting.join(0.3)
    assert not started
    killed.server.resume()
    await asyncio.to_thread(starting.join, 30)
    try:
        assert await ask(started[0], "select count(*) from kept") == 1
        assert not is_alive(killed.server)
    finally:
        started[0].stop()


async def test_a_server_killed_with_its_program_is_recovered(data: Path, program: Callable[..., Program]) -> None:
    killed = program("own")
    family = [killed.server, *killed.server.children()]
    os.kill(killed.server.pid, signal.SIGKILL)
    killed.kill()
    assert (data / "postgres" / "postmaster.pid").exists()
    server = EmbeddedPostgres.start(data)
    try:
        assert await ask(server, "select count(*) from kept") == 1
        assert not [process for process in family if is_alive(process)]
    finally:
        server.stop()


async def test_the_process_id_of_a_server_long_gone_is_not_believed(data: Path) -> None:
    EmbeddedPostgres.start(data).stop()
    owner = (data / "postgres").stat().st_uid
    stranger = subprocess.Popen(["cat"], stdin=subprocess.PIPE, user=owner if os.geteuid() == 0 else None)
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):  # as after a power cut, with the id in use again
        (data / "postgres" / name).write_text(f"{stranger.pid}\n{data}\n1\n5432\n.\n\n 1 1\nready   \n")
    try:
        server = EmbeddedPostgres.start(data)
        try:
            assert noted_pid(data / "postgres") != stranger.pid
            assert await ask(server, "select 1") == 1
        finally:
            server.stop()
        assert stranger.poll() is None
    finally:
        stranger.communicate()


async def test_a_command_joins_the_server_that_runs_and_leaves_it_running(
    data: Path, program: Callable[..., Program]
) -> None:
    owner = EmbeddedPostgres.start(data, join=False)
    try:
        guest = program("join")
        assert not guest.runs_the_server
        assert guest.let_go() == 0
        assert await ask(owner, "select count(*) from kept") == 1
    finally:
        owner.stop()


def test_a_command_that_started_the_server_keeps_it_until_those_who_joined_have_finished(
    data: Path, program: Callable[..., Program]
) -> None:
    first = program("join")
    guest = program("join")
    assert first.runs_the_server
    assert not guest.runs_the_server
    assert first.process.stdin is not None
    first.process.stdin.write("\n")
    first.process.stdin.flush()
    assert guest.server.is_running()
    assert guest.let_go() == 0
    assert first.let_go() == 0
    assert not is_alive(guest.server)


def test_the_system_does_not_run_on_the_server_of_a_passing_command(
    data: Path, program: Callable[..., Program]
) -> None:
    program("join")
    with pytest.raises(DatabaseNotStarted, match="Another command is using"):
        EmbeddedPostgres.start(data, join=False, patience=0.1)


async def test_a_path_too_long_for_a_socket_is_reached_by_a_short_private_link(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 25) / "data"
    server = EmbeddedPostgres.start(data)
    try:
        assert await ask(server, "select 1") == 1
        assert str(data) not in server.url
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the server's user may not pass")
async def test_folders_above_the_data_stay_as_closed_as_they_were(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres.start(closed / "inner" / "data")
    try:
        assert await ask(server, "select 1") == 1
        assert psutil.Process(noted_pid(closed / "inner" / "data" / "postgres")).uids().real != 0
    finally:
        server.stop()
    assert mode(closed) == 0o700


def test_a_database_of_another_postgresql_is_refused_untouched(data: Path) -> None:
    EmbeddedPostgres.start(data).stop()
    (data / "postgres" / "PG_VERSION").write_text("19\n")
    with pytest.raises(DataFolderNewer, match="of PostgreSQL 19"):
        EmbeddedPostgres.start(data)
    assert (data / "postgres" / "PG_VERSION").read_text() == "19\n"


def test_an_interrupted_first_start_is_begun_anew(data: Path) -> None:
    (data / "postgres.new" / "half").mkdir(parents=True)
    EmbeddedPostgres.start(data).stop()
    assert not (data / "postgres.new").exists()


def test_a_server_that_cannot_start_says_why_and_lets_go(data: Path) -> None:
    with pytest.raises(DatabaseNotStarted, match="shared_buffers"):
        EmbeddedPostgres.start(data, settings={"shared_buffers": "much"})
    EmbeddedPostgres.start(data).stop()
