"""Events that this release does not know and no reader of it listens to: passed over, but counted.

A reader that listens to a type parks a newer version of it (`docs/decisions/0004-event-versions.md`). A type that
nobody here listens to changes nothing, so its events only move the cursor; that there were any is kept and shown, since
it means that another service was upgraded first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter

from schemas import calls, cases, clocks, complaints, governance, recovery
from schemas.envelope import REGISTRY, Event
from services.kit.database import Database, Transaction
from services.kit.journal import columns

KNOWN = (calls, cases, clocks, complaints, governance, recovery)
"""Every module that defines events; importing them fills the registry."""

UNHEARD = Counter(
    "redress_events_unheard",
    "Events passed over since this release knows no such type or version.",
    ["reader", "source", "type", "version"],
)

NOTE = """
    insert into {service}.unheard as u (source, type, version, events, first_at, last_at)
    select * from unnest($1::text[], $2::text[], $3::smallint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
    on conflict (source, type, version) do update set events = u.events + excluded.events,
        first_at = least(u.first_at, excluded.first_at), last_at = greatest(u.last_at, excluded.last_at)
"""


@dataclass(frozen=True, slots=True)
class Unheard:
    """How many events of a type were passed over, and when the first and the last of them were recorded (UTC)."""

    source: str
    type: str
    version: int
    events: int
    first_at: datetime
    last_at: datetime


async def note_unheard(tx: Transaction, passed_over: Iterable[Event]) -> None:
    """Count those of the events that nobody of this release knows, in the transaction that moves the cursor."""
    found: dict[tuple[str, str, int], list[datetime]] = defaultdict(list)
    for event in passed_over:
        if (event.type, event.version) not in REGISTRY:
            found[event.source, event.type, event.version].append(event.recorded_at)
    if not found:
        return
    rows = [(*key, len(times), min(times), max(times)) for key, times in sorted(found.items())]
    await tx.execute(NOTE.format(service=tx.service), *columns(rows, 6))
    for source, kind, version, count, *_ in rows:
        UNHEARD.labels(tx.service, source, kind, str(version)).inc(count)


async def list_unheard(database: Database) -> list[Unheard]:
    """What a service passed over, the last first."""
    rows = await database.read(
        f"select source, type, version, events, first_at, last_at from {database.service}.unheard order by last_at desc"
    )
    return [Unheard(**dict(row)) for row in rows]
