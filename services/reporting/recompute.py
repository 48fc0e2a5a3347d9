"""Derive the figures again from the journals by brute force: `redress kpi --recompute`, the tests' other opinion."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from schemas.envelope import BUCKETS, Event
from schemas.policy import LevelName, PolicyBundle
from services.kit.copies import Copies, Fetches
from services.kit.journal_pages import Journals, JournalTables, Stretch
from services.reporting.brute_force import material_of
from services.reporting.calendars import Calendars
from services.reporting.compute_kpis import Figure, assemble
from services.reporting.gather import budgets_of
from services.reporting.kpis.catalogue import measures
from services.reporting.question import Question
from services.reporting.stories import stories_of

SOURCES = ("intake", "routing", "sla", "reporting")
"""The journals that say something the figures count."""

PAGE = 2000

Progress = Callable[[int], Any]


async def recompute_kpis(
    source: Fetches,
    copies: Copies,
    bundle: PolicyBundle,
    question: Question,
    level: LevelName,
    *,
    kpis: Collection[int] | None = None,
    journals: Journals | None = None,
    progress: Progress | None = None,
) -> list[Figure]:
    """The figures of `compute_kpis`, from nothing but the journals.

    Args:
        source: where the copies of policy and staff are.
        journals: where each service's journal can be read, if not all in `source`.
        progress: told how many events of each page were read.
    """
    events: list[Event] = []
    for name in SOURCES:
        events += await all_events(journals or JournalTables(source), name, progress)
    calendars = Calendars(await copies.versions(source), bundle)
    material = material_of(stories_of(events), bundle, question, calendars)
    material.budgets = budgets_of(bundle, question)
    wanted = [m for m in measures(bundle, kpis) if level in m.levels]
    return assemble(bundle, question, level, material, wanted, await copies.staff(source))


async def all_events(journals: Journals, name: str, progress: Progress | None = None) -> list[Event]:
    """A whole journal, in order within each bucket, and the buckets in order."""
    events: list[Event] = []
    at = dict.fromkeys(range(BUCKETS), 0)
    while found := await journals.page(name, [Stretch(bucket, since, 2**62) for bucket, since in at.items()], PAGE):
        events += found
        at |= {event.bucket: event.position for event in found}
        if progress is not None:
            progress(len(found))
    return sorted(events, key=lambda event: (event.bucket, event.position))
