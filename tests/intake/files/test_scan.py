"""With a virus scanner nothing infected is kept, and while it is away files are held and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.files.keep_file import FileStore, keep_file
from services.intake.files.limits import FileLimits
from services.intake.files.read_files import content_of, file_by_id, readable_or_refuse
from services.intake.files.refusing import FileRefused
from services.intake.files.scan import Scanner, Verdict, read_answer
from services.intake.files.storage import FolderStorage
from services.intake.files.tend_files import drop_contents, scan_held
from services.kit.database import Database
from services.kit.errors import NotFound
from tests.intake.conftest import NOW
from tests.intake.files.clamd import EICAR, clamd
from tests.intake.files.samples import PDF, photo

ODD = PDF + EICAR


def store_at(tmp_path: Path, port: int) -> FileStore:
    return FileStore(FolderStorage(tmp_path), FileLimits(), Scanner("127.0.0.1", port), tmp_path / "incoming")


async def test_an_infected_file_is_refused_and_a_clean_one_kept(tmp_path: Path, database: Database) -> None:
    async with clamd() as port:
        store = store_at(tmp_path, port)
        assert await store.scanner.check() is None
        async with database.transaction() as tx:
            with pytest.raises(FileRefused, match="Eicar-Test-Signature"):
                await keep_file(
                    store, tx, content=ODD, name="a.pdf", case_id=None, origin="web", origin_id=None, at=NOW
                )
            ref = await keep_file(
                store, tx, content=PDF, name="a.pdf", case_id=None, origin="web", origin_id=None, at=NOW
            )
    assert (await file_by_id(database, ref.id)).state == "kept"


async def test_while_the_scanner_is_away_files_are_held_and_scanned_when_it_is_back(
    tmp_path: Path, database: Database
) -> None:
    async with clamd() as port:
        pass  # it has gone; its port is free
    store = store_at(tmp_path, port)
    assert "REDRESS_CLAMD" in (await store.scanner.check() or "")
    refs = []
    for content in (photo(80, 60), ODD):
        async with database.transaction() as tx:
            refs.append(
                await keep_file(
                    store, tx, content=content, name="x", case_id=None, origin="web", origin_id=None, at=NOW
                )
            )
    held = [await file_by_id(database, ref.id) for ref in refs]
    assert [file.state for file in held] == ["held", "held"]
    with pytest.raises(NotFound, match="waits for the virus scanner"):
        readable_or_refuse(held[0])
    assert await scan_held(database, store, NOW) == 0, "nothing is decided without a verdict"
    async with clamd(port):
        assert await scan_held(database, store, NOW) == 2
    clean, odd = [await file_by_id(database, ref.id) for ref in refs]
    assert (clean.state, clean.media_type, clean.thumbnail) == ("kept", "image/jpeg", True)
    assert (odd.state, odd.reason) == ("infected", "Eicar-Test-Signature")
    content = b"".join([piece async for piece in await content_of(store, clean)])
    assert b"Telephone" not in content
    await drop_contents(database, store, NOW)
    with pytest.raises(NotFound):
        await content_of(store, odd)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"stream: OK\0", Verdict("clean")),
        (b"stream: Win.Test FOUND\0", Verdict("infected", "Win.Test")),
        (b"INSTREAM size limit exceeded. ERROR\0", Verdict("away")),
        (b"", Verdict("away")),
    ],
)
def test_only_a_verdict_counts_as_one(answer: bytes, verdict: Verdict) -> None:
    assert read_answer(answer) == verdict
