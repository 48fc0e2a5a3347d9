"""The processes of the embedded PostgreSQL: which there are, how far the server is, and ending what was left behind."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import structlog

SHUTDOWN_PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.02
_NOTES = ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock")
_log = structlog.get_logger(__name__)


def status(place: Path, pid: int | None = None) -> str:
    """The server's own word on how far it is (`starting`, `ready`, `stopping`), or nothing.

    `place` is the folder of its data. With `pid`, only the word of that very process counts.
    """
    try:
        lines = (place / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    if len(lines) < 8 or (pid is not None and lines[0] != str(pid)):
        return ""
    return lines[7].strip()


def noted_pid(place: Path) -> int:
    """The process id the server noted, which may be that of an end long past; 0 when there is none."""
    try:
        return int((place / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def standing_in(place: Path) -> list[psutil.Process]:
    """Every PostgreSQL process that works in this data folder."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == place:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def end_leftovers(place: Path) -> None:
    """End a server nobody runs any more (the caller holds its lock), and forget the process ids it noted.

    PostgreSQL would believe such a note wherever that id is alive again, or dead and not collected.
    """
    leftovers = standing_in(place)
    if leftovers:
        _log.info("database_leftover_ending", processes=len(leftovers))
        main = noted_pid(place)
        for process in leftovers:
            if process.pid == main:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGINT)
        wait_or_force(leftovers, main)
    for note in _NOTES:
        (place / note).unlink(missing_ok=True)


def wait_or_force(processes: list[psutil.Process], main: int) -> None:
    """Wait for a shutdown under way; insist after a minute. What is committed is safe in each case."""
    steps: list[tuple[float, Callable[[psutil.Process], None]]] = [
        (
            SHUTDOWN_PATIENCE_SECONDS,
            lambda process: process.send_signal(signal.SIGQUIT) if process.pid == main else None,
        ),
        (10.0, lambda process: process.kill()),
        (10.0, lambda process: None),
    ]
    for seconds, insist in steps:
        deadline = time.monotonic() + seconds
        while processes := [process for process in processes if is_alive(process)]:
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_SECONDS)
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                insist(process)


def is_alive(process: psutil.Process) -> bool:
    """Whether it still does anything: in a container whose first process never collects the dead, they stay listed."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
