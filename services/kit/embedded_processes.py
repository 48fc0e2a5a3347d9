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
STILL_SECONDS = 3.0
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
    """Wait for a shutdown under way; insist after a minute, or as soon as nothing moves any more.

    PostgreSQL 18 does not get past a fast shutdown that it is told while it recovers from the crash of one of its
    processes: it sits there for ever. What is committed is safe in each case: the next start recovers.
    """
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
        still = Stillness()
        while processes := [process for process in processes if is_alive(process)]:
            if time.monotonic() > deadline or still.lasts(processes):
                break
            time.sleep(_POLL_SECONDS)
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                insist(process)


class Stillness:
    """Whether processes have neither worked nor waited for the disk for some seconds."""

    def __init__(self) -> None:
        self._worked = -1.0
        self._since = 0.0
        self._look_at = 0.0

    def lasts(self, processes: list[psutil.Process]) -> bool:
        """Look, no more than five times a second."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + 0.2
        worked, busy = 0.0, False
        for process in processes:
            with contextlib.suppress(psutil.Error):
                used = process.cpu_times()
                worked += used.user + used.system
                busy |= process.status() in (psutil.STATUS_DISK_SLEEP, psutil.STATUS_RUNNING)
        if busy or worked != self._worked:
            self._worked, self._since = worked, now
        return now - self._since > STILL_SECONDS


def is_alive(process: psutil.Process) -> bool:
    """Whether it still does anything: in a container whose first process never collects the dead, they stay listed."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
