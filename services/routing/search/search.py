"""Search: from what was typed to a page of cases with the lines in which the words stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from services.kit.database import Database
from services.kit.scope import Scope
from services.routing.search.asked import Asked
from services.routing.search.excerpts import Piece, excerpts
from services.routing.search.find_cases import Found, find_cases
from services.routing.search.index_words import behind
from services.routing.search.segmenter import Segmenter, SegmenterFailed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Results:
    """What was found. `lines`: by case, where the words stand; `unread`: events that the index has not read yet."""

    found: Found
    words: Sequence[str]
    lines: Mapping[UUID, Sequence[Piece]]
    unread: int


async def search(
    database: Database, segmenter: Segmenter, scope: Scope, asked: Asked, *, cursor: str | None, limit: int
) -> Results:
    """A page of what fits, newest first, within a scope.

    Raises:
        SegmenterFailed: the words that were typed could not be cut.
        InvalidInput: the cursor is not one that this list gave out.
    """
    words = (await segmenter.cut([asked.typed]))[0] if asked.typed else []
    found = await find_cases(database, scope, asked, words, cursor=cursor, limit=limit)
    lines: Mapping[UUID, Sequence[Piece]] = {}
    try:
        lines = await excerpts(database, segmenter, [row.id for row in found.rows], words)
    except SegmenterFailed as problem:
        # The cases are found all the same; only the lines around the words are missing.
        await log.awarning("no lines around what was found", error=str(problem))
    return Results(found, words, lines, await behind(database))
