"""Make the dossiers that were asked for: one ZIP each, with a page to read, every message, every file and its digest.

A piece of one file at a time is in memory, whatever the files weigh. The ZIP is kept among the files of its case,
internal, with who asked for it; so it is given, scoped and erased as they are.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from services.intake.dossier.write_pages import DossierFile, write_index, write_messages
from services.intake.email.keep_mail import RAW_ORIGIN
from services.intake.files.keep_file import FileRef, FileStore, Prepared, digest_and_head, file_store, record_file
from services.intake.files.read_files import KeptFile, files_of_case
from services.intake.messages.list_messages import list_messages
from services.kit.database import new_id
from services.kit.paging import Key
from services.kit.service import Context
from services.kit.trouble import told

log = structlog.get_logger()

ORIGIN = "dossier"
MOST_ATTEMPTS = 5
A_ZIP = "application/zip"


@dataclass(slots=True)
class Made:
    """What is in the ZIP so far: the digest of each part."""

    digests: dict[str, str] = field(default_factory=dict)


async def make_dossiers(context: Context, now: datetime) -> int:
    """Make what waits, the oldest first. Returns how many were made."""
    rows = await context.database.read(
        "select * from intake.dossier where state = 'waiting' order by asked_at, id limit 20"
    )
    done = 0
    for row in rows:
        try:
            await _make(context, dict(row), now)
            done += 1
        except Exception as problem:  # one dossier must not keep the others waiting; it is tried again, then shown
            await log.aerror("a dossier was not made", dossier=str(row["id"]), error=told(problem))
            await context.database.statement(
                "update intake.dossier set attempts = attempts + 1, settled_at = $3,"
                " state = case when attempts + 1 >= $2 then 'failed' else state end"
                " where id = $1 and state = 'waiting'",
                row["id"], MOST_ATTEMPTS, now,
            )  # fmt: skip
    return done


async def _make(context: Context, row: dict[str, Any], now: datetime) -> None:
    store = file_store(context)
    async with store.workplace() as place:
        archive = place / "dossier.zip"
        number = await _number(context, row["case_id"])
        await _write(context, store, row, archive, number)
        file_id = new_id()
        await store.storage.put(str(file_id), archive)
        digest, _ = await asyncio.to_thread(digest_and_head, archive)
        ref = FileRef(file_id, f"{number}.zip", A_ZIP, archive.stat().st_size, digest)
        prepared = Prepared(ref, digest, "opaque", ORIGIN, "kept")
        async with context.database.transaction() as tx:
            still = await tx.fetchval(
                "update intake.dossier set state = 'made', record = null, file_id = $2, settled_at = $3"
                " where id = $1 and state = 'waiting' returning 1",
                row["id"], file_id, now,
            )  # fmt: skip
            if still is not None:  # else its words were erased while it was made: what was stored is swept
                await record_file(
                    tx, prepared, case_id=row["case_id"], origin_id=str(row["id"]), at=now,
                    added_by=row["asked_by"], internal=True,
                )  # fmt: skip


async def _number(context: Context, case_id: UUID) -> str:
    rows = await context.database.read("select tracking_number from intake.complaint where id = $1", case_id)
    return str(rows[0]["tracking_number"]) if rows else str(case_id)


async def _write(context: Context, store: FileStore, row: dict[str, Any], archive: Path, number: str) -> None:
    case_id, made = row["case_id"], Made()
    bundle = await context.copies.in_force(context.database, context.now())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as opened:
        await _add(opened, made, "case.html", gzip.decompress(base64.b64decode(row["record"])))
        messages = await _messages(context, case_id)
        await _add(opened, made, "messages.html", write_messages(number, messages, bundle.zone).encode())
        files = [
            await _add_file(opened, made, store, place, file)
            for place, file in enumerate(await files_of_case(context.database, case_id, public=False), 1)
            if file.origin != ORIGIN
        ]
        asked = (row["asked_at"], (await context.copies.staff(context.database)).name(row["asked_by"]))
        await _add(opened, made, "index.html", write_index(number, files, asked, bundle.zone).encode())
        listed = "".join(f"{digest}  {name}\n" for name, digest in made.digests.items())
        await asyncio.to_thread(opened.writestr, "SHA256SUMS", listed)


async def _add(opened: zipfile.ZipFile, made: Made, name: str, content: bytes) -> None:
    made.digests[name] = hashlib.sha256(content).hexdigest()
    await asyncio.to_thread(opened.writestr, name, content)


async def _add_file(opened: zipfile.ZipFile, made: Made, store: FileStore, place: int, file: KeptFile) -> DossierFile:
    """A file of the case in pieces; one that cannot be given is listed with the reason."""
    name = f"files/{place:03}-{file.name or file.id}"  # a name that is kept is safe in a folder
    if file.state != "kept" or file.origin == RAW_ORIGIN:
        return DossierFile(None, file.name or str(file.id), file.sha256.hex(), file.at, file.internal, file.state)
    digest = hashlib.sha256()
    with opened.open(name, "w", force_zip64=True) as target:
        async for piece in store.storage.read(str(file.id)):
            digest.update(piece)
            await asyncio.to_thread(target.write, piece)
    made.digests[name] = digest.hexdigest()
    return DossierFile(name, file.name or str(file.id), digest.hexdigest(), file.at, file.internal, file.state)


async def _messages(context: Context, case_id: UUID) -> Sequence[dict[str, Any]]:
    """Every message, page by page; keys to the case are covered in them."""
    found: list[dict[str, Any]] = []
    after: Key | None = None
    while True:
        page = await list_messages(
            context.database, case_id, server_secret=context.settings.digest_key, after=after, size=200
        )
        found += page.items
        after = page.following
        if after is None:
            return found
