"""Contents lie whole in a folder or in a bucket, and are found, read and taken away there."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from services.intake.files.storage import FolderStorage, S3Storage, Storage, open_storage, s3_store
from services.kit.database import new_id
from services.kit.errors import Unavailable
from services.kit.settings import Settings
from tests.journeys.system import until

START = "import sys; from moto.server import ThreadedMotoServer as S; s = S('127.0.0.1', 0); s.start(); "
START += "print('port', s.get_host_and_port()[1], flush=True); sys.stdin.read(); s.stop()"


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """An S3 server of its own process, with a bucket; its address as the setting wants it."""
    server = subprocess.Popen([sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = next(line.split()[1] for line in server.stdout if line.startswith("port "))
        address = f"http://127.0.0.1:{port}"
        until("the object store to answer", lambda: httpx.put(f"{address}/evidence", timeout=5).status_code == 200)
        yield f"http://key:se%2Fcret@127.0.0.1:{port}/evidence/redress"
    finally:
        server.stdin.close()  # type: ignore[union-attr]
        server.wait(timeout=20)


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Each of the two."""
    if request.param == "folder":
        return FolderStorage(tmp_path / "files")
    return S3Storage(s3_store(request.getfixturevalue("object_store")))


async def content(storage: Storage, key: str) -> bytes:
    return b"".join([piece async for piece in storage.read(key)])


async def test_what_is_put_is_read_whole_and_gone_when_erased(storage: Storage, tmp_path: Path) -> None:
    key, source = str(new_id()), tmp_path / "source"
    source.write_bytes(b"evidence" * 700_000)
    await storage.put(key, source)
    assert await content(storage, key) == source.read_bytes()
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert key in [found async for found in storage.keys_before(later)]
    assert key not in [found async for found in storage.keys_before(datetime.now(UTC) - timedelta(hours=1))]
    await storage.erase(key)
    await storage.erase(key)
    with pytest.raises(FileNotFoundError):
        await content(storage, key)


async def test_a_storage_that_works_says_nothing(storage: Storage) -> None:
    assert await storage.check() is None


async def test_a_bucket_that_is_not_there_is_told_with_its_remedy(object_store: str) -> None:
    told = await open_storage(Settings(options={"REDRESS_S3_URL": object_store.replace("evidence", "missing")})).check()
    assert told is not None
    assert "REDRESS_S3_URL" in told


async def test_contents_are_private_to_the_program(tmp_path: Path) -> None:
    storage, key, source = FolderStorage(tmp_path / "files"), str(new_id()), tmp_path / "source"
    source.write_bytes(b"evidence")
    await storage.put(key, source)
    (kept,) = [path for path in storage.folder.rglob("*") if path.is_file()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["../../etc/passwd", "", "x", "/etc/passwd"])
async def test_a_key_never_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(FileNotFoundError):
        await content(FolderStorage(tmp_path), key)


@pytest.mark.parametrize("address", ["s3://bucket", "http://host", "https://host/bucket", "nonsense"])
def test_an_address_that_is_none_is_refused_with_its_form(address: str) -> None:
    with pytest.raises(Unavailable, match="no address"):
        open_storage(Settings(options={"REDRESS_S3_URL": address}))
