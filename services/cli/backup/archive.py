"""The file of a backup: a ZIP with a manifest, one part for each table, and the files of the data folder.

    manifest.json          what it holds: versions, moment, and rows, bytes and SHA-256 of every part
    tables/SCHEMA/TABLE    rows as PostgreSQL's COPY writes them (text), which every version from 15 on reads
    folder/…               the data folder without its database: keys, log-ins, settings, stored files

It holds keys and everything complainants wrote, so it is made for its owner's eyes only (mode 0600).
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from services.kit.data_folder import program_version, version_order
from services.kit.errors import RedressError

FORMAT = 1
CHUNK = 1 << 20
MANIFEST = "manifest.json"


class BackupUnusable(RedressError):
    """The file is no backup, is damaged, or was made by a newer Redress."""

    code = "backup-unusable"


@dataclass(slots=True)
class Part:
    """A table or file in the archive. `sha256` is of its bytes before they were compressed."""

    sha256: str
    size: int
    columns: list[str] = field(default_factory=list)
    rows: int = 0


@dataclass(slots=True)
class Manifest:
    """What a backup holds."""

    taken_at: datetime
    redress: str = field(default_factory=program_version)
    format: int = FORMAT
    versions: dict[str, str] = field(default_factory=dict)
    """The version of each service's tables."""
    tables: dict[str, Part] = field(default_factory=dict)
    """By `schema.table`."""
    sequences: dict[str, int] = field(default_factory=dict)
    files: dict[str, Part] = field(default_factory=dict)
    """By path within the data folder."""
    key_from_environment: bool = False
    """The key that signs sessions and tracking secrets came from `REDRESS_SECRET_KEY` and is not in the archive."""

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self.tables.values())

    def to_json(self) -> str:
        """As it stands in the archive."""
        return json.dumps({**asdict(self), "taken_at": self.taken_at.isoformat()}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """The manifest that `to_json` wrote."""
        known = json.loads(text)
        known["taken_at"] = datetime.fromisoformat(known["taken_at"])
        for name in ("tables", "files"):
            known[name] = {key: Part(**part) for key, part in known[name].items()}
        return cls(**known)


class Writing:
    """An archive that is being written."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.archive = archive
        self.manifest = manifest

    @contextmanager
    def part(self, name: str) -> Iterator[Sink]:
        """A part to be written piece by piece."""
        with self.archive.open(name, "w", force_zip64=True) as entry:
            yield Sink(entry)

    def file(self, path: Path, name: str) -> int:
        """Take a file of the data folder in; returns its bytes."""
        with path.open("rb") as source, self.part(f"folder/{name}") as sink:
            while piece := source.read(CHUNK):
                sink.write(piece)
        self.manifest.files[name] = Part(sink.digest.hexdigest(), sink.size)
        return sink.size


class Sink:
    """Where the bytes of a part go, counted and digested on their way."""

    def __init__(self, entry: IO[bytes]) -> None:
        self.entry = entry
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Write a piece."""
        self.digest.update(piece)
        self.size += len(piece)
        self.entry.write(piece)


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[Writing]:
    """Write an archive whole or not at all, for the owner's eyes only.

    Raises:
        RedressError: there is such a file already, or it cannot be written.
    """
    if path.exists():
        raise RedressError(
            "%(path)s is there already.", "Give another name, or remove that file first.", params={"path": path}
        )
    fresh = path.with_name(path.name + ".part")
    try:
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3) as archive:
                yield Writing(archive, manifest)
                archive.writestr(MANIFEST, manifest.to_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    except OSError as problem:
        raise RedressError(
            "The backup cannot be written to %(path)s: %(why)s.",
            "Choose a folder you may write to, on a disk with room.",
            params={"path": path, "why": problem.strerror or "no answer"},
        ) from problem
    finally:
        fresh.unlink(missing_ok=True)


class Reading:
    """An archive that is being read."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.archive = archive
        self.manifest = manifest

    async def pieces(self, name: str, part: Part) -> AsyncIterator[bytes]:
        """The bytes of a part.

        Raises:
            BackupUnusable: they are not those that were written.
        """
        for piece in self._checked(name, part):
            yield piece

    def unpack(self, name: str, part: Part, target: Path) -> None:
        """Write a file of the data folder (mode 0600)."""
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in self._checked(f"folder/{name}", part):
                file.write(piece)

    def _checked(self, name: str, part: Part) -> Iterator[bytes]:
        digest = hashlib.sha256()
        try:
            with self.archive.open(name) as entry:
                while piece := entry.read(CHUNK):
                    digest.update(piece)
                    yield piece
        except (KeyError, zipfile.BadZipFile, EOFError) as problem:
            raise _damaged(name) from problem
        if digest.hexdigest() != part.sha256:
            raise _damaged(name)


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open a backup.

    Raises:
        BackupUnusable: it is none, is damaged, or was made by a newer Redress.
    """
    try:
        archive = zipfile.ZipFile(path)
        manifest = Manifest.from_json(archive.read(MANIFEST))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as problem:
        newer = _newer_format(path)
        if newer is not None:
            raise newer from problem
        raise BackupUnusable(
            "%(path)s is not a backup of Redress.",
            "Give the file that `redress backup FILE` wrote; a copy that was cut off cannot be used.",
            params={"path": path},
        ) from problem
    with archive:
        if manifest.format > FORMAT or version_order(manifest.redress) > version_order(program_version()):
            raise _newer(path, manifest.redress)
        yield Reading(archive, manifest)


def _newer_format(path: Path) -> BackupUnusable | None:
    """A later format may have a manifest that cannot be read here, but it still says of which version it is."""
    try:
        with zipfile.ZipFile(path) as archive:
            said: dict[str, Any] = json.loads(archive.read(MANIFEST))
        return _newer(path, str(said["redress"])) if int(said["format"]) > FORMAT else None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError):
        return None


def _newer(path: Path, version: str) -> BackupUnusable:
    return BackupUnusable(
        "%(path)s was made by Redress %(version)s; this is Redress %(ours)s.",
        "Restore it with that version or a newer one.",
        params={"path": path, "version": version, "ours": program_version()},
    )


def _damaged(name: str) -> BackupUnusable:
    return BackupUnusable(
        "The backup is damaged: %(part)s is not as it was written.",
        "Use another copy, or an earlier backup. Nothing was restored.",
        params={"part": name},
    )
