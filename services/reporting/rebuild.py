"""Make the projections anew from the journals, beside the live ones, and swap when they have caught up.

The pages read on meanwhile. Only projections are replaced: recovery records, and the cursors by which the rest of
reporting reads, stay as they are; nothing is announced. What is parked or discarded is passed over here as well, so
that a rebuild gives the same figures as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from schemas.envelope import Event
from services.kit.copies import Copies, Fetches
from services.kit.database import Database, Transaction
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.kit.journal_pages import Journals, JournalTables, Stretch
from services.kit.listening import Received
from services.reporting.project_facts import PROJECTED, Projector
from services.reporting.tables import PROJECTIONS, metadata

NEXT = "reporting_next"
SOURCES = tuple(sorted({fact.SOURCE for fact in PROJECTED}))
PAGE = 2000
LOCK = 7_431_201

Place = tuple[str, int, int]
"""Source, bucket and position of an event."""
Progress = Callable[[int, int], Any]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many events were read, and how many were passed over since they are parked or discarded."""

    events: int
    passed_over: int


async def rebuild(
    database: Database,
    copies: Copies,
    *,
    journals: Journals | None = None,
    progress: Progress | None = None,
) -> Rebuilt:
    """Rebuild the projections of reporting.

    Args:
        journals: where each service's journal can be read, if not all in the database of reporting; a journal out of
            reach is asked for over the broker (`kit/replay.py`).
        progress: told after each page how many events were read, of how many.

    Raises:
        Conflict: another rebuild is running.
    """
    async with database.connections.one() as held:
        raw = held.raw
        if not await raw.fetchval("select pg_try_advisory_lock($1)", LOCK):
            raise Conflict(
                N_("Another rebuild of reporting is running."), N_("Wait for it to end, then start again if needed.")
            )
        try:
            return await _Rebuild(database, copies, journals or JournalTables(database), progress).run()
        finally:
            await raw.execute("select pg_advisory_unlock($1)", LOCK)


class _Rebuild:
    def __init__(self, database: Database, copies: Copies, journals: Journals, progress: Progress | None) -> None:
        self.database = database
        self.projector = Projector(copies, NEXT)
        self.journals = journals
        self.progress = progress or (lambda _read, _total: None)
        self.at: dict[tuple[str, int], int] = {}
        self.read = 0
        self.total = 0
        self.skipped: dict[Place, Event] = {}

    async def run(self) -> Rebuilt:
        async with self.database.transaction() as tx:
            await _make_tables(tx)
        while True:
            targets = await _cursors(self.database)
            self.total = sum(targets.values())
            if self.total - self.read <= PAGE:
                break
            await self._read_up_to(targets)
        async with self.database.transaction() as tx:
            targets = await _cursors(tx, lock=True)
            self.total = sum(targets.values())
            await self._read_up_to(targets, tx)
            await self._take_released(tx)
            await _swap(tx)
        async with self.database.transaction() as tx:
            for name in PROJECTIONS:
                await tx.execute(f"analyze reporting.{name}")
        return Rebuilt(self.read, len(self.skipped))

    async def _read_up_to(self, targets: Mapping[tuple[str, int], int], within: Transaction | None = None) -> None:
        """Apply everything between where this rebuild stands and where the live readers stand."""
        for source in SOURCES:
            buckets = sorted(bucket for name, bucket in targets if name == source)
            while events := await self._page(source, buckets, targets):
                if within is not None:
                    await self._apply(within, source, events)
                else:
                    async with self.database.transaction() as tx:
                        await self._apply(tx, source, events)
                self.read += len(events)
                self.progress(self.read, self.total)

    async def _page(self, source: str, buckets: Sequence[int], targets: Mapping[tuple[str, int], int]) -> list[Event]:
        """The next events of a journal, whole stretches of its buckets."""
        behind = [bucket for bucket in buckets if self.at.get((source, bucket), 0) < targets[source, bucket]]
        if not behind:
            return []
        stretches = [Stretch(bucket, self.at.get((source, bucket), 0), targets[source, bucket]) for bucket in behind]
        events = await self.journals.page(source, stretches, PAGE)
        for event in events:
            self.at[source, event.bucket] = event.position
        return events

    async def _apply(self, tx: Transaction, source: str, events: Sequence[Event]) -> None:
        out = await _held(tx, source, [(event.bucket, event.position) for event in events])
        taken = []
        for event in events:
            if (event.bucket, event.position) in out:
                self.skipped[source, event.bucket, event.position] = event
            elif (event.source, event.type, event.version) in WANTED:
                taken.append(Received(event, event.payload()))
        await self.projector.apply(tx, taken)

    async def _take_released(self, tx: Transaction) -> None:
        """Events that were parked when they were passed over and have been applied to the live tables since."""
        for source in SOURCES:
            places = sorted((bucket, position) for name, bucket, position in self.skipped if name == source)
            out = await _held(tx, source, places)
            released = [self.skipped.pop((source, *place)) for place in places if place not in out]
            wanted = [event for event in released if (event.source, event.type, event.version) in WANTED]
            await self.projector.apply(tx, [Received(event, event.payload()) for event in wanted])


WANTED = frozenset((fact.SOURCE, fact.TYPE, fact.VERSION) for fact in PROJECTED)


async def _cursors(source: Fetches, *, lock: bool = False) -> dict[tuple[str, int], int]:
    """Where the live readers stand; locked, they wait until the swap is done."""
    rows = await source.fetch(
        "select source, bucket, position from reporting.cursor where source = any($1::text[])"
        f" order by source, bucket {'for update' if lock else ''}",
        list(SOURCES),
    )
    return {(row["source"], row["bucket"]): row["position"] for row in rows}


async def _held(tx: Transaction, source: str, places: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of the places are parked or discarded."""
    rows = await tx.fetch(
        "select w.bucket, w.position from unnest($2::smallint[], $3::bigint[]) as w(bucket, position)"
        " where exists (select from reporting.parked p"
        "   where p.source = $1 and p.bucket = w.bucket and p.position = w.position)"
        " or exists (select from reporting.discarded d"
        "   where d.source = $1 and d.bucket = w.bucket and d.position = w.position)",
        source,
        [bucket for bucket, _ in places],
        [position for _, position in places],
    )
    return {(row["bucket"], row["position"]) for row in rows}


async def _make_tables(tx: Transaction) -> None:
    """Empty tables of the same shape and names in a schema of their own."""
    await tx.execute(f"drop schema if exists {NEXT} cascade")
    await tx.execute(f"create schema {NEXT}")
    beside = MetaData(schema=NEXT, naming_convention=metadata.naming_convention)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for name in PROJECTIONS:
        table = metadata.tables[f"reporting.{name}"].to_metadata(beside, schema=NEXT)
        await tx.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in table.indexes:
            await tx.execute(str(CreateIndex(index).compile(dialect=dialect)))


async def _swap(tx: Transaction) -> None:
    """Put the new tables in the place of the old ones, their indexes with them."""
    for name in PROJECTIONS:
        await tx.execute(f"drop table reporting.{name}")
        await tx.execute(f"alter table {NEXT}.{name} set schema reporting")
    await tx.execute(f"drop schema {NEXT}")
