"""Parked events of one service: what could not be applied, why, and what an administrator can do about it.

Replaying tries an event again, with those of the same case that wait behind it; discarding moves it aside with a
reason and a name, and lets those behind it go on. Nothing is ever dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.kit.database import Database
from services.kit.errors import Conflict, FieldProblem, InvalidInput, NotFound
from services.kit.i18n import N_
from services.kit.paging import Key
from services.kit.reader import Reader
from services.kit.retry_parked import retry_case

_COLUMNS = (
    "source, bucket, position, case_id, type, status, split_part(reason, E'\\n', 1) as reason, parked_at, tried,"
    " (event->>'id')::uuid as event_id"
)


class Place(NamedTuple):
    """Where an event stands: the journal it came from, its bucket and its position there."""

    source: str
    bucket: int
    position: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked event, without its contents: those may be restricted.

    `status` is `failed` (stays until somebody acts), `not_yet` (tried again by itself) or `waiting` (behind one of the
    same case).
    """

    source: str
    bucket: int
    position: int
    case_id: UUID
    type: str
    status: str
    reason: str
    parked_at: datetime
    tried: int
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Discarded:
    """An event an administrator set aside."""

    source: str
    bucket: int
    position: int
    type: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ParkedFigures:
    """How many events of a service are parked, and since when the oldest is."""

    failed: int
    not_yet: int
    waiting: int
    discarded: int
    oldest: datetime | None


async def parked_figures(database: Database) -> ParkedFigures:
    """How many of each state there are."""
    service = database.service
    rows = await database.read(
        "select count(*) filter (where status = 'failed') as failed,"
        " count(*) filter (where status = 'not_yet') as not_yet,"
        " count(*) filter (where status = 'waiting') as waiting, min(parked_at) as oldest,"
        f" (select count(*) from {service}.discarded) as discarded from {service}.parked"
    )
    return ParkedFigures(**dict(rows[0]))


async def list_parked(
    database: Database, *, after: Key | None = None, limit: int = 50
) -> tuple[list[Parked], Key | None]:
    """Parked events, the oldest first, and the key of the next page."""
    at, event_id = after or (None, None)
    rows = await database.read(
        f"select {_COLUMNS} from {database.service}.parked"
        " where ($1::timestamptz is null or (parked_at, (event->>'id')::uuid) > ($1, $2::uuid))"
        " order by parked_at, (event->>'id')::uuid limit $3",
        at,
        event_id,
        limit + 1,
    )
    found = [Parked(**dict(row)) for row in rows[:limit]]
    return found, (found[-1].parked_at, found[-1].event_id) if len(rows) > limit else None


async def list_discarded(database: Database, *, limit: int = 50) -> list[Discarded]:
    """What was set aside last."""
    rows = await database.read(
        "select source, bucket, position, coalesce(event->>'type', '') as type, reason, by, at"
        f" from {database.service}.discarded order by at desc limit $1",
        limit,
    )
    return [Discarded(**dict(row)) for row in rows]


async def replay_parked(reader: Reader, place: Place) -> int:
    """Try a parked event again and, when it can be applied, those waiting behind it; returns how many were applied.

    Raises:
        NotFound: it is not parked (any more).
        Conflict: an earlier event of the same case is parked; that one has to go first.
    """
    row = await _first_of_its_case(reader.database, place)
    return await retry_case(reader, place.source, row["case_id"])


async def discard_parked(reader: Reader, place: Place, reason: str, *, by: str) -> int:
    """Set a parked event aside for good and let those behind it go on; returns how many of them were applied.

    Args:
        by: the user name of the administrator.

    Raises:
        InvalidInput: no reason was given.
        NotFound: it is not parked (any more).
        Conflict: an earlier event of the same case is parked; that one has to go first.
    """
    why = reason.strip()
    if not 3 <= len(why) <= 1000:
        raise InvalidInput(
            N_("Nothing was discarded."),
            fields=[FieldProblem("reason", N_("Say why this event is set aside."), N_("Write 3 to 1,000 characters."))],
        )
    service = reader.service
    row = await _first_of_its_case(reader.database, place)
    async with reader.database.transaction() as tx:
        moved = await tx.fetchval(
            f"with gone as (delete from {service}.parked where source = $1 and bucket = $2 and position = $3"
            " returning *)"
            f" insert into {service}.discarded (source, bucket, position, reason, by, event)"
            " select source, bucket, position, $4, $5, event from gone returning true",
            *place,
            why,
            by,
        )
        if not moved:
            raise _gone()
    return await retry_case(reader, place.source, row["case_id"])


async def _first_of_its_case(database: Database, place: Place) -> Any:
    rows = await database.read(
        f"select p.case_id, exists (select from {database.service}.parked e where e.source = p.source"
        f" and e.case_id = p.case_id and e.position < p.position) as behind from {database.service}.parked p"
        " where p.source = $1 and p.bucket = $2 and p.position = $3",
        *place,
    )
    if not rows:
        raise _gone()
    if rows[0]["behind"]:
        raise Conflict(
            N_("An earlier event of the same case is parked."),
            N_("Replay or discard that one first; this one follows."),
        )
    return rows[0]


def _gone() -> NotFound:
    return NotFound(N_("This event is not parked."), N_("It was applied or discarded since; reload the list."))
