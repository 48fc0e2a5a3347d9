"""Cases like this one: of the same person or about the same order, at the same place, in like words (8.2, KPI 11).

Bounded whatever there is: the newest few hundred of the same category and place within half a year, by index, then the
reader's scope, then the words. A restricted case is shown beside restricted ones only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.kit.scope import Scope
from services.routing.case import Case
from services.routing.links.rules import Likeness, best, is_repeat, likeness, text_likeness, weights_of
from services.routing.links.words import words_of
from services.routing.store import Fetches

WINDOW = timedelta(days=180)
LOOKED_AT = 200
"""The newest cases of one category, and at one place, that are compared."""

MOST = 6


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """A case like another. `score` from 0 to 1 is None for what is the same by person or order, not by words."""

    id: UUID
    tracking_number: str
    state: str
    gist: str
    received_at: datetime
    is_open: bool
    same_person: bool
    same_reference: bool
    repeat: bool
    likeness: Likeness


_CANDIDATES = """
    with near as (
        (select id from routing.case where category = $1 and received_at between $5 and $6
            order by received_at desc limit {looked})
        union (select id from routing.case where service_point = $2 and received_at between $5 and $6
            order by received_at desc limit {looked})
        union (select id from routing.case where complainant_ref = $3 order by received_at desc limit 50)
        union (select id from routing.case where reference = $4 order by received_at desc limit 50)
    )
    select c.id, c.tracking_number, c.state, c.gist, c.received_at, c.is_open, c.category, c.cause, c.service_point,
        coalesce(c.complainant_ref = $3, false) as same_person, coalesce(c.reference = $4, false) as same_reference
    from near join routing.case c using (id)
    where c.id <> $7 and c.restricted = $8 and c.kind <> 'spam' and not exists (
        select 1 from routing.case_link l where l.undone_at is null
            and (l.case_id = $7 and l.other_id = c.id or l.other_id = $7 and l.case_id = c.id)) and ({scope})
"""


async def find_alike(source: Fetches, scope: Scope, case: Case, gist: str) -> list[AlikeRow]:
    """The cases most like this one that the reader may see, those of the same person or order first."""
    own = await source.fetch("select complainant_ref, reference from routing.case where id = $1", case.id)
    if not own:
        return []
    sql, args = scope.where("c", 9)
    rows = await source.fetch(
        _CANDIDATES.format(looked=LOOKED_AT, scope=sql),
        case.category, case.service_point, own[0]["complainant_ref"], own[0]["reference"],
        case.received_at - WINDOW, case.received_at + WINDOW, case.id, case.restricted, *args,
    )  # fmt: skip
    scores = await asyncio.to_thread(_scores, gist, [row["gist"] for row in rows])
    found = []
    for row, text in zip(rows, scores, strict=True):
        same_place = case.service_point is not None and row["service_point"] == case.service_point
        same_category = case.category is not None and row["category"] == case.category
        like = likeness(text, place=same_place, category=same_category)
        repeat = is_repeat(
            case.received_at, row["received_at"], same_person=row["same_person"], same_reference=row["same_reference"],
            same_matter=same_category or (case.cause is not None and row["cause"] == case.cause),
        )  # fmt: skip
        names = ("id", "tracking_number", "state", "gist", "received_at", "is_open", "same_person", "same_reference")
        found.append(AlikeRow(**{name: row[name] for name in names}, repeat=repeat, likeness=like))
    return _chosen(found)


def _scores(gist: str, others: Sequence[str]) -> list[float]:
    mine = words_of(gist)
    theirs = [words_of(other) for other in others]
    weights = weights_of([mine, *theirs])
    return [text_likeness(mine, words, weights) for words in theirs]


def _chosen(found: Sequence[AlikeRow]) -> list[AlikeRow]:
    same = [row for row in found if row.same_person or row.same_reference]
    rest = best([(row, row.likeness) for row in found if row not in same], MOST)
    newest = sorted(same, key=lambda row: (not row.repeat, -row.received_at.timestamp()))[:MOST]
    return [*newest, *(row for row, _ in rest)]
