"""The periodic jobs of routing."""

from __future__ import annotations

from datetime import datetime

from services.kit.i18n import N_
from services.kit.schedule import Job
from services.kit.service import Context
from services.routing.close_silent_cases import close_silent_cases
from services.routing.duty.hand_over import hand_over
from services.routing.looking.look_at_case import forget_old_looks
from services.routing.search.index_words import index_words
from services.routing.search.segmenter import Segmenter
from services.routing.suggest.suggest_cases import Suggester
from services.routing.suggest.train_model import train_model


def jobs(context: Context, segmenter: Segmenter) -> list[Job]:
    """Every periodic job."""

    async def close_silent(now: datetime) -> int:
        return await close_silent_cases(context.database, context.copies, now)

    async def forget_looks(now: datetime) -> int:
        return await forget_old_looks(context.database, now)

    async def hand_over_leave(now: datetime) -> int:
        return await hand_over(context.database, context.copies, now)

    handed = N_("hands open cases to the substitute when a leave begins, and back when it is over")
    what = N_("gives notice where a decision finds no answer, and closes the case when silence lasts")

    async def read_words(now: datetime) -> int:
        return await index_words(context.database, segmenter)

    suggester = Suggester(segmenter)

    async def suggest(now: datetime) -> int:
        return await suggester.suggest(context.database, context.copies, now)

    async def learn(now: datetime) -> None:
        await train_model(context.database, await context.copies.in_force(context.database, now), now)

    sweeps = N_("forgets who looked at cases on screens that went away without a word")
    return [
        Job("close-silent-cases", what, close_silent, every=60.0),
        Job("hand-over", handed, hand_over_leave, every=60.0),
        Job("forget-old-looks", sweeps, forget_looks, every=120.0, heard=False),
        Job(
            "read-words",
            N_("reads the words of what changed, so that the search finds them"),
            read_words,
            every=5.0,
            heard=False,
        ),
        Job("suggest", N_("suggests a unit and a category for open cases"), suggest, every=15.0),
        Job(
            "learn",
            N_("learns from past cases where new ones belong, and measures it"),
            learn,
            cron="20 3 * * *",
            heard=False,
        ),
    ]
