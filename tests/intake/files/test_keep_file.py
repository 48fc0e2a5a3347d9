"""Files are typed by content, made harmless and kept once."""

from __future__ import annotations

import asyncio
import hashlib
import io
import resource
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from services.cli.runtime import Runtime
from services.intake.files.erase_file import erase_file
from services.intake.files.keep_file import FileRef, FileStore, file_store, keep_file
from services.intake.files.kinds import clean_name, kind_of
from services.intake.files.limits import FileLimits
from services.intake.files.read_files import content_of, file_by_id
from services.intake.files.refusing import FileRefused
from services.intake.files.scan import Scanner
from services.intake.files.storage import FolderStorage
from services.intake.files.tend_files import drop_contents, sweep_storage
from services.kit.database import Database
from services.kit.errors import NotFound
from tests.intake.conftest import NOW
from tests.intake.files.samples import DRAWING, PAGE, PDF, PLAYED, film, heic, photo, polyglot, scan, zip_bomb


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """A store in a folder, without a scanner."""
    return FileStore(FolderStorage(tmp_path / "files"), FileLimits(), Scanner(), tmp_path / "incoming")


async def kept(
    store: FileStore, database: Database, content: bytes, name: str = "photo.jpg", origin: str = "web", **more: str
) -> FileRef:
    """Keep a file of no case."""
    async with database.transaction() as tx:
        return await keep_file(
            store, tx, content=content, name=name, case_id=None, origin=origin, origin_id=more.get("origin_id"), at=NOW
        )


async def stored(store: FileStore, database: Database, ref: FileRef) -> bytes:
    """The content that is stored."""
    return b"".join([piece async for piece in await content_of(store, await file_by_id(database, ref.id))])


async def test_a_photo_loses_its_place_and_camera_and_keeps_its_picture(store: FileStore, database: Database) -> None:
    sent = photo(400, 300)
    ref = await kept(store, database, sent)
    content = await stored(store, database, ref)
    with Image.open(io.BytesIO(content)) as picture:
        assert not picture.getexif()
        assert picture.size == (300, 400), "the turn that the telephone only wrote down is carried out"
    assert b"Telephone" not in content
    assert ref.sha256 == hashlib.sha256(content).digest()
    row = (await database.read("select * from intake.stored_file where id = $1", ref.id))[0]
    assert row["arrived_sha256"] == hashlib.sha256(sent).digest()
    assert (row["width"], row["height"], row["thumbnail"]) == (300, 400, True)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "BMP", "AVIF", "TIFF"])
async def test_every_kind_of_picture_is_drawn_anew(store: FileStore, database: Database, kind: str) -> None:
    ref = await kept(store, database, photo(64, 48, kind=kind), "picture")
    assert ref.media_type in ("image/jpeg", "image/png", "image/gif")
    with Image.open(io.BytesIO(await stored(store, database, ref))) as picture:
        assert picture.size in ((64, 48), (48, 64))
        assert not picture.getexif()


async def test_a_heic_keeps_its_picture_and_loses_what_was_written_about_it(
    store: FileStore, database: Database
) -> None:
    sent = heic()
    assert b"Telephone" in sent
    assert b"GPSLatitude" in sent
    ref = await kept(store, database, sent, "IMG_0001.HEIC")
    content = await stored(store, database, ref)
    assert (ref.media_type, ref.name, len(content)) == ("image/heic", "IMG_0001.heic", len(sent))
    assert b"Telephone" not in content
    assert b"GPSLatitude" not in content
    assert ref.sha256 == hashlib.sha256(content).digest()
    as_avif = content[:8] + b"avif" + content[12:].replace(b"heicmif1miaf", b"avifmif1miaf", 1)
    with Image.open(io.BytesIO(as_avif)) as picture:
        picture.load()
        assert picture.size in ((64, 48), (48, 64))


@pytest.mark.parametrize("cut", [0, 999])
async def test_a_film_loses_its_place_and_stays_a_film(store: FileStore, database: Database, cut: int) -> None:
    sent = film(cut=cut)
    ref = await kept(store, database, sent, "clip.mp4")
    content = await stored(store, database, ref)
    assert (ref.media_type, len(content)) == ("video/mp4", len(sent))
    for told in (b"13.7563", b"location", b"Somchai"):
        assert told not in content
    assert content.endswith(PLAYED[: len(PLAYED) - cut])


@pytest.mark.parametrize("origin", ["web", "email"])
async def test_what_may_still_tell_a_place_is_refused_with_a_remedy(
    store: FileStore, database: Database, origin: str
) -> None:
    broken = heic()
    broken = broken[:32] + (2**31).to_bytes(4, "big") + broken[36:]
    for content in (broken, photo(64, 48, kind="TIFF")[:200], photo(64, 48, kind="JPEG2000", place=False)):
        with pytest.raises(FileRefused) as refused:
            await kept(store, database, content, "photo", origin)
        assert refused.value.remedy


async def test_a_scan_of_several_pages_becomes_a_document_of_them(store: FileStore, database: Database) -> None:
    ref = await kept(store, database, scan(3), "scan.tiff")
    content = await stored(store, database, ref)
    assert (ref.media_type, ref.name) == ("application/pdf", "scan.tiff.pdf")
    assert content.count(b"/Type /Page\n") == 3
    assert b"Scanner" not in content
    row = await file_by_id(database, ref.id)
    assert row.readable
    assert not row.viewable
    with pytest.raises(FileRefused):
        await kept(store, database, scan(151), "scan.tiff")


@pytest.mark.parametrize("content", [PAGE, DRAWING, b"\x00\x01\x02 nobody knows"])
async def test_what_a_browser_could_run_is_refused_whatever_its_name(
    store: FileStore, database: Database, content: bytes
) -> None:
    with pytest.raises(FileRefused):
        await kept(store, database, content, "holiday.jpg")
    # In a mail nobody can be asked to send it again: there it is kept as bytes, to be downloaded only.
    ref = await kept(store, database, content, "holiday.jpg", "email")
    assert (ref.media_type, ref.name) == ("application/octet-stream", "holiday.jpg.bin")


@pytest.mark.parametrize("content", [b"MZ\x90\x00" + bytes(60), b"\x7fELF" + bytes(60), b"#!/bin/sh\nrm -rf /\n"])
@pytest.mark.parametrize("origin", ["web", "email"])
async def test_a_program_is_never_kept(store: FileStore, database: Database, content: bytes, origin: str) -> None:
    with pytest.raises(FileRefused):
        await kept(store, database, content, "invoice.pdf", origin)


async def test_a_polyglot_keeps_its_picture_and_nothing_else(store: FileStore, database: Database) -> None:
    content = await stored(store, database, await kept(store, database, polyglot()))
    assert b"<script" not in content
    assert b"PK\x03\x04" not in content
    assert content.startswith(b"\xff\xd8\xff")


async def test_an_archive_is_kept_unopened(store: FileStore, database: Database) -> None:
    bomb = zip_bomb()
    ref = await kept(store, database, bomb, "evidence.zip", "email")
    assert (ref.media_type, ref.size) == ("application/zip", len(bomb))
    assert sum(f.stat().st_size for f in (store.storage.folder).rglob("*") if f.is_file()) == len(bomb)  # type: ignore[attr-defined]


async def test_a_picture_of_twelve_thousand_by_twelve_thousand_fills_no_memory(
    store: FileStore, database: Database
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flat = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(flat, "PNG")
    with pytest.raises(FileRefused, match="too many pixels"):
        await kept(store, database, flat.getvalue(), "huge.png")
    ref = await kept(store, database, flat.getvalue(), "huge.png", "line")
    assert ref.media_type == "application/octet-stream"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "kilobytes"


async def test_a_large_jpeg_is_read_at_a_fraction_and_scaled_down(store: FileStore, database: Database) -> None:
    big = io.BytesIO()
    Image.new("L", (12_000, 12_000), 90).save(big, "JPEG", quality=30)
    ref = await kept(store, database, big.getvalue())
    row = await file_by_id(database, ref.id)
    assert (row.width, row.height) == (4096, 4096)


async def test_a_broken_picture_is_refused_with_a_remedy(store: FileStore, database: Database) -> None:
    with pytest.raises(FileRefused, match="cannot be read"):
        await kept(store, database, photo()[:200])


async def test_an_empty_file_and_one_over_the_limit_are_refused(tmp_path: Path, database: Database) -> None:
    small = FileStore(FolderStorage(tmp_path), FileLimits(upload_bytes=1000), Scanner(), tmp_path / "incoming")
    with pytest.raises(FileRefused, match="empty"):
        await kept(small, database, b"")
    with pytest.raises(FileRefused) as problem:
        await kept(small, database, PDF + bytes(1000))
    assert problem.value.status == 413


async def test_the_same_file_of_a_channel_is_kept_once(store: FileStore, database: Database) -> None:
    first = await kept(store, database, PDF, "a.pdf", "line", origin_id="message 1")
    again = await kept(store, database, PDF, "a.pdf", "line", origin_id="message 1")
    assert again == first
    assert len(await database.read("select 1 from intake.stored_file")) == 1


async def test_what_was_erased_is_gone_and_stays_as_a_fact(store: FileStore, database: Database) -> None:
    ref = await kept(store, database, photo(50, 50))
    async with database.transaction() as tx:
        await erase_file(tx, ref.id, NOW)
    assert await drop_contents(database, store, NOW) == 1
    assert not [f for f in store.storage.folder.rglob("*") if f.is_file()]  # type: ignore[attr-defined]
    row = await file_by_id(database, ref.id)
    assert (row.state, row.name, row.size) == ("erased", None, ref.size)
    assert await drop_contents(database, store, NOW) == 0


async def test_a_content_whose_transaction_was_undone_is_swept(store: FileStore, database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as tx:
            await keep_file(store, tx, content=PDF, name="a.pdf", case_id=None, origin="web", origin_id=None, at=NOW)
            raise RuntimeError
    named = await kept(store, database, PDF)
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(days=2)
    assert await sweep_storage(database, store, later) == 1
    assert await stored(store, database, named) == PDF


async def test_files_of_a_context_share_one_store(runtime: Runtime) -> None:
    context = runtime.contexts["intake"]
    assert file_store(context) is file_store(context)


async def test_a_missing_content_is_no_such_file(store: FileStore, database: Database) -> None:
    ref = await kept(store, database, PDF)
    await store.storage.erase(str(ref.id))
    with pytest.raises(NotFound):
        await stored(store, database, ref)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\ใบเสร็จ.pdf", "ใบเสร็จ.pdf"),
        ("gpj.\u202efdp.pdf", "gpj.fdp.pdf"),
        ("a\r\nset-cookie: x.pdf", "aset-cookie_ x.pdf"),
        (" . ", None),
        (None, None),
        ("ก" * 300 + ".pdf", "ก" * 116 + ".pdf"),
        ("photo.jpg", "photo.jpg.pdf"),
    ],
)
def test_a_name_is_harmless_and_fits_its_content(given: str | None, expected: str | None) -> None:
    assert clean_name(given, kind_of(PDF)) == expected


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        ("บันทึกการโทร\nครั้งที่ 1".encode(), "text/plain"),
        ("บันทึก".encode("cp874"), "text/plain"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml word/document.xml",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04" + bytes(26) + b"META-INF/MANIFEST.MF", "application/octet-stream"),
        (("ก" * 1365).encode() + b"\xe0", "text/plain"),
    ],
)  # fmt: skip
def test_a_kind_is_told_by_content(content: bytes, media_type: str) -> None:
    assert kind_of(content).media_type == media_type


async def test_many_at_once_are_all_kept(store: FileStore, database: Database) -> None:
    refs = await asyncio.gather(*(kept(store, database, photo(40, 40 + n), str(uuid4())) for n in range(6)))
    assert len({ref.id for ref in refs}) == 6
