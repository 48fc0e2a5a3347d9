"""The journal: what happened in one service, in order, in buckets, each event chained to the one before it.

Appending is the last thing a transaction does. It takes the next positions from the bucket's counter row, whose lock
makes commit order and position order the same, and chains `head = sha256(head || digest)`. The journal is the outbox,
the audit trail (ISO 10002 8.1) and the source of every rebuild.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from schemas.envelope import BUCKETS, Event, Payload, bucket_of, digest_of

Raw = Any
"""An asyncpg connection, bare or from a pool: both speak alike, but share no base class."""

EVENT_COLUMNS = (
    "bucket, position, id, case_id, type, version, occurred_at, recorded_at, historical, traceparent, body, texts"
)


class Entry(NamedTuple):
    """Something to be announced; `occurred_at` in UTC."""

    id: UUID
    case_id: UUID
    payload: Payload
    occurred_at: datetime
    historical: bool = False
    traceparent: str | None = None
    """What it came of, as W3C Trace Context has it; not part of what is digested."""


class Row(NamedTuple):
    """An entry in the form it is written in."""

    id: UUID
    case_id: UUID
    type: str
    version: int
    occurred_at: datetime
    historical: bool
    body: str
    texts: str | None
    digest: bytes
    traceparent: str | None = None


def row_of(entry: Entry) -> Row:
    """Serialise and digest an entry."""
    body, texts = entry.payload.to_wire()
    kind, version = entry.payload.TYPE, entry.payload.VERSION
    digest = digest_of(entry.id, entry.case_id, kind, version, entry.occurred_at, entry.historical, body)
    return Row(
        entry.id,
        entry.case_id,
        kind,
        version,
        entry.occurred_at,
        entry.historical,
        body,
        texts,
        digest,
        entry.traceparent,
    )


APPEND_ONE = """
    with counter as (
        update {service}.bucket set position = position + 1, head = sha256(head || $10)
        where bucket = $1 returning position, head
    )
    insert into {service}.journal (bucket, position, id, case_id, type, version, occurred_at, recorded_at,
                                   historical, body, texts, digest, traceparent, head)
    select $1, position, $2, $3, $4, $5, $6, clock_timestamp(), $7, $8, $9, $10, $11, head from counter
"""
"""Append one event: one statement, the counter's lock held only until the commit that follows."""


APPEND_MANY = """
    with moved as (
        update {service}.bucket b set position = m.position, head = m.head
          from unnest($14::smallint[], $15::bigint[], $16::bytea[]) as m(bucket, position, head)
         where b.bucket = m.bucket
    )
    insert into {service}.journal (bucket, position, id, case_id, type, version, occurred_at, historical,
                                   body, texts, digest, traceparent, head, recorded_at)
    select *, clock_timestamp() from unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::text[],
        $6::smallint[], $7::timestamptz[], $8::bool[], $9::text[], $10::text[], $11::bytea[], $12::text[],
        $13::bytea[])
"""
"""Write events that were chained here, and move the counters, which are locked."""


async def open_buckets(raw: Raw, service: str) -> None:
    """Make sure the counters of all buckets stand, at zero for a new journal."""
    await raw.execute(
        f"insert into {service}.bucket (bucket) select generate_series(0, {BUCKETS - 1}) on conflict do nothing"
    )


async def append(raw: Raw, service: str, entries: Sequence[Entry]) -> None:
    """Append `entries` in their order, buckets ascending so that two writers never wait for each other in a ring."""
    if len(entries) == 1:
        row = row_of(entries[0])
        await raw.execute(APPEND_ONE.format(service=service), bucket_of(row.case_id), *row)
        return
    by_bucket: dict[int, list[Row]] = defaultdict(list)
    for entry in entries:
        by_bucket[bucket_of(entry.case_id)].append(row_of(entry))
    await append_rows(raw, service, by_bucket)


async def append_rows(raw: Raw, service: str, by_bucket: dict[int, list[Row]]) -> None:
    """Append many rows: lock the counters in order, chain here, write all at once."""
    counters = await raw.fetch(
        f"select bucket, position, head from {service}.bucket where bucket = any($1::smallint[])"
        " order by bucket for update",
        sorted(by_bucket),
    )
    written: list[tuple[Any, ...]] = []
    moved: list[tuple[int, int, bytes]] = []
    for counter in counters:
        position, head = counter["position"], counter["head"]
        for row in by_bucket[counter["bucket"]]:
            position += 1
            head = hashlib.sha256(head + row.digest).digest()
            written.append((counter["bucket"], position, *row, head))
        moved.append((counter["bucket"], position, head))
    await raw.execute(APPEND_MANY.format(service=service), *columns(written, 13), *columns(moved, 3))


def columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows turned into columns, as `unnest` wants them; also for no rows at all."""
    if not rows:
        return [[] for _ in range(width)]
    return [list(column) for column in zip(*rows, strict=True)]


def event_of(source: str, record: Any) -> Event:
    """The event in one row of `EVENT_COLUMNS`."""
    return Event(
        source=source,
        bucket=record["bucket"],
        position=record["position"],
        id=record["id"],
        case_id=record["case_id"],
        type=record["type"],
        version=record["version"],
        occurred_at=record["occurred_at"],
        recorded_at=record["recorded_at"],
        historical=record["historical"],
        traceparent=record["traceparent"],
        body=record["body"],
        texts=record["texts"],
    )


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a journal does not hold: what is wrong there."""

    service: str
    bucket: int
    position: int
    what: str


async def verify(raw: Raw, service: str, buckets: Iterable[int]) -> AsyncIterator[Break | int]:
    """Walk the chains of `buckets`: yields the number of events checked of each bucket, and a `Break` where one fails.

    Checks that positions have no gap, that every digest is that of its row, that every unerased text is the one
    digested, that heads chain, and that the counter stands where the journal ends.
    """
    for bucket in buckets:
        position, head = 0, b""
        while True:
            rows = await raw.fetch(
                f"select {EVENT_COLUMNS}, digest, head from {service}.journal"
                " where bucket = $1 and position > $2 order by position limit 2000",
                bucket,
                position,
            )
            for row in rows:
                found = _broken(service, row, position, head)
                if found is not None:
                    yield found
                position, head = row["position"], row["head"]
            if len(rows) < 2000:
                break
        counter = await raw.fetchrow(f"select position, head from {service}.bucket where bucket = $1", bucket)
        if counter is None or counter["position"] != position or counter["head"] != head:
            yield Break(service, bucket, position, "the counter does not stand where the journal ends")
        yield position


def _broken(service: str, row: Any, position: int, head: bytes) -> Break | None:
    event = event_of(service, row)
    if event.position != position + 1:
        return Break(service, event.bucket, event.position, f"positions {position + 1} to {event.position} are missing")
    if event.digest() != row["digest"]:
        return Break(service, event.bucket, event.position, "the digest is not that of the row: it was altered")
    if hashlib.sha256(head + row["digest"]).digest() != row["head"]:
        return Break(service, event.bucket, event.position, "the head does not follow from the one before")
    if event.texts and not event.payload_texts_hold():
        return Break(service, event.bucket, event.position, "a free text is not the one that was digested")
    return None
