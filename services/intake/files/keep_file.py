"""Keep a file that came in: typed by content, scanned, pictures drawn anew, its digest recorded, its content stored.

`keep_file` does it in one call. Where a connection should not be held while a picture is drawn, `prepare_file` comes
before the transaction and `record_file` inside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from prometheus_client import Counter

from services.intake.files.kinds import HEAD, OPAQUE, FileKind, clean_name, kind_of
from services.intake.files.limits import PERSONAL, FileLimits, limits_of
from services.intake.files.redraw import Drawn, PictureTooLarge, PictureUnreadable, Redrawing
from services.intake.files.redraw_worker import PAGES
from services.intake.files.refusing import FileRefused, check_size, infected, places_remain, refuse_kind, undrawn
from services.intake.files.scan import Scanner, scanner_of
from services.intake.files.storage import Storage, open_storage
from services.intake.files.without_places import PlacesRemain, tells_more, without_places
from services.kit.database import Transaction, new_id
from services.kit.service import Context
from services.kit.settings import Settings

Content = bytes | Path | BinaryIO
"""What came in: its bytes, a file on the disk, or an open file that is read from its beginning."""

CAME_IN = Counter("redress_files_total", "Files that came in, by origin and what became of them", ["origin", "outcome"])


class FileRef(NamedTuple):
    """A file that is kept."""

    id: UUID
    name: str | None
    media_type: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file whose content is stored and whose row is not yet written."""

    ref: FileRef
    arrived_sha256: bytes
    treatment: str
    origin: str
    state: str
    width: int | None = None
    height: int | None = None


class FileStore:
    """The storage with the limits, the scanner and the drawing of pictures."""

    def __init__(self, storage: Storage, limits: FileLimits, scanner: Scanner, incoming: Path) -> None:
        self.storage = storage
        self.limits = limits
        self.scanner = scanner
        self.redrawing = Redrawing()
        self._incoming = incoming

    @asynccontextmanager
    async def workplace(self) -> AsyncIterator[Path]:
        """A private folder that is gone afterwards."""
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, dir=self._incoming)
        try:
            yield Path(folder.name)
        finally:
            await asyncio.to_thread(folder.cleanup)


@lru_cache(maxsize=16)
def _opened(data: Path, s3: str, clamd: str, limits: FileLimits) -> FileStore:
    """One store for the same settings, so that its limit on drawing at a time is one for the process."""
    settings = Settings(data=data, options={"REDRESS_S3_URL": s3, "REDRESS_CLAMD": clamd})
    return FileStore(open_storage(settings), limits, scanner_of(settings), data / "incoming")


def file_store(context: Context) -> FileStore:
    """The store of a context, by its settings."""
    settings = context.settings
    s3, clamd = settings.option("REDRESS_S3_URL"), settings.option("REDRESS_CLAMD")
    return _opened(settings.data, s3, clamd, limits_of(settings))


async def keep_file(
    store: FileStore | Context, tx: Transaction, *, content: Content, name: str | None, case_id: UUID | None,
    origin: str, origin_id: str | None, at: datetime,
) -> FileRef:  # fmt: skip
    """Keep a file. With an `origin_id` that is known already nothing is kept twice, and the first is answered.

    Args:
        origin: `web`, `tracking`, `api`, `staff`, or the channel; of the first four the sender can be asked again, so
            that what cannot be shown safely is refused; of the others it is kept to be downloaded only.
        at: when it arrived (UTC).

    Raises:
        FileRefused: empty, over the limit, a program, infected, or (see `origin`) of no kind that is taken.
    """
    if origin_id is not None and (known := await file_from(tx, origin, origin_id)) is not None:
        return known
    prepared = await prepare_file(store, content=content, name=name, origin=origin)
    return await record_file(tx, prepared, case_id=case_id, origin_id=origin_id, at=at)


async def prepare_file(store: FileStore | Context, *, content: Content, name: str | None, origin: str) -> Prepared:
    """Make a file harmless and store its content; nothing is written to the database.

    Raises:
        FileRefused: as `keep_file`.
    """
    opened = file_store(store) if isinstance(store, Context) else store
    try:
        prepared = await _prepare(opened, content, name, origin)
    except FileRefused as refused:
        CAME_IN.labels(origin, refused.code).inc()
        raise
    CAME_IN.labels(origin, prepared.state).inc()
    return prepared


async def _prepare(store: FileStore, content: Content, name: str | None, origin: str) -> Prepared:
    async with store.workplace() as place:
        source = place / "source"
        await asyncio.to_thread(_lay_down, content, source)
        size = source.stat().st_size
        check_size(size, store.limits.bytes_for(origin), name)
        digest, head = await asyncio.to_thread(digest_and_head, source)
        kind = kind_of(head, name)
        refuse_kind(kind, origin)
        verdict = await store.scanner.scan(source)
        if verdict.found == "infected":
            raise infected(verdict)
        file_id = new_id()
        if verdict.found == "away":
            # Stored as it came, shown to nobody: what is made of it waits for the scan.
            await store.storage.put(str(file_id), source)
            kind = OPAQUE if kind.treatment == "picture" else kind
            return Prepared(
                FileRef(file_id, clean_name(name, kind_of(head, name)), kind.media_type, size, digest), digest,
                kind.treatment, origin, "held",
            )  # fmt: skip
        return await settle_content(store, file_id, source, kind, name, origin, digest)


def _lay_down(content: Content, source: Path) -> None:
    if isinstance(content, bytes):
        source.write_bytes(content)
    elif isinstance(content, Path):
        source.symlink_to(content.absolute())
    else:
        content.seek(0)
        with source.open("wb") as target:
            shutil.copyfileobj(content, target, 2**20)


async def settle_content(
    store: FileStore, file_id: UUID, source: Path, kind: FileKind, name: str | None, origin: str, arrived: bytes
) -> Prepared:
    """Store a content that may be kept: a picture drawn anew, anything else as it came.

    Raises:
        FileRefused: a picture that cannot be drawn, where its sender can be asked again.
    """
    drawn: Drawn | None = None
    if kind.treatment == "picture":
        try:
            drawn = await store.redrawing.redraw(source, side=store.limits.side, pixels=store.limits.pixels)
        except (PictureTooLarge, PictureUnreadable) as problem:
            if origin in PERSONAL or await asyncio.to_thread(tells_more, source):
                raise undrawn(problem) from None
            kind = OPAQUE
    elif kind.boxed:
        try:
            source = await asyncio.to_thread(without_places, source)
        except PlacesRemain:
            raise places_remain() from None
    pages = drawn is not None and drawn.media_type == PAGES
    if drawn is not None and pages:
        kind, source = FileKind(PAGES, "document", (".pdf",)), drawn.content
    elif drawn is not None:
        kind = FileKind(drawn.media_type, "picture", _ENDINGS[drawn.media_type])
        await store.storage.put(f"{file_id}.small", drawn.small)
        source = drawn.content
    await store.storage.put(str(file_id), source)
    changed = drawn is not None or kind.boxed
    digest = (await asyncio.to_thread(digest_and_head, source))[0] if changed else arrived
    sides = (drawn.width, drawn.height) if drawn is not None and not pages else (None, None)
    return Prepared(
        FileRef(file_id, clean_name(name, kind), kind.media_type, source.stat().st_size, digest),
        arrived, kind.treatment, origin, "kept", *sides,
    )  # fmt: skip


_ENDINGS = {"image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",), "image/gif": (".gif",)}


async def record_file(
    tx: Transaction, prepared: Prepared, *, case_id: UUID | None, origin_id: str | None, at: datetime,
    draft: bytes | None = None, added_by: UUID | None = None, internal: bool = False,
) -> FileRef:  # fmt: skip
    """Write the row of a prepared file; the one that is there when its `origin_id` is known already."""
    ref = prepared.ref
    row = await tx.fetchrow(
        "insert into intake.stored_file (id, case_id, origin, origin_id, name, media_type, treatment, size, sha256,"
        " arrived_sha256, width, height, thumbnail, state, draft, added_by, internal, at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
        " on conflict do nothing returning 1",
        ref.id, case_id, prepared.origin, origin_id, ref.name, ref.media_type, prepared.treatment, ref.size, ref.sha256,
        prepared.arrived_sha256, prepared.width, prepared.height, prepared.width is not None, prepared.state, draft,
        added_by, internal, at,
    )  # fmt: skip
    if row is None and origin_id is not None:
        # Another was a moment faster; the content stored just now has no row and is swept.
        return await file_from(tx, prepared.origin, origin_id) or ref
    return ref


async def file_from(tx: Transaction, origin: str, origin_id: str) -> FileRef | None:
    """The file that came with this id from there before."""
    row = await tx.fetchrow(
        "select id, name, media_type, size, sha256 from intake.stored_file where origin = $1 and origin_id = $2",
        origin,
        origin_id,
    )
    return FileRef(**dict(row)) if row else None


def digest_and_head(path: Path) -> tuple[bytes, bytes]:
    """SHA-256 of a file and its first bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        head = source.read(HEAD)
        digest.update(head)
        while piece := source.read(2**20):
            digest.update(piece)
    return digest.digest(), head
