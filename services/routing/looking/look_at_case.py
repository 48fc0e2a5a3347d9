"""Who has a case open on a screen, and in which of its forms they write: told by their screens, forgotten in seconds.

Several processes share it, so it stands in a table; a screen that goes away without a word is gone when its time is up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.kit.database import Database
from services.routing.store import Fetches

LOOKS = timedelta(seconds=45)
"""A screen counts as looking this long after it was last heard of."""

WRITES = timedelta(seconds=12)
"""Somebody counts as writing this long after the last stroke was told."""

KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody who has the case open; `writing` is the form they write in, or None."""

    staff_id: UUID
    writing: str | None


def bell_of(case_id: UUID) -> str:
    """What rings when somebody comes, goes, writes or changes the case."""
    return f"case:{case_id}"


async def look_at(database: Database, case_id: UUID, screen: UUID, staff_id: UUID, now: datetime) -> None:
    """A screen shows the case. Others are told when it is a new one."""
    row = await database.statement(
        "insert into routing.looking (case_id, screen, staff_id, seen_at) values ($1, $2, $3, $4)"
        " on conflict (case_id, screen) do update set seen_at = excluded.seen_at returning (xmax = 0) as fresh",
        case_id, screen, staff_id, now,
    )  # fmt: skip
    if row is not None and row["fresh"]:
        database.doorbell.ring(bell_of(case_id))


async def look_away(database: Database, case_id: UUID, screen: UUID) -> None:
    """A screen no longer shows the case."""
    await database.statement("delete from routing.looking where case_id = $1 and screen = $2", case_id, screen)
    database.doorbell.ring(bell_of(case_id))


async def say_writing(database: Database, case_id: UUID, staff_id: UUID, what: str | None, now: datetime) -> None:
    """Somebody who has the case open writes in the form `what`, or (None) has stopped."""
    row = await database.statement(
        "with told as (select screen, writing, wrote_at from routing.looking"
        "   where case_id = $1 and staff_id = $2 and seen_at > $4::timestamptz - $5::interval"
        "   order by seen_at desc limit 1 for update),"
        " said as (update routing.looking l set writing = $3::text,"
        "   wrote_at = case when $3::text is null then null else $4::timestamptz end"
        "   from told where l.case_id = $1 and l.screen = told.screen)"
        " select told.writing is distinct from $3::text"
        "   or told.wrote_at < $4::timestamptz - $6::interval as fresh from told",
        case_id, staff_id, what, now, LOOKS, WRITES,
    )  # fmt: skip
    if row is not None and row["fresh"]:
        database.doorbell.ring(bell_of(case_id))


async def lookers(source: Fetches, case_id: UUID, now: datetime, *, besides: UUID) -> list[Looker]:
    """Who else has the case open, each once however many screens they have; who writes comes first."""
    rows = await source.fetch(
        "select staff_id, max(writing) filter (where wrote_at > $2::timestamptz - $4::interval) as writing"
        " from routing.looking where case_id = $1 and staff_id <> $3 and seen_at > $2::timestamptz - $5::interval"
        " group by staff_id order by 2 nulls last, 1 limit 20",
        case_id, now, besides, WRITES, LOOKS,
    )  # fmt: skip
    return [Looker(row["staff_id"], row["writing"]) for row in rows]


async def forget_old_looks(database: Database, now: datetime) -> int:
    """Sweep what screens left behind that went away without a word. Returns how many."""
    row = await database.statement(
        "with gone as (delete from routing.looking where seen_at < $1 returning 1) select count(*) as n from gone",
        now - KEPT,
    )
    return row["n"] if row is not None else 0
