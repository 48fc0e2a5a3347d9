"""What is done to files again and again: scan what is held, take away what was erased, sweep what nobody names."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Gauge

from services.intake.files.keep_file import FileStore, digest_and_head, settle_content
from services.intake.files.kinds import kind_of
from services.intake.files.refusing import FileRefused
from services.intake.files.storage import a_day_ago
from services.kit.database import Database

log = structlog.get_logger()

HELD = Gauge("redress_files_held", "Files that wait for the virus scanner")

DRAFT_LASTS = timedelta(hours=48)
"""How long the files of a form that was never sent are kept."""

AT_ONCE = 20


async def scan_held(database: Database, store: FileStore, now: datetime) -> int:
    """Scan what was held while the scanner was away; how many were settled."""
    rows = await database.read(
        "select id, name, origin, arrived_sha256 from intake.stored_file where state = 'held' order by at limit $1",
        AT_ONCE,
    )
    settled = 0
    for row in rows:
        if not await _scan(database, store, dict(row), now):
            break  # still away: the rest waits too
        settled += 1
    waiting = await database.read("select count(*) n from intake.stored_file where state = 'held'")
    HELD.set(waiting[0]["n"])
    if waiting[0]["n"]:
        await log.awarning("files wait for the virus scanner", waiting=waiting[0]["n"])
    return settled


async def _scan(database: Database, store: FileStore, row: dict[str, object], now: datetime) -> bool:
    file_id = row["id"]
    assert isinstance(file_id, UUID)  # noqa: S101  (asyncpg says so)
    async with store.workplace() as place:
        source = place / "source"
        try:
            with source.open("wb") as target:
                async for piece in store.storage.read(str(file_id)):
                    await asyncio.to_thread(target.write, piece)
        except FileNotFoundError:
            await _refused(database, file_id, "content missing")
            return True
        verdict = await store.scanner.scan(source)
        if verdict.found == "away":
            return False
        if verdict.found == "infected":
            await _refused(database, file_id, verdict.what)
            return True
        digest, head = await asyncio.to_thread(digest_and_head, source)
        name, origin = (None if row["name"] is None else str(row["name"])), str(row["origin"])
        try:
            kept = await settle_content(store, file_id, source, kind_of(head, name), name, origin, digest)
        except FileRefused as refused:
            await _refused(database, file_id, refused.what)
            return True
    async with database.transaction() as tx:
        await tx.execute(
            "update intake.stored_file set state = 'kept', name = $2, media_type = $3, treatment = $4, size = $5,"
            " sha256 = $6, width = $7, height = $8, thumbnail = $9 where id = $1 and state = 'held'",
            file_id, kept.ref.name, kept.ref.media_type, kept.treatment, kept.ref.size, kept.ref.sha256, kept.width,
            kept.height, kept.width is not None,
        )  # fmt: skip
    return True


async def _refused(database: Database, file_id: UUID, reason: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            "update intake.stored_file set state = 'infected', reason = $2 where id = $1 and state = 'held'",
            file_id,
            reason,
        )


async def drop_contents(database: Database, store: FileStore, now: datetime) -> int:
    """Take away the contents of what was erased or refused, and forget forms that were never sent; how many went."""
    await database.statement(
        "update intake.stored_file set state = 'erased', name = null, draft = null"
        " where draft is not null and at < $1 and state in ('kept', 'held')",
        now - DRAFT_LASTS,
    )
    rows = await database.read(
        "select id from intake.stored_file where state in ('erased', 'infected') and settled_at is null"
        " order by at limit 500"
    )
    for row in rows:
        await store.storage.erase(f"{row['id']}.small")
        await store.storage.erase(str(row["id"]))
    if rows:
        await database.statement(
            "update intake.stored_file set settled_at = $2 where id = any($1::uuid[])", [row["id"] for row in rows], now
        )
    return len(rows)


async def sweep_storage(database: Database, store: FileStore, now: datetime) -> int:
    """Take away contents older than a day that no row names: their transaction was undone. How many went."""
    swept, some = 0, []
    async for key in store.storage.keys_before(a_day_ago(now)):
        some.append(key)
        if len(some) == 500:
            swept += await _sweep(database, store, some)
            some = []
    swept += await _sweep(database, store, some)
    if swept:
        await log.ainfo("contents without a file were swept", swept=swept)
    return swept


async def _sweep(database: Database, store: FileStore, keys: list[str]) -> int:
    ids = [UUID(key[:36]) for key in keys]
    rows = await database.read(
        "select id from intake.stored_file where id = any($1::uuid[]) and settled_at is null", ids
    )
    named = {row["id"] for row in rows}
    lost = [key for key, file_id in zip(keys, ids, strict=True) if file_id not in named]
    for key in lost:
        await store.storage.erase(key)
    return len(lost)
