"""The data folder of an embedded Redress: who may use it, which version it is, and the secrets it keeps.

    DATA/VERSION        the version of Redress that last used it
    DATA/redress.lock   held by the running `redress up`; says its process and port
    DATA/secret.key     signs sessions and tracking secrets (mode 0600)
    DATA/logins.json    the sample log-ins of a first start (mode 0600)
    DATA/postgres/      the database, with its socket
    DATA/postgres.log   what the database server says
    DATA/run/           locks of the database server

The folder is private (mode 0700). Nothing outside it is ever loosened, a folder of a newer version is never touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from services import __version__
from services.kit.errors import RedressError
from services.kit.i18n import N_

MINIMUM_FREE_BYTES = 64 * 1024 * 1024
_FOREIGN_IS_FINE = {"lost+found"}
_HELD: set[IO[str]] = set()
"""Locks this process holds: they must not end with the object that took them."""


class DataFolderUnusable(RedressError):
    """The data folder cannot be created or used by this person."""

    status = 503
    code = "data-folder-unusable"


class DataFolderNewer(RedressError):
    """The data folder was last used by a newer Redress than this one."""

    status = 503
    code = "data-folder-newer"


class DataFolderInUse(RedressError):
    """Another process is running on the data folder."""

    status = 503
    code = "data-folder-in-use"


class DiskFull(RedressError):
    """There is too little room left to start without risking what is stored."""

    status = 503
    code = "disk-full"


@dataclass(frozen=True, slots=True)
class Holder:
    """The running `redress up`: its process id, and the port people reach it on."""

    pid: int
    port: int


def program_version() -> str:
    """The version of the Redress that is running, for example `0.1.0`."""
    return __version__


def version_order(text: str) -> tuple[int, ...]:
    """The order of a version: its release numbers, `1.4.0rc1` → (1, 4, 0). Raises ValueError when there is none."""
    found = re.match(r"\d+(\.\d+)*", text.strip())
    if found is None:
        raise ValueError(text)
    return tuple(int(part) for part in found.group().split("."))


def _locked(file: IO[str]) -> bool:
    """Lock the file; a moment's patience lets a `holder()` that is just looking finish."""
    for _ in range(10):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.03)
    return False


class DataFolder:
    """One data folder, opened with `DataFolder.open(path)`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.postgres = path / "postgres"
        self.postgres_log = path / "postgres.log"
        self.run = path / "run"
        self.logins = path / "logins.json"
        self._lock: IO[str] | None = None

    @classmethod
    def open(cls, path: Path) -> DataFolder:
        """Create the folder, or check that it is ours, ours to use, not newer than this program, and not full.

        Raises DataFolderUnusable, DataFolderNewer, DiskFull.
        """
        folder = cls(path.expanduser().resolve())
        try:
            folder._check_version()
            folder._create()
            folder.check_space()
            folder._mark()
        except PermissionError as error:
            raise DataFolderUnusable(
                N_("The data folder %(path)s cannot be used: %(reason)s."),
                N_("Run as the user it belongs to, or choose another folder with --data."),
                params={"path": folder.path, "reason": error.strerror},
            ) from error
        except OSError as error:
            raise DataFolderUnusable(
                N_("The data folder %(path)s cannot be used: %(reason)s."),
                N_("Check the path, the disk and its file system, or choose another folder with --data."),
                params={"path": folder.path, "reason": error.strerror},
            ) from error
        return folder

    def _create(self) -> None:
        if not self.path.exists():
            self.path.mkdir(parents=True)
        elif not (self.path / "VERSION").exists() and not self._looks_empty():
            raise DataFolderUnusable(
                N_("%(path)s holds other files and is not a data folder of Redress."),
                N_("Choose an empty or new folder with --data."),
                params={"path": self.path},
            )
        self.path.chmod(0o700)
        self.run.mkdir(mode=0o700, exist_ok=True)
        self.give(self.run)

    def _looks_empty(self) -> bool:
        ours = {"run", "VERSION.new", "redress.lock", "postgres.new"}
        return all(entry.name in ours | _FOREIGN_IS_FINE for entry in self.path.iterdir())

    def _check_version(self) -> None:
        marker = self.path / "VERSION"
        if not marker.exists():
            return
        stored = marker.read_text(encoding="utf-8").strip()
        try:
            newer = version_order(stored) > version_order(program_version())
        except ValueError:
            raise DataFolderUnusable(
                N_("%(path)s does not hold a version number."),
                N_(
                    "Restore the file from a backup, or write the version of Redress that last used the folder into it."
                ),
                params={"path": marker},
            ) from None
        if newer:
            raise DataFolderNewer(
                N_("The data folder %(path)s was used by Redress %(stored)s; this is Redress %(ours)s."),
                N_("Start it with that version or a newer one, or choose another with --data. Nothing was changed."),
                params={"path": self.path, "stored": stored, "ours": program_version()},
            )

    def _mark(self) -> None:
        marker = self.path / "VERSION"
        if not marker.exists() or marker.read_text(encoding="utf-8").strip() != program_version():
            self.write_private("VERSION", program_version() + "\n")

    def check_space(self, needed: int = MINIMUM_FREE_BYTES) -> None:
        """Raise DiskFull when fewer than `needed` bytes are free on the folder's disk."""
        free = shutil.disk_usage(self.path).free
        if free < needed:
            raise DiskFull(
                N_("Only %(free)d MB are free on the disk of %(path)s."),
                N_("Free some space (at least %(needed)d MB), then start again. Nothing stored is lost."),
                params={"free": free // 2**20, "needed": needed // 2**20, "path": self.path},
            )

    def give(self, path: Path) -> None:
        """As root, hand what was just created to the folder's owner, so that the owner can still use it later."""
        if os.geteuid() == 0:
            owner = self.path.stat()
            os.chown(path, owner.st_uid, owner.st_gid)

    def write_private(self, name: str, text: str) -> Path:
        """Write a file only the owner may read (mode 0600), whole or not at all, and return its path."""
        target, fresh = self.path / name, self.path / f"{name}.new"
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self.give(fresh)
        fresh.replace(target)
        return target

    def secret_key(self) -> str:
        """The key that signs sessions: `REDRESS_SECRET_KEY`, else the folder's own, made at first use."""
        if chosen := os.environ.get("REDRESS_SECRET_KEY"):
            return chosen
        file = self.path / "secret.key"
        if not file.exists():
            self.write_private("secret.key", secrets.token_urlsafe(48) + "\n")
        return file.read_text(encoding="ascii").strip()

    def hold(self, port: int) -> None:
        """Take the folder for this process until it ends or calls `release`. Raises DataFolderInUse."""
        # Kept open on purpose: the lock lives as long as the file.
        file = open(  # noqa: SIM115
            os.open(self.path / "redress.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8"
        )
        if not _locked(file):
            file.close()
            holder = self.holder()
            raise DataFolderInUse(
                N_("Redress is already running on %(path)s (process %(pid)s, port %(port)s)."),
                N_("Use that one, stop it first (Ctrl-C, or kill and its process id), or choose another with --data."),
                params={
                    "path": self.path,
                    "pid": holder.pid if holder else "?",
                    "port": holder.port if holder else "?",
                },
            )
        self.give(self.path / "redress.lock")
        file.truncate(0)
        json.dump({"pid": os.getpid(), "port": port}, file)
        file.flush()
        self._lock = file
        _HELD.add(file)

    def release(self) -> None:
        """Let the folder go; a process that ends, however it ends, lets it go as well."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            _HELD.discard(self._lock)
            self._lock = None

    def holder(self) -> Holder | None:
        """The `redress up` that runs on this folder now, or None."""
        try:
            with (self.path / "redress.lock").open(encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    said = json.loads(file.read() or "{}")
                    return Holder(int(said.get("pid", 0)), int(said.get("port", 0)))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return None
