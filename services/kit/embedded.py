"""PostgreSQL 18 out of a wheel, in the data folder: started with the program, stopped with it, never left behind.

We drive the wheel's `initdb` and `postgres` ourselves; its own `get_server` opens parent folders to the world, gives up
on a long recovery after ten seconds, and leaves a server running after kill -9.

Who runs the server holds `run/server.lock`; who joins it holds `run/users.lock` shared. `redress up` runs its own
(`join=False`). Another command joins the running server or, where there is none, starts one and stops it after the last
user has gone. The server ends with the process that runs it, even after kill -9 (`embedded_launch`); whatever is still
ending, or was left by a system without that service, is ended before the next start, which then recovers as always.

Only the owner of the data folder reaches the socket: it lies in `DATA/postgres` (mode 0700), so `trust` is enough.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote

import structlog

from services.kit.data_folder import DataFolder, DiskFull
from services.kit.embedded_files import initialise, program, server_user
from services.kit.embedded_launch import command_line
from services.kit.embedded_processes import end_leftovers, noted_pid, standing_in, status, wait_or_force
from services.kit.errors import RedressError
from services.kit.i18n import N_

LOG_LIMIT_BYTES = 10 * 1024 * 1024
SOCKET_PATH_LIMIT = 107
_POLL_SECONDS = 0.02
_log = structlog.get_logger(__name__)

# Small memory, honest durability. Errors of statements stay out of the log: their texts may quote a narrative.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_directories": ".",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "huge_pages": "off",
    "jit": "off",
    "io_method": "sync",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "1",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "2",
    "autovacuum_max_workers": "2",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "checkpoint_timeout": "15min",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "cluster_name": "redress",
}


class DatabaseNotStarted(RedressError):
    """The embedded database server could not be started or reached."""

    status = 503
    code = "database-not-started"


class EmbeddedPostgres:
    """A running server of a data folder: run by this process, or joined."""

    def __init__(self, data: Path) -> None:
        self._folder = DataFolder(data.expanduser().resolve())
        self._process: subprocess.Popen[bytes] | None = None
        self._server_lock: IO[bytes] | None = None
        self._users_lock: IO[bytes] | None = None
        self._waits_for_users = True
        self._link: Path | None = None
        self._settings: Mapping[str, str] = {}
        self._turn = threading.Lock()
        self._stopping = False

    @classmethod
    def start(
        cls, data: Path, *, join: bool = True, settings: Mapping[str, str] | None = None, patience: float = 60.0
    ) -> EmbeddedPostgres:
        """Start the server of the data folder, or join the one another command runs; returns when it answers.

        A recovery is waited out, however long it takes. With `join=False` the server must be this process's own:
        another command's is waited for up to `patience` seconds. `settings` come on top of SETTINGS.
        Raises DatabaseNotStarted, DiskFull and what `DataFolder.open` raises.
        """
        server = cls(data)
        server._folder = DataFolder.open(data)
        server._waits_for_users = join
        deadline = time.monotonic() + patience
        while not server._take_server_lock():
            if join and server._try_join():
                return server
            if not join and time.monotonic() > deadline:
                raise DatabaseNotStarted(
                    N_("Another command is using the database of %(path)s."),
                    N_("Wait for it to finish (an import, a rebuild), then start again."),
                    params={"path": server._folder.path},
                )
            time.sleep(_POLL_SECONDS)
        server._settings = settings or {}
        try:
            server._run()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """Where the database is, `postgresql://…` over the socket; asyncpg and SQLAlchemy take it."""
        return self.url_of("redress")

    def url_of(self, database: str) -> str:
        """The same for another database of this server."""
        return f"postgresql://redress@/{database}?host={quote(str(self._socket_folder()), safe='/')}"

    @property
    def is_own(self) -> bool:
        """Whether this process runs the server (and stops it), or only joined it."""
        return self._process is not None

    @property
    def is_running(self) -> bool:
        """Whether the server is there; an own server that ended by itself says False."""
        return self._process.poll() is None if self._process else status(self._folder.postgres) == "ready"

    def revive(self) -> None:
        """Start an own server again that ended by itself (killed, disk full, a fault of its own); what is committed
        is there again. Does nothing for one that runs, was joined or is being stopped.

        Raises DatabaseNotStarted, DiskFull; it may be called again.
        """
        with self._turn:
            if self._process is None or self._stopping or self._process.poll() is None:
                return
            self._run()

    def start_no_more(self) -> None:
        """From now on `revive` does nothing, and one under way gives up: the program is ending."""
        self._stopping = True

    def stop(self) -> None:
        """Stop an own server cleanly and at once, or leave a joined one. May be called twice.

        A server that this process started for one command is kept until commands that joined it have finished;
        that of `redress up` (`join=False`) is not.
        """
        atexit.unregister(self.stop)
        self.start_no_more()
        with self._turn:
            self._stop()

    def _stop(self) -> None:
        if self._process is not None:
            if self._waits_for_users:
                self._users_lock = self._open("users.lock")
                fcntl.flock(self._users_lock, fcntl.LOCK_EX)
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
            wait_or_force(standing_in(self._folder.postgres), self._process.pid)
            self._process.wait()
            self._process = None
            if self._link is not None:
                self._link.unlink(missing_ok=True)
        for lock in (self._users_lock, self._server_lock):
            if lock is not None:
                lock.close()
        self._users_lock = self._server_lock = None

    # ------------------------------------------------------------------ locks

    def _open(self, name: str) -> IO[bytes]:
        path = self._folder.run / name
        file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")  # noqa: SIM115 - the lock lives as long
        self._folder.give(path)
        return file

    def _take_server_lock(self) -> bool:
        file = self._open("server.lock")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._server_lock = file
        return True

    def _try_join(self) -> bool:
        """Count ourselves among the users of a server that another process runs and that is ready."""
        users = self._open("users.lock")
        try:
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:  # it is stopping
            users.close()
            return False
        place = self._folder.postgres
        if status(place) != "ready" or noted_pid(place) not in {process.pid for process in standing_in(place)}:
            users.close()
            return False
        self._users_lock = users
        return True

    # ------------------------------------------------------------------ the server

    def _run(self) -> None:
        folder = self._folder
        end_leftovers(folder.postgres)
        user = server_user(folder)
        initialise(folder, user)
        if folder.postgres_log.exists() and folder.postgres_log.stat().st_size > LOG_LIMIT_BYTES:
            folder.postgres_log.replace(folder.postgres_log.with_suffix(".log.1"))
        where = "/proc/self/cwd" if user is not None else str(folder.postgres)
        options = [part for item in {**SETTINGS, **self._settings}.items() for part in ("-c", "=".join(item))]
        command = [str(program("postgres", user)), "-D", where, *options]
        started = time.monotonic()
        self._process = self._spawn(command_line(user, folder.postgres, command))
        atexit.register(self.stop)
        self._wait_until_ready(self._process)
        _log.info("database_started", seconds=round(time.monotonic() - started, 2))

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start the server from a thread that lives as long as it does.

        The kernel's death signal follows the *thread* that forked, and our caller's may be a short-lived worker.
        """
        outcome: list[subprocess.Popen[bytes] | OSError] = []
        forked = threading.Event()

        def mind() -> None:
            try:
                with open(
                    os.open(self._folder.postgres_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab"
                ) as log:
                    process = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                        cwd="/", env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
                    )  # fmt: skip
            except OSError as error:
                outcome.append(error)
                forked.set()
                return
            outcome.append(process)
            forked.set()
            process.wait()

        threading.Thread(target=mind, name="postgres", daemon=True).start()
        forked.wait()
        self._folder.give(self._folder.postgres_log)
        if isinstance(outcome[0], OSError):
            raise self._not_started(str(outcome[0])) from outcome[0]
        return outcome[0]

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        told = time.monotonic()
        while status(self._folder.postgres, process.pid) != "ready":
            if process.poll() is not None:
                raise self._not_started(f"it ended with code {process.returncode}")
            if self._stopping:
                return
            if time.monotonic() - told > 10:
                told = time.monotonic()
                _log.info("database_recovering", hint="after an unclean end; this can take a while")
            time.sleep(_POLL_SECONDS)

    def _not_started(self, reason: str) -> RedressError:
        log = self._folder.postgres_log
        tail = log.read_bytes()[-4000:].decode(errors="replace").splitlines() if log.exists() else []
        if any("No space left on device" in line for line in tail[-10:]):
            return DiskFull(
                N_("The database stopped because the disk of %(path)s is full."),
                N_("Free some space, then start again. Nothing stored is lost."),
                params={"path": self._folder.path},
            )
        fatal = [line for line in tail if "FATAL" in line or "PANIC" in line]
        return DatabaseNotStarted(
            N_("The database in %(path)s could not be started: %(reason)s."),
            N_("The last lines of postgres.log in that folder say why; mend that and start again."),
            params={"path": self._folder.path, "reason": fatal[-1].split("  ")[-1] if fatal else reason},
        )

    def _socket_folder(self) -> Path:
        """`DATA/postgres`, or where that is too long for a socket's address, a short private link to it."""
        folder = self._folder.postgres
        if self._link is not None or len(os.fsencode(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return self._link or folder
        base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        link = base / f"redress-{os.geteuid()}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}"
        try:
            link.symlink_to(folder)
        except FileExistsError:
            if not (link.is_symlink() and link.lstat().st_uid == os.geteuid() and link.readlink() == folder):
                link = Path(tempfile.mkdtemp(prefix="redress-")) / "db"
                link.symlink_to(folder)
        self._link = link
        return link
