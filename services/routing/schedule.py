"""The periodic jobs of routing."""

from __future__ import annotations

from datetime import datetime

from services.kit.i18n import N_
from services.kit.schedule import Job
from services.kit.service import Context
from services.routing.close_silent_cases import close_silent_cases
from services.routing.search.index_words import index_words
from services.routing.search.segmenter import Segmenter


def jobs(context: Context, segmenter: Segmenter) -> list[Job]:
    """Every periodic job."""

    async def close_silent(now: datetime) -> int:
        return await close_silent_cases(context.database, context.copies, now)

    what = N_("gives notice where a decision finds no answer, and closes the case when silence lasts")

    async def read_words(now: datetime) -> int:
        return await index_words(context.database, segmenter)

    return [
        Job("close-silent-cases", what, close_silent, every=60.0),
        Job("read-words", N_("reads the words of what changed, so that the search finds them"), read_words, every=5.0),
    ]
