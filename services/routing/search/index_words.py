"""Keep the words of the cases: what changed since the last time is read from routing's journal and cut into words.

Nothing is done while a case is filed or moved: this job follows a moment later, many cases in a statement. Its place
in each bucket of the journal moves in the transaction that writes the words, so that none is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.kit.database import Database
from services.routing.search.segmenter import Segmenter
from services.routing.search.terms import fact

CASES_AT_ONCE = 400
EVENTS_OF_A_BUCKET = 200
ROUNDS = 25
"""How many batches one run takes at most; the next run goes on."""

FACTS = ("unit", "owner", "approving_unit", "category", "cause", "service_point", "channel", "state", "kind")
"""What a case is found by beside its words; checked against the case itself before it is shown."""

CHANGED = f"""
    select j.bucket, j.position, j.case_id
      from routing.bucket b left join routing.words_cursor w using (bucket)
      cross join lateral (
        select bucket, position, case_id from routing.journal
         where bucket = b.bucket and position > coalesce(w.position, 0) order by position limit {EVENTS_OF_A_BUCKET}
      ) j
     where b.position > coalesce(w.position, 0)
     order by j.position limit {CASES_AT_ONCE * 4}
"""

TEXTS = f"""
    select c.id, c.received_at, {", ".join(f"c.{name}" for name in FACTS)},
           concat_ws(E'\\n', c.gist, c.narrative, c.remedy_sought, c.location, c.reference, c.external_reference,
                     c.tracking_number, e.words, t.words) as words
      from routing.case c
      left join lateral (
        select string_agg(concat_ws(E'\\n', reason,
                          (select string_agg(value, E'\\n') from jsonb_each_text(texts))), E'\\n') as words
          from routing.case_event where case_id = c.id and (reason is not null or texts <> '{{}}')
      ) e on true
      left join lateral (select string_agg(what, E'\\n') as words from routing.task where case_id = c.id) t on true
     where c.id = any($1::uuid[])
"""

WRITE = """
    insert into routing.case_words (case_id, received_at, words)
    select (x ->> 'id')::uuid, (x ->> 'at')::timestamptz,
           array_to_tsvector(array(select jsonb_array_elements_text(x -> 'words')))
      from jsonb_array_elements($1::jsonb) x
        on conflict (case_id) do update set received_at = excluded.received_at, words = excluded.words
     where case_words.words <> excluded.words or case_words.received_at <> excluded.received_at
"""

MOVE = """
    insert into routing.words_cursor (bucket, position) select * from unnest($1::int[], $2::bigint[])
        on conflict (bucket) do update set position = greatest(words_cursor.position, excluded.position)
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be read: the cases, how far that is in each bucket, and which notes are settled by it."""

    cases: Sequence[UUID]
    positions: Mapping[int, int]
    notes: Sequence[UUID]


async def index_words(database: Database, segmenter: Segmenter, rounds: int = ROUNDS) -> int:
    """Bring the index up to date; returns how many cases were read.

    Raises:
        SegmenterFailed: the words could not be cut; nothing was moved on, so the next run does it.
    """
    total = 0
    for _ in range(rounds):
        batch = await _next_batch(database)
        if not batch.cases:
            break
        await _index(database, segmenter, batch)
        total += len(batch.cases)
    return total


async def behind(database: Database) -> int:
    """How many events of routing the index has not read yet."""
    rows = await database.read(
        "select coalesce(sum(b.position - coalesce(w.position, 0)), 0)::bigint as n"
        " from routing.bucket b left join routing.words_cursor w using (bucket)"
    )
    return int(rows[0]["n"])


async def _next_batch(database: Database) -> Batch:
    # The notes are read before any text: what is noted later stays for the next batch.
    notes = await database.read(f"select id, case_id from routing.words_due order by id limit {CASES_AT_ONCE}")
    events = await database.read(CHANGED)
    cases = dict.fromkeys(row["case_id"] for row in notes)
    positions: dict[int, int] = {}
    full: set[int] = set()
    for row in events:
        if row["bucket"] in full:
            continue
        if row["case_id"] not in cases and len(cases) >= CASES_AT_ONCE:
            full.add(row["bucket"])
            continue
        cases[row["case_id"]] = None
        positions[row["bucket"]] = row["position"]
    return Batch(list(cases), positions, [row["id"] for row in notes])


async def _index(database: Database, segmenter: Segmenter, batch: Batch) -> None:
    rows = await database.read(TEXTS, list(batch.cases))
    words = await segmenter.cut([row["words"] for row in rows])
    written = [
        {"id": str(row["id"]), "at": row["received_at"].isoformat(), "words": [*facts_of(dict(row)), *found]}
        for row, found in zip(rows, words, strict=True)
    ]
    async with database.transaction() as tx:
        await tx.execute(WRITE, written)
        await tx.execute(MOVE, list(batch.positions), list(batch.positions.values()))
        if batch.notes:
            await tx.execute("delete from routing.words_due where id = any($1::uuid[])", list(batch.notes))


def facts_of(row: Mapping[str, Any]) -> list[str]:
    """The facts of a case as words of the index."""
    return [fact(name, row[name]) for name in FACTS if row[name] is not None]
