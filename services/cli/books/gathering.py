"""Read the books by ranges of case ids: what each service shows in one snapshot, then the journals up to its cursors.

A service is seen at one moment, cursors and rows alike; journals only grow, so reading them afterwards and leaving out
what stands above the cursors gives exactly what the service had read. No statement names two services' tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pydantic

from schemas.clocks import AlertRaised
from schemas.envelope import Event, Payload, UnknownEvent
from services.kit.database import Database, Transaction
from services.kit.journal import EVENT_COLUMNS, event_of
from services.sla.records import CASE_COLUMNS, case_of, kept_of
from services.sla.records import CLOCK_COLUMNS as KEPT_COLUMNS

Databases = Mapping[str, Database]
"""Each service's database, by its name."""

PAGE = 200
"""Cases looked at together."""

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

LATER = "later"
"""Under this name stands what sla announced after the moment in which its own rows were seen."""

CLOCK_COLUMNS = "target, cycle, state, due_at, met_at, missed"


HANDED_OVER = """
    select m.case_id, m.id, m.template, a.channel, count(*) as times
      from intake.message m join intake.message_attempt a on a.message_id = m.id
     where m.case_id > $1 and m.case_id <= $2 and m.direction = 'out' and m.staff_id is null
       and a.outcome in ('sent', 'delivered') group by 1, 2, 3, 4
"""


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator[Transaction]:
    """A transaction that sees one moment and changes nothing."""
    async with database.transaction() as tx:
        await tx.execute("set transaction isolation level repeatable read, read only")
        yield tx


@dataclass(slots=True)
class Seen:
    """One reader at one moment: its cursors, what it holds back or set aside, and its rows by case."""

    at: datetime
    cursors: dict[tuple[str, int], int]
    held: dict[tuple[str, int, int], str]
    """Why an event below the cursor is not applied: `parked` or `discarded`."""
    rows: dict[UUID, Any] = field(default_factory=dict)
    clocks: dict[UUID, list[Any]] = field(default_factory=lambda: defaultdict(list))
    alerts: dict[UUID, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def reached(self, event: Event) -> bool:
        """Whether the reader has come past this event."""
        return event.position <= self.cursors.get((event.source, event.bucket), 0)

    def why_held(self, event: Event) -> str | None:
        """`parked` or `discarded` for an event that was passed but not applied."""
        return self.held.get((event.source, event.bucket, event.position))

    def applied(self, event: Event) -> bool:
        """Whether the event has had its effects here."""
        return self.reached(event) and self.why_held(event) is None


@dataclass(slots=True)
class Told:
    """An event of a journal with its fact; None for one that this release cannot read."""

    event: Event
    fact: Payload | None


@dataclass(slots=True)
class Page:
    """Some cases: what was announced of each by each service, and how each service shows them."""

    told: dict[UUID, dict[str, list[Told]]]
    filed_rows: dict[UUID, Any]
    """Intake's own rows, seen in one moment with its journal."""
    seen: dict[str, Seen]
    messages: list[Any]
    """How often each message to a complainant was handed over, by channel."""
    horizon: datetime | None
    """How far the sweep had judged."""

    def facts(self, case_id: UUID, source: str) -> list[Told]:
        """What a service announced of a case, in order."""
        return self.told[case_id].get(source, [])


async def pages(databases: Databases, now: Callable[[], datetime]) -> AsyncIterator[Page]:
    """Every case that intake announced or that a service shows, some at a time."""
    low = FIRST
    while low < LAST:
        rows = await databases["intake"].read(
            "select distinct case_id from intake.journal where case_id > $1 order by case_id limit $2", low, PAGE
        )
        high = rows[-1]["case_id"] if len(rows) == PAGE else LAST
        yield await _page(databases, low, high, now)
        low = high


async def _page(databases: Databases, low: UUID, high: UUID, now: Callable[[], datetime]) -> Page:
    told: dict[UUID, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    seen: dict[str, Seen] = {}
    async with snapshot(databases["sla"]) as tx:
        seen["sla"] = await _seen(tx, low, high, now)
        await _see_sla(tx, seen["sla"], low, high)
        await _hear(tx, told, low, high)
        horizon = await tx.fetchval("select horizon from sla.sweep")
    async with snapshot(databases["reporting"]) as tx:
        seen["reporting"] = await _seen(tx, low, high, now)
        alerts = [
            item.fact.alert_id
            for by_source in told.values()
            for item in by_source.get("sla", ())
            if isinstance(item.fact, AlertRaised)
        ]
        await _see_reporting(tx, seen["reporting"], low, high, alerts)
    async with snapshot(databases["routing"]) as tx:
        seen["routing"] = await _seen(tx, low, high, now)
        await _see_routing(tx, seen["routing"], low, high)
        await _hear(tx, told, low, high)
    async with snapshot(databases["intake"]) as tx:
        rows = await tx.fetch(
            "select id, tracking_number, received_at, acknowledged_at from intake.complaint where id > $1 and id <= $2",
            low,
            high,
        )
        messages = await tx.fetch(HANDED_OVER, low, high)
        await _hear(tx, told, low, high)
    # What reporting and routing read of sla may be newer than the moment in which sla was seen.
    async with snapshot(databases["sla"]) as tx:
        known = {item.event.id for by_source in told.values() for item in by_source.get("sla", ())}
        await _hear(tx, told, low, high, beyond=known, name=LATER)
    return Page(told, {row["id"]: row for row in rows}, seen, messages, horizon)


async def _seen(tx: Transaction, low: UUID, high: UUID, now: Callable[[], datetime]) -> Seen:
    name = tx.service
    cursors = await tx.fetch(f"select source, bucket, position from {name}.cursor")
    held = await tx.fetch(
        f"select source, bucket, position, 'parked' as why from {name}.parked where case_id > $1 and case_id <= $2"
        f" union all select source, bucket, position, 'discarded' from {name}.discarded"
        " where (event->>'caseid')::uuid > $1 and (event->>'caseid')::uuid <= $2",
        low,
        high,
    )
    return Seen(
        at=now(),
        cursors={(row["source"], row["bucket"]): row["position"] for row in cursors},
        held={(row["source"], row["bucket"], row["position"]): row["why"] for row in held},
    )


async def _hear(
    tx: Transaction,
    told: dict[UUID, dict[str, list[Told]]],
    low: UUID,
    high: UUID,
    *,
    beyond: set[UUID] | None = None,
    name: str | None = None,
) -> None:
    """The service's own journal, as far as it reaches in this moment."""
    rows = await tx.fetch(
        f"select {EVENT_COLUMNS} from {tx.service}.journal where case_id > $1 and case_id <= $2"
        " order by bucket, position",
        low,
        high,
    )
    for row in rows:
        event = event_of(tx.service, row)
        if beyond is None or event.id not in beyond:
            told[event.case_id][name or tx.service].append(Told(event, _fact(event)))


def _fact(event: Event) -> Payload | None:
    try:
        return event.payload()
    except (UnknownEvent, pydantic.ValidationError):
        return None  # whoever listens to it has parked it, which is a finding of its own


async def _see_sla(tx: Transaction, seen: Seen, low: UUID, high: UUID) -> None:
    cases = f"select {', '.join(CASE_COLUMNS)} from sla.case_copy where case_id > $1 and case_id <= $2"
    seen.rows = {row["case_id"]: case_of(row) for row in await tx.fetch(cases, low, high)}
    clocks = f"select {', '.join(KEPT_COLUMNS)} from sla.clock where case_id > $1 and case_id <= $2"
    for row in await tx.fetch(clocks, low, high):
        seen.clocks[row["case_id"]].append(kept_of(row))
    alerts = (
        "select id, case_id, target, cycle, level, sent_at, dropped from sla.alert where case_id > $1 and case_id <= $2"
    )
    for row in await tx.fetch(alerts, low, high):
        seen.alerts[row["case_id"]].append(row)


async def _see_reporting(tx: Transaction, seen: Seen, low: UUID, high: UUID, alerts: list[UUID]) -> None:
    cases = "select case_id, tracking_number, filed from reporting.case_fact where case_id > $1 and case_id <= $2"
    seen.rows = {row["case_id"]: row for row in await tx.fetch(cases, low, high)}
    clocks = f"select case_id, {CLOCK_COLUMNS} from reporting.clock_fact where case_id > $1 and case_id <= $2"
    for row in await tx.fetch(clocks, low, high):
        seen.clocks[row["case_id"]].append(row)
    for row in await tx.fetch(
        "select alert_id as id, case_id from reporting.alert_fact where alert_id = any($1::uuid[])", alerts
    ):
        seen.alerts[row["case_id"]].append(row)


async def _see_routing(tx: Transaction, seen: Seen, low: UUID, high: UUID) -> None:
    cases = 'select id, tracking_number from routing."case" where id > $1 and id <= $2'
    seen.rows = {row["id"]: row for row in await tx.fetch(cases, low, high)}
    clocks = f"select case_id, {CLOCK_COLUMNS} from routing.clock_copy where case_id > $1 and case_id <= $2"
    for row in await tx.fetch(clocks, low, high):
        seen.clocks[row["case_id"]].append(row)
