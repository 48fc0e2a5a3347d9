"""A backup holds everything as it stood at one moment, and what is restored from it goes on without saying it twice."""

from __future__ import annotations

import asyncio
import json
import stat
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from schemas.envelope import BUCKETS
from services.cli.backup.archive import MANIFEST, BackupUnusable, Manifest, reading
from services.cli.backup.restore_backup import check_versions, load, new_folder, settle
from services.cli.backup.take_backup import snapshots, take_backup
from services.cli.books.audit import audit_books
from services.cli.books.findings import Books
from services.cli.kpi import figures
from services.cli.runtime import Runtime, opened
from services.kit.data_folder import DataFolder, DataFolderInUse, DataFolderUnusable
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import RedressError
from services.kit.journal import Break, verify
from services.kit.settings import SERVICES, Settings
from services.sla.hold_after_restore import REASON
from tests.cli.conftest import sweep
from tests.journeys.whole import SECRET, Whole


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """An empty database to restore into."""
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute("create database restored")
    yield postgres.url_of("restored")
    await admin.execute("drop database restored with (force)")
    await admin.close()


def urls(url: str) -> dict[str, str]:
    """Every service in one database."""
    return dict.fromkeys(SERVICES, url)


async def back_up(system: Whole, file: Path) -> Manifest:
    """A backup of the system as it is."""
    folder = system.runtime.settings.data
    return await take_backup(urls(system.database.url), folder, file, system.clock.now)


@asynccontextmanager
async def restored(
    file: Path, url: str, data: Path, now: Callable[[], datetime], *, was_stopped: bool = False
) -> AsyncIterator[Runtime]:
    """A system made of a backup, at a moment."""
    data.mkdir(exist_ok=True)
    settings = Settings(data=data, secret=SECRET)
    with reading(file) as archive:
        await load(archive, urls(url), lambda *_: None)
        await settle(settings, urls(url), archive.manifest, now(), was_stopped=was_stopped, file=file)
    async with opened(settings, url, now=now) as runtime:
        yield runtime


async def audited(runtime: Runtime, now: Callable[[], datetime]) -> Books:
    """The books of a system."""
    return await audit_books(
        {name: context.database for name, context in runtime.contexts.items()},
        {name: service.subscriptions for name, service in runtime.services.items()},
        now=now,
    )


async def test_restored_figures_equal_the_originals_and_every_chain_holds(
    lived: Whole, empty: str, tmp_path: Path
) -> None:
    file = tmp_path / "redress.backup"
    before = [await figures(lived.runtime, None, None, level) for level in ("organisation", "department", "person")]
    assert any(row["numerator"] for row in before[0])
    await back_up(lived, file)
    async with restored(file, empty, tmp_path / "new", lived.clock) as runtime:
        after = [await figures(runtime, None, None, level) for level in ("organisation", "department", "person")]
        assert after == before
        for name, context in runtime.contexts.items():
            async with context.database.transaction() as tx:
                assert not [it async for it in verify(tx, name, range(BUCKETS)) if isinstance(it, Break)]
        assert (await audited(runtime, lived.clock)).findings == []


async def test_a_backup_under_load_is_of_one_moment(lived: Whole, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "redress.backup"
    filing = True

    async def load_on() -> int:
        count = 0
        async with lived.client() as public:
            while filing or count < 5:
                answer = await public.post("/api/v1/complaints", json={"narrative": "ไฟดับ", "identity": "anonymous"})
                assert answer.status_code == 201
                count += 1
                await lived.runtime.journal_feed("routing").step()
                await lived.runtime.journal_feed("sla").step()
        return count

    loading = asyncio.create_task(load_on())
    await asyncio.sleep(0)
    manifest = await back_up(lived, file)
    filing = False
    assert await loading >= 5
    await lived.runtime.drain()
    async with restored(file, empty, tmp_path / "new", lived.clock) as runtime:
        await runtime.drain()
        books = await audited(runtime, lived.clock)
        assert [(finding.check, finding.what) for finding in books.findings] == []
        assert books.looked_at["registered"] == manifest.tables["intake.complaint"].rows


async def test_what_the_old_system_may_have_sent_is_not_sent_again(lived: Whole, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "redress.backup"
    who = {"name": "สมชาย", "email": "somchai@example.com"}
    await lived.file(category="lodging", narrative="ไม่มีใครตอบ", identity="named", complainant=who)
    assert await _waiting(lived.runtime) > 0
    await back_up(lived, file)
    lived.clock.move(days=2)
    await sweep(lived)  # the old system goes on, and warns
    assert await _sent_since(lived.runtime, lived.clock.now - timedelta(days=1))
    async with restored(file, empty, tmp_path / "new", lived.clock) as runtime:
        for job in runtime.services["sla"].jobs:
            await job.run(lived.clock.now)
        await runtime.drain()
        assert await _sent_since(runtime, lived.clock.now - timedelta(days=1)) == 0
        held = await runtime.contexts["sla"].database.read(
            "select count(*) n from sla.alert where dropped = $1", REASON
        )
        assert held[0]["n"] > 0
        assert (await audited(runtime, lived.clock)).findings == []
        note = json.loads((tmp_path / "new" / "restored.json").read_text())
        assert note["held"]["sla"] == held[0]["n"]
        assert note["held"]["intake"] > 0
        assert await _waiting(runtime) == 0


async def test_a_system_that_had_stopped_before_its_backup_sends_what_it_had_not(
    lived: Whole, empty: str, tmp_path: Path
) -> None:
    file = tmp_path / "redress.backup"
    await lived.file(category="lodging", narrative="ไม่มีใครตอบเลย")
    await back_up(lived, file)
    lived.clock.move(days=2)
    async with restored(file, empty, tmp_path / "new", lived.clock, was_stopped=True) as runtime:
        for job in runtime.services["sla"].jobs:
            await job.run(lived.clock.now)
        await runtime.drain()
        assert await _sent_since(runtime, lived.clock.now - timedelta(days=1)) > 0


async def test_numbers_given_out_after_the_backup_are_not_given_to_others(
    lived: Whole, empty: str, tmp_path: Path
) -> None:
    file = tmp_path / "redress.backup"
    await back_up(lived, file)
    later = await lived.database.read("select last_value from intake.serial")
    async with restored(file, empty, tmp_path / "new", lived.clock) as runtime:
        next_ones = await runtime.contexts["intake"].database.read("select nextval('intake.serial') as serial")
        assert next_ones[0]["serial"] > later[0]["last_value"] + 1000


async def _waiting(runtime: Runtime) -> int:
    """Messages that would still leave."""
    rows = await runtime.contexts["intake"].database.read(
        "select count(*) n from intake.message where direction = 'out' and state in ('queued', 'sending')"
    )
    return int(rows[0]["n"])


async def _sent_since(runtime: Runtime, at: datetime) -> int:
    rows = await runtime.contexts["sla"].database.read("select count(*) n from sla.alert where sent_at > $1", at)
    return int(rows[0]["n"])


async def test_only_its_owner_can_read_a_backup_and_it_holds_the_keys(lived: Whole, tmp_path: Path) -> None:
    file, data = tmp_path / "redress.backup", tmp_path / "data"
    folder = DataFolder.open(data)
    key = folder.secret_key()
    (data / "files" / "ab").mkdir(parents=True)
    (data / "files" / "ab" / "photo").write_bytes(b"\xff" * 3000)
    (data / "postgres.log").write_text("not taken")
    await take_backup(urls(lived.database.url), data, file, lived.clock.now)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with reading(file) as archive:
        assert set(archive.manifest.files) == {"secret.key", "files/ab/photo"}
        archive.unpack("secret.key", archive.manifest.files["secret.key"], tmp_path / "key")
    assert (tmp_path / "key").read_text().strip() == key
    with pytest.raises(RedressError, match="is there already"):
        await take_backup(urls(lived.database.url), data, file, lived.clock.now)


async def test_a_damaged_or_newer_backup_is_refused(lived: Whole, empty: str, tmp_path: Path) -> None:
    file = tmp_path / "redress.backup"
    await back_up(lived, file)
    newer = _changed(file, tmp_path / "newer", lambda said: said | {"redress": "99.0"})
    later = _changed(file, tmp_path / "later", lambda said: {"redress": "99.0", "format": 99, "unheard": 1})
    for refused in (newer, later):
        with pytest.raises(BackupUnusable, match=r"made by Redress 99\.0"), reading(refused):
            pass
    tables = _changed(file, tmp_path / "tables", lambda said: said | {"versions": said["versions"] | {"sla": "9999"}})
    with reading(tables) as archive, pytest.raises(BackupUnusable, match="9999"):
        check_versions(archive.manifest)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(BackupUnusable, match="is not a backup"), reading(tmp_path / "text"):
        pass

    def other_digest(said: dict[str, Any]) -> dict[str, Any]:
        said["tables"]["intake.complaint"]["sha256"] = "0" * 64
        return said

    with reading(_changed(file, tmp_path / "damaged", other_digest)) as archive:
        with pytest.raises(BackupUnusable, match=r"intake/complaint"):
            await load(archive, urls(empty), lambda *_: None)


def _changed(file: Path, copy: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """A copy of a backup with another manifest."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            said = old.read(name)
            new.writestr(name, json.dumps(change(json.loads(said))) if name == MANIFEST else said)
    return copy


async def test_nothing_is_restored_over_what_is_there(lived: Whole, tmp_path: Path) -> None:
    file = tmp_path / "redress.backup"
    await back_up(lived, file)
    with reading(file) as archive, pytest.raises(RedressError, match="already holds the tables"):
        await load(archive, urls(lived.database.url), lambda *_: None)
    used = DataFolder.open(tmp_path / "used")
    used.secret_key()
    with pytest.raises(DataFolderUnusable, match="is not empty"):
        with new_folder(used.path, replace=False, now=lived.clock.now):
            pass
    used.hold(8000)
    with pytest.raises(DataFolderInUse):
        with new_folder(used.path, replace=True, now=lived.clock.now):
            pass
    used.release()
    with pytest.raises(ZeroDivisionError):
        with new_folder(used.path, replace=True, now=lived.clock.now):
            raise ZeroDivisionError
    assert (used.path / "secret.key").exists()
    with new_folder(used.path, replace=True, now=lived.clock.now) as fresh:
        (fresh / "new").touch()
    assert [entry.name for entry in used.path.iterdir()] == ["new"]
    (aside,) = tmp_path.glob("used.before-*")
    assert (aside / "secret.key").exists()


async def test_several_databases_are_seen_at_one_moment(
    postgres: EmbeddedPostgres, database_url: str, migrated: str
) -> None:
    other = postgres.url_of(migrated)
    async with snapshots({database_url: ["intake"], other: ["routing", "sla"]}) as seen:
        late = await asyncpg.connect(database_url)
        await late.execute("update intake.bucket set position = position + 1")
        assert await seen[database_url].fetchval("select max(position) from intake.bucket") == 0
        assert await late.fetchval("select max(position) from intake.bucket") == 1
        await late.close()
