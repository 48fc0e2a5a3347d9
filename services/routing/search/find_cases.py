"""Find cases by words, facts and days, newest first, within the scope of whoever asks.

Its cost does not grow with the number of cases. The newest `SLICE` cases are looked through first: what is common
fills a page from them. Else the index is asked, for at most `EXACT` cases: when there are fewer, they are all there
is, and they are put in order. When there are more, cases are looked through slice by slice until a page is full or
`SLICES` were looked at; the next page goes on from there. Whatever the index says, scope and facts are those of the
case itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.database import Database, Transaction
from services.kit.paging import Key, read_cursor, write_cursor
from services.kit.scope import Scope
from services.routing.queue.reading import Conditions
from services.routing.read_cases import QUEUE_COLUMNS, QueueRow
from services.routing.search.asked import Asked, ts_query

EXACT = 2000
SLICE = 4000
SLICES = 8
MOST = 100

BY_THE_INDEX = "set local enable_seqscan = off; set local enable_indexscan = off; set local enable_indexonlyscan = off"
BY_TIME = "set local enable_seqscan = on; set local enable_indexscan = on; set local enable_indexonlyscan = on"


@dataclass(frozen=True, slots=True)
class Found:
    """A page. `total` is None where there are too many to count; `back_to`: looked through since then, and not yet
    further back."""

    rows: list[QueueRow]
    next_cursor: str | None = None
    total: int | None = None
    back_to: datetime | None = None


NEWEST = "order by w.received_at desc, w.case_id desc"
COLUMNS = ", ".join(f"c.{name.strip()}" for name in QUEUE_COLUMNS.split(","))


async def find_cases(
    database: Database,
    scope: Scope,
    asked: Asked,
    words: Sequence[str],
    *,
    cursor: str | None = None,
    limit: int = 25,
) -> Found:
    """A page of the cases that fit; `words` are those of what was typed, as the segmenter cuts them.

    Raises:
        InvalidInput: the cursor is not one that this list gave out.
    """
    after, limit = read_cursor(cursor), max(1, min(limit, MOST))
    if asked.empty or (asked.typed and not (words or asked.units or asked.service_points)):
        return Found([], total=0)
    query = ts_query(asked, words, scope)
    async with database.transaction() as tx:
        if query and (newest := await _newest(tx, asked, scope, query, after, limit)) is not None:
            return newest
        few = await _few(tx, asked, query) if query else None
        if few is not None:
            return await _in_order(tx, asked, scope, few, after, limit)
        return await _looked_through(tx, asked, scope, query, after, limit)


async def _newest(
    tx: Transaction, asked: Asked, scope: Scope, query: str, after: Key | None, limit: int
) -> Found | None:
    """The page, where the first slice alone fills it; None where it does not, or where one slice is all there is.

    What fills a page so soon is common, and asking the index for it would cost as much as there are cases.
    """
    end = await _end_of_slice(tx, asked, after)
    if end is None:
        return None
    found = await _in_slice(tx, asked, scope, query, after, end, limit + 1)
    if len(found) <= limit:
        return None
    return Found([row for _, row in found[:limit]], write_cursor(found[limit - 1][0]))


async def _few(tx: Transaction, asked: Asked, query: str) -> list[UUID] | None:
    """The cases that the index knows to fit; None where there are too many."""
    where = _in_index(asked, query)
    await tx.execute(BY_THE_INDEX)
    rows = await tx.fetch(
        f"select w.case_id from routing.case_words w where {' and '.join(where.parts)} limit {EXACT + 1}", *where.args
    )
    await tx.execute(BY_TIME)
    return None if len(rows) > EXACT else [row["case_id"] for row in rows]


async def _in_order(
    tx: Transaction, asked: Asked, scope: Scope, cases: Sequence[UUID], after: Key | None, limit: int
) -> Found:
    where = _of_case(Conditions(), asked, scope)
    where.add("w.case_id = any({}::uuid[])", list(cases))
    keys = await tx.fetch(
        "select w.received_at, w.case_id from routing.case_words w join routing.case c on c.id = w.case_id"
        f" where {' and '.join(where.parts)} {NEWEST}",
        *where.args,
    )
    left = [(row["received_at"], row["case_id"]) for row in keys]
    if after is not None:
        left = [key for key in left if key < after]
    shown = left[:limit]
    rows = await tx.fetch(
        f"select {COLUMNS} from routing.case c where c.id = any($1::uuid[])", [key[1] for key in shown]
    )
    by_id = {row["id"]: QueueRow(**row) for row in rows}
    following = write_cursor(shown[-1]) if len(left) > limit else None
    return Found([by_id[key[1]] for key in shown if key[1] in by_id], following, len(keys))


async def _looked_through(
    tx: Transaction, asked: Asked, scope: Scope, query: str, after: Key | None, limit: int
) -> Found:
    """Slice by slice from the newest case on."""
    found: list[tuple[Key, QueueRow]] = []
    for _ in range(SLICES):
        end = await _end_of_slice(tx, asked, after)
        found += await _in_slice(tx, asked, scope, query, after, end, limit + 1 - len(found))
        if len(found) > limit:
            return Found([row for _, row in found[:limit]], write_cursor(found[limit - 1][0]))
        if end is None:
            return Found([row for _, row in found])
        after = end
    return Found([row for _, row in found], write_cursor(after), back_to=after[0] if after else None)


async def _in_slice(
    tx: Transaction, asked: Asked, scope: Scope, query: str, after: Key | None, end: Key | None, most: int
) -> list[tuple[Key, QueueRow]]:
    """The cases of a slice that fit, newest first, with their keys."""
    where = _of_case(_in_index(asked, query), asked, scope)
    _within(where, after, end)
    rows = await tx.fetch(
        f"select w.received_at as at, {COLUMNS} from routing.case_words w join routing.case c on c.id = w.case_id"
        f" where {' and '.join(where.parts)} {NEWEST} limit {most}",
        *where.args,
    )
    found: list[tuple[Key, QueueRow]] = []
    for row in rows:
        values = dict(row)
        found.append(((values.pop("at"), values["id"]), QueueRow(**values)))
    return found


async def _end_of_slice(tx: Transaction, asked: Asked, after: Key | None) -> Key | None:
    """The last case of the slice that begins after a key; None where it reaches the oldest."""
    where = _days(Conditions(), asked)
    _within(where, after, None)
    conditions = f" where {' and '.join(where.parts)}" if where.parts else ""
    row = await tx.fetchrow(
        f"select w.received_at, w.case_id from routing.case_words w{conditions} {NEWEST} offset {SLICE - 1} limit 1",
        *where.args,
    )
    return (row["received_at"], row["case_id"]) if row else None


def _in_index(asked: Asked, query: str) -> Conditions:
    where = Conditions()
    if query:
        where.add("w.words @@ {}::text::tsquery", query)
    return _days(where, asked)


def _days(where: Conditions, asked: Asked) -> Conditions:
    if asked.since:
        where.add("w.received_at >= {}", asked.since)
    if asked.until:
        where.add("w.received_at < {}", asked.until)
    return where


def _of_case(where: Conditions, asked: Asked, scope: Scope) -> Conditions:
    """What is asked of the case itself, whatever the index says: that it may be seen, and its facts."""
    seen, values = scope.where("c", len(where.args) + 1)
    where.args += values
    where.parts.append(f"({seen})")
    for name, codes in asked.facts.items():
        where.add(f"c.{name} = any({{}}::text[])", list(codes))
    return where


def _within(where: Conditions, after: Key | None, end: Key | None) -> None:
    if after is not None:
        where.add("(w.received_at, w.case_id) < ({}, {})", *after)
    if end is not None:
        where.add("(w.received_at, w.case_id) >= ({}, {})", *end)
