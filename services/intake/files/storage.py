"""Where the contents of files lie: a folder of the data folder, or a bucket that speaks S3. Never below a web root.

A content is written once under a random id and never changed; it is there, whole, before the row that names it is
committed, and goes after the row says so. What no row names is swept (`tend_files`).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from services.kit.database import new_id
from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.kit.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

CHUNK = 256 * 1024

KEY = re.compile(r"[0-9a-f-]{36}(\.small)?")
"""A key is the id of a file, or that with `.small` for its small picture."""


class Storage(Protocol):
    """Contents by key."""

    async def put(self, key: str, content: Path) -> None:
        """Keep a content, durably, before this returns."""

    def read(self, key: str) -> AsyncIterator[bytes]:
        """The content in pieces. Raises FileNotFoundError when there is none."""

    async def erase(self, key: str) -> None:
        """Take a content away; nothing happens when there is none."""

    def keys_before(self, before: datetime) -> AsyncIterator[str]:
        """The keys of what was put before a moment."""

    async def check(self) -> str | None:
        """None when contents can be kept and read; else what is wrong and the remedy."""


FOLDER_CLOSED = N_("The folder of the files cannot be written; give the program a data folder it may write.")


class FolderStorage:
    """A private folder, one file a content, in folders by the last two signs of the id (the first are the time)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self.folder / key[34:36] / key

    async def put(self, key: str, content: Path) -> None:
        """Copy it beside its place, have it on the disk, then name it: it is there whole or not at all."""
        await asyncio.to_thread(self._put, self._path(key), content)

    def _put(self, path: Path, content: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with content.open("rb") as source, open(os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
                target.flush()
                os.fsync(target.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """The content in pieces."""
        with await asyncio.to_thread(self._path(key).open, "rb") as source:
            while piece := await asyncio.to_thread(source.read, CHUNK):
                yield piece

    async def erase(self, key: str) -> None:
        """Remove the file."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def keys_before(self, before: datetime) -> AsyncIterator[str]:
        """Every file older than a moment, by its time of writing."""
        for path in await asyncio.to_thread(lambda: sorted(self.folder.glob("??/*"))):
            try:
                old = path.stat().st_mtime < before.timestamp()
            except FileNotFoundError:
                continue
            if old and KEY.fullmatch(path.name):
                yield path.name

    async def check(self) -> str | None:
        """Whether the folder can be written."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return FOLDER_CLOSED
        return None if os.access(self.folder, os.W_OK | os.X_OK) else FOLDER_CLOSED


class S3Storage:
    """A bucket of an object store that speaks S3."""

    def __init__(self, store: S3Store) -> None:
        self.store = store

    async def put(self, key: str, content: Path) -> None:
        """Send it; a large one goes in parts."""
        await self.store.put_async(key, content)

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """The content in pieces."""
        found = await self.store.get_async(key)
        async for piece in found.stream(min_chunk_size=CHUNK):
            yield bytes(piece)

    async def erase(self, key: str) -> None:
        """Remove the object."""
        try:
            await self.store.delete_async(key)
        except FileNotFoundError:
            pass

    async def keys_before(self, before: datetime) -> AsyncIterator[str]:
        """Every object older than a moment."""
        async for some in self.store.list():
            for found in some:
                if found["last_modified"] < before and KEY.fullmatch(found["path"]):
                    yield found["path"]

    async def check(self) -> str | None:
        """Whether an object can be written, read and removed."""
        from obstore.exceptions import BaseError

        key = str(new_id())
        try:
            await self.store.put_async(key, b"redress")
            await self.store.delete_async(key)
        except (BaseError, OSError):
            return N_("The bucket cannot be used; check REDRESS_S3_URL and the bucket's rights.")
        return None


def open_storage(settings: Settings) -> Storage:
    """The storage that is set: `REDRESS_S3_URL`, else the folder `files` of the data folder.

    Raises:
        Unavailable: the address is none of an object store.
    """
    address = settings.option("REDRESS_S3_URL")
    return S3Storage(s3_store(address)) if address else FolderStorage(settings.data / "files")


def s3_store(address: str) -> S3Store:
    """The store behind `https://KEY:SECRET@host[:port]/bucket[/prefix][?region=…]`.

    `http://` is taken too, for a store on the same machine or network. Signs in key and secret are percent-encoded.

    Raises:
        Unavailable: the address is none of an object store.
    """
    from obstore.store import S3Store

    parts = urlsplit(address)
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if parts.scheme not in ("http", "https") or not parts.hostname or not bucket or not parts.username:
        raise Unavailable(
            N_("REDRESS_S3_URL is no address of an object store."),
            N_("Write it as https://KEY:SECRET@host/bucket, with ?region=… where the store has regions."),
        )
    port = f":{parts.port}" if parts.port else ""
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=f"{parts.scheme}://{parts.hostname}{port}",
        access_key_id=unquote(parts.username),
        secret_access_key=unquote(parts.password or ""),
        region=parse_qs(parts.query).get("region", ["us-east-1"])[0],
        virtual_hosted_style_request=False,
        client_options={"allow_http": parts.scheme == "http", "timeout": timedelta(seconds=60)},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=30)},
    )


def a_day_ago(now: datetime) -> datetime:
    """Before this, a content without a row belongs to no transaction that could still commit."""
    return now.astimezone(UTC) - timedelta(days=1)
