"""Read what is kept of files: those of a case, and one with its content. Who may is decided by whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.files.keep_file import FileStore
from services.kit.copies import Fetches
from services.kit.errors import NotFound
from services.kit.i18n import N_

_COLUMNS = (
    "id, case_id, origin, name, media_type, treatment, size, sha256, width, height, thumbnail, state, reason, draft,"
    " added_by, internal, at"
)

MOST_SHOWN = 200
"""Files of one case that one page shows; a case with more shows the newest."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it is shown: its content can be given when its state is `kept`."""

    id: UUID
    case_id: UUID | None
    origin: str
    name: str | None
    media_type: str
    treatment: str
    size: int
    sha256: bytes
    width: int | None
    height: int | None
    thumbnail: bool
    state: str
    reason: str | None
    draft: bytes | None
    added_by: UUID | None
    internal: bool
    at: datetime

    @property
    def viewable(self) -> bool:
        """Whether a page may show it: a picture that we drew ourselves."""
        return self.state == "kept" and self.thumbnail

    @property
    def readable(self) -> bool:
        """Whether a browser may show it in a frame of its own: a PDF."""
        return self.state == "kept" and self.media_type == "application/pdf"


async def files_of_case(source: Fetches, case_id: UUID, *, public: bool) -> list[KeptFile]:
    """The files of a case, the oldest first; `public` leaves out what staff keep among themselves."""
    rows = await source.fetch(
        f"select * from (select {_COLUMNS} from intake.stored_file where case_id = $1 and not (internal and $2)"
        f" order by at desc, id desc limit {MOST_SHOWN}) newest order by at, id",
        case_id,
        public,
    )
    return _kept(rows)


async def files_of_draft(source: Fetches, draft: bytes) -> list[KeptFile]:
    """The files of a form that was not yet sent, the oldest first."""
    rows = await source.fetch(
        f"select {_COLUMNS} from intake.stored_file where draft = $1 and state in ('kept', 'held') order by at, id",
        draft,
    )
    return _kept(rows)


def _kept(rows: Sequence[Mapping[str, Any]]) -> list[KeptFile]:
    return [KeptFile(**dict(row)) for row in rows]


async def file_by_id(source: Fetches, file_id: UUID) -> KeptFile:
    """One file.

    Raises:
        NotFound: there is none.
    """
    rows = _kept(await source.fetch(f"select {_COLUMNS} from intake.stored_file where id = $1", file_id))
    if not rows:
        raise no_such_file()
    return rows[0]


def no_such_file() -> NotFound:
    """Said alike when there is none and when it is not for the asker."""
    return NotFound(N_("There is no such file."), N_("It may have been erased. Reload the page that links to it."))


def readable_or_refuse(file: KeptFile, *, small: bool = False) -> KeptFile:
    """The file, if its content may be given.

    Raises:
        NotFound: it was erased or refused, or has no small picture.
        NotFound: it still waits for the virus scanner; the remedy says so.
    """
    if file.state == "held":
        raise NotFound(N_("This file still waits for the virus scanner."), N_("Nothing is lost; look again later."))
    if file.state != "kept" or (small and not file.thumbnail):
        raise no_such_file()
    return file


async def content_of(store: FileStore, file: KeptFile, *, small: bool = False) -> AsyncIterator[bytes]:
    """The content in pieces; the first piece is read at once, so that a missing content is told before any is sent.

    Raises:
        NotFound: the storage does not have it.
    """
    pieces = store.storage.read(f"{file.id}.small" if small else str(file.id))
    try:
        first = await anext(pieces, b"")
    except FileNotFoundError:
        raise no_such_file() from None

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()
