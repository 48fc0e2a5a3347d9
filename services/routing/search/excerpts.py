"""Where in a case the words stand: one line around the first of them, cut between words, its hits marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.kit.copies import Fetches
from services.routing.search.segmenter import Segmenter

AROUND = 110
"""Characters before and after a hit that are cut into words."""

TEXTS = """
    select c.id, c.narrative, (
        select array_agg(value order by e.at desc) from routing.case_event e, jsonb_each_text(e.texts)
         where e.case_id = c.id and value <> '') as said
      from routing.case c where c.id = any($1::uuid[])
"""


class Piece(NamedTuple):
    """A piece of a line, and whether it is what was looked for."""

    text: str
    hit: bool


async def excerpts(
    source: Fetches, segmenter: Segmenter, cases: Sequence[UUID], words: Sequence[str]
) -> dict[UUID, list[Piece]]:
    """A line of each case that holds one of the words, as far as there is one.

    Raises:
        SegmenterFailed: the words could not be cut.
    """
    if not cases or not words:
        return {}
    rows = await source.fetch(TEXTS, list(cases))
    lines = {row["id"]: line for row in rows if (line := _line(words, [row["narrative"], *(row["said"] or ())]))}
    if not lines:
        return {}
    cut = await segmenter.ask({"mark": {"texts": list(lines.values()), "words": list(words)}})
    return {case: [Piece(text, bool(hit)) for text, hit in pieces] for case, pieces in zip(lines, cut, strict=True)}


def _line(words: Sequence[str], texts: Sequence[str | None]) -> str | None:
    """What stands around the word that is found first, the longest word looked for first."""
    for word in sorted(words, key=len, reverse=True):
        for text in texts:
            at = (text or "").lower().find(word)
            if text and at >= 0:
                begin, end = max(0, at - AROUND), at + len(word) + AROUND
                return ("…" if begin else "") + " ".join(text[begin:end].split()) + ("…" if end < len(text) else "")
    return None
