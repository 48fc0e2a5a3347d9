"""Import a file: in batches, each its own transaction, so that after a kill the next run goes on where it can.

How far a file has come is noted in the transaction of each batch, so a run after a kill skips what was read and counts
it as it was counted. Registering is idempotent by source id: a finished file imported again is all duplicates.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import Contacts
from services.intake.import_history import HistoricalFiling, file_history
from services.intake.importing.convert import Converter, RowRefused
from services.intake.importing.mapping import ImportMapping
from services.intake.importing.rows import FileUnreadable, Row, read_rows
from services.kit.database import Database, Transaction
from services.kit.i18n import N_
from services.kit.sheets import inert

BATCH = 500


@dataclass(slots=True)
class Reconciliation:
    """read = registered + duplicate + rejected, checked at the end of every import."""

    read: int = 0
    registered: int = 0
    duplicate: int = 0
    rejected: int = 0
    resumed_at: int = 0
    """Rows that an earlier, interrupted run had already taken; they are in the sums."""
    reject_file: Path | None = None
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost on the way."""
        return self.read == self.registered + self.duplicate + self.rejected


def file_key(file: Path, mapping: ImportMapping) -> str:
    """The identity of a file's contents under a mapping."""
    digest = hashlib.sha256(mapping.model_dump_json().encode())
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


async def import_file(
    database: Database,
    file: Path,
    mapping: ImportMapping,
    bundle: PolicyBundle,
    *,
    contacts: Contacts,
    now: datetime,
    reject_file: Path,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Reconciliation:
    """Import every row of `file`; what cannot be imported goes to `reject_file` with its line and the reason.

    Raises:
        FileUnreadable: the file cannot be read at all.
    """
    key = file_key(file, mapping)
    result = await _taken_so_far(database, key)
    converter = Converter(mapping, bundle, now)
    rows = islice(read_rows(file, mapping), result.read, None)
    progress(result.read)
    while batch := list(islice(rows, BATCH)):
        filings: list[HistoricalFiling] = []
        refused: list[tuple[Row, str]] = []
        for row in batch:
            try:
                if row.broken:
                    raise RowRefused(row.broken)
                filings.append(converter.filing(row.cells))
            except RowRefused as reason:
                refused.append((row, str(reason)))
        async with database.transaction() as tx:
            done = await file_history(tx, filings, bundle=bundle, contacts=contacts, now=now)
            result.read += len(batch)
            result.registered += done.registered
            result.duplicate += done.duplicates
            result.rejected += len(refused)
            await _note(tx, key, result, now)
            if refused:  # before the commit: a refused row stands in the file twice rather than nowhere
                result.reject_file = reject_file
                _write_rejects(reject_file, refused)
        progress(len(batch))
    async with database.transaction() as tx:
        await _note(tx, key, result, now, finished=True)
    return result


async def _taken_so_far(database: Database, key: str) -> Reconciliation:
    rows = await database.read("select * from intake.import_run where file_key = $1 and not finished", key)
    if not rows:
        return Reconciliation()
    row = rows[0]
    return Reconciliation(row["read"], row["registered"], row["duplicate"], row["rejected"], resumed_at=row["read"])


async def _note(tx: Transaction, key: str, result: Reconciliation, now: datetime, *, finished: bool = False) -> None:
    await tx.execute(
        "insert into intake.import_run (file_key, read, registered, duplicate, rejected, at, finished)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (file_key) do update set read = excluded.read,"
        " registered = excluded.registered, duplicate = excluded.duplicate, rejected = excluded.rejected,"
        " at = excluded.at, finished = excluded.finished",
        key,
        result.read,
        result.registered,
        result.duplicate,
        result.rejected,
        now,
        finished,
    )


def _write_rejects(file: Path, refused: list[tuple[Row, str]]) -> None:
    """Append the refused rows: line, reason, then the cells as they were, to be mended and imported again."""
    try:
        fresh = not file.exists()
        with file.open("a", encoding="utf-8-sig" if fresh else "utf-8", newline="") as text:
            writer = csv.writer(text)
            if fresh:
                writer.writerow(["line", "reason", *map(inert, refused[0][0].cells)])
            for row, reason in refused:
                writer.writerow([row.line, inert(reason), *map(inert, row.cells.values())])
    except OSError as problem:
        raise FileUnreadable(
            N_("The refused rows cannot be written to %(file)s: %(why)s."),
            N_("Name another file with --rejects and run it again; it goes on where it stopped."),
            params={"file": file, "why": problem.strerror},
        ) from problem
