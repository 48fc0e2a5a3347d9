"""Seal what is stored plain or under a former key with the newest one, in batches: an upgrade, or an exchange of keys.

Each batch is committed by itself and found by `sealed_by`, so that it may stop anywhere and goes on from there, and
costs what is left to do, not what is stored. Several processes share the work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from services.intake.contacts.keeping import Contacts, contacts_of
from services.intake.contacts.seal import ContactKeyMissing, ContactUnreadable, place_of
from services.intake.contacts.sealed_columns import SEALED, SealedTable
from services.kit.copies import Fetches
from services.kit.database import Database, Transaction
from services.kit.journal import columns
from services.kit.presence import running_versions
from services.kit.service import Context

log = structlog.get_logger()

BATCH = 500
BATCHES = 40
"""Batches of one run of the job: some 20,000 rows a minute, so that requests are not kept waiting."""

SEALING_SINCE = "0014"
"""The migration of intake whose programs read sealed contacts; older ones that still run would not."""


UNREADABLE = "unreadable"
"""In place of a key: nothing that is here opens it."""


class Left(NamedTuple):
    """What is still to be sealed with the newest key."""

    plain: int
    former: int
    unknown: int
    """Sealed with a key that is not here, or altered: nobody can read these."""

    @property
    def to_do(self) -> int:
        """Rows that can be sealed now."""
        return self.plain + self.former


async def contacts_left(source: Fetches, contacts: Contacts) -> Left:
    """How many rows are plain, under a former key, or under one that is not here."""
    plain = former = unknown = 0
    for table in SEALED:
        for row in await source.fetch(
            # Three ranges of the index: the rows under the newest key are not looked at.
            f"select sealed_by, count(*) as n from intake.{table.name} where sealed_by is null group by 1"
            f" union all select sealed_by, count(*) from intake.{table.name} where sealed_by < $1 group by 1"
            f" union all select sealed_by, count(*) from intake.{table.name} where sealed_by > $1 group by 1",
            contacts.seal.newest,
        ):
            if row["sealed_by"] is None:
                plain += row["n"]
            elif row["sealed_by"] in contacts.seal.known:
                former += row["n"]
            else:
                unknown += row["n"]
    return Left(plain, former, unknown)


async def seal_all(
    database: Database, contacts: Contacts, *, batches: int | None = None, told: Callable[[int], None] | None = None
) -> int:
    """Seal what is not under the newest key; how many rows were.

    Args:
        batches: after how many to stop; None for when nothing is left.
        told: hears of the rows of each batch.

    """
    done = 0
    for table in SEALED:
        while batches is None or batches > 0:
            sealed = await _seal_batch(database, contacts, table)
            if not sealed:
                break
            done += sealed
            batches = None if batches is None else batches - 1
            if told is not None:
                told(sealed)
    return done


async def seal_stored_contacts(context: Context, _now: datetime) -> None:
    """The job: go on sealing, unless a program that could not read it is still running."""
    contacts = contacts_of(context.settings)
    async with context.database.transaction() as tx:
        running = await running_versions(tx.raw, "intake")
    if running and running[0] < SEALING_SINCE:
        await log.ainfo("contacts are sealed once no older program runs", oldest=running[0])
        return
    if done := await seal_all(context.database, contacts, batches=BATCHES):
        await log.ainfo("contacts sealed", rows=done, key=contacts.seal.newest)


async def _seal_batch(database: Database, contacts: Contacts, table: SealedTable) -> int:
    async with database.transaction() as tx:
        for condition in ("is null", "= any($1::text[])"):
            former = sorted(contacts.seal.known - {contacts.seal.newest})
            rows = await tx.fetch(
                f"select {', '.join((*table.row, *table.sealed))} from intake.{table.name}"
                f" where sealed_by {condition} limit {BATCH} for update skip locked",
                *(() if condition == "is null" else (former,)),
            )
            if rows:
                break
        if not rows:
            return 0
        written = await _readable(tx, [dict(row) for row in rows], table, contacts)
        names = [*table.row, *table.sealed, *table.digests]
        kinds = [*table.row.values(), *_kinds(table)]
        given = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(kinds, 1))
        changed = ", ".join(f"{name} = n.{name}" for name in names[len(table.row) :])
        same = " and ".join(f"t.{name} = n.{name}" for name in table.row)
        await tx.execute(
            f"update intake.{table.name} t set {changed}, sealed_by = ${len(names) + 1}"
            f" from unnest({given}) as n({', '.join(names)}) where {same}",
            *columns(written, len(names)),
            contacts.seal.newest,
        )
        return len(rows)


async def _readable(
    tx: Transaction, rows: Sequence[Mapping[str, Any]], table: SealedTable, contacts: Contacts
) -> list[tuple[Any, ...]]:
    """The rows sealed anew; one that cannot be read is marked and counted, and keeps nobody else waiting."""
    written = []
    for row in rows:
        try:
            written.append(_sealed_anew(row, table, contacts))
        except (ContactKeyMissing, ContactUnreadable) as problem:
            await log.aerror("a sealed contact cannot be read", table=table.name, error=problem.code)
            which = " and ".join(f"{name} = ${place}" for place, name in enumerate(table.row, 2))
            key = [row[name] for name in table.row]
            await tx.execute(f"update intake.{table.name} set sealed_by = $1 where {which}", UNREADABLE, *key)
    return written


async def try_unreadable_again(database: Database) -> None:
    """Take up what could not be read before: its key may be here now."""
    async with database.transaction() as tx:
        for table in SEALED:
            await tx.execute(f"update intake.{table.name} set sealed_by = null where sealed_by = $1", UNREADABLE)


def _kinds(table: SealedTable) -> list[str]:
    return [
        *("text" for _ in table.texts),
        *("bytea" for _ in table.contents),
        *("jsonb" for _ in table.documents),
        *("bytea" for _ in table.digests),
    ]


def _sealed_anew(row: Mapping[str, Any], table: SealedTable, contacts: Contacts) -> tuple[Any, ...]:
    key = [row[name] for name in table.row]
    seal, clear = contacts.seal, {}

    def place(name: str) -> str:
        return place_of(table.name, name, *key)

    sealed: list[Any] = []
    for name in table.texts:
        clear[name] = seal.read(row[name], place(name))
        sealed.append(seal.text(clear[name], place(name)))
    for name in table.contents:
        sealed.append(seal.content(seal.read_content(row[name], place(name)), place(name)))
    for name in table.documents:
        sealed.append(seal.document(seal.read_document(row[name], place(name)), place(name)))
    for of, kind in table.digests.values():
        value = clear[of]
        sealed.append(value and contacts.digest(row[kind[1:]] if kind.startswith("@") else kind, value))
    return (*key, *sealed)
