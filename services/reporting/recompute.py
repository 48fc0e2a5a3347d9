"""Derive the figures again from the journals by brute force: `redress kpi --recompute`, the tests' other opinion."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from schemas.envelope import Event
from schemas.policy import LevelName, PolicyBundle
from services.kit.copies import Copies, Fetches
from services.kit.journal import EVENT_COLUMNS, event_of
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
    journals: Mapping[str, Fetches] | None = None,
    progress: Progress | None = None,
) -> list[Figure]:
    """The figures of `compute_kpis`, from nothing but the journals.

    Args:
        source: where the copies of policy and staff are.
        journals: where each service's journal is, if not all in `source`.
        progress: told how many events of each page were read.
    """
    events: list[Event] = []
    for name in SOURCES:
        events += await all_events((journals or {}).get(name, source), name, progress)
    calendars = Calendars(await copies.versions(source), bundle)
    material = material_of(stories_of(events), bundle, question, calendars)
    material.budgets = budgets_of(bundle, question)
    wanted = [m for m in measures(bundle, kpis) if level in m.levels]
    return assemble(bundle, question, level, material, wanted, await copies.staff(source))


async def all_events(source: Fetches, name: str, progress: Progress | None = None) -> list[Event]:
    """A whole journal, in the order of its buckets."""
    events: list[Event] = []
    bucket, position = -1, 0
    while True:
        rows = await source.fetch(
            f"select {EVENT_COLUMNS} from {name}.journal where (bucket, position) > ($1, $2)"
            f" order by bucket, position limit {PAGE}",
            bucket,
            position,
        )
        events += [event_of(name, row) for row in rows]
        if progress is not None and rows:
            progress(len(rows))
        if len(rows) < PAGE:
            return events
        bucket, position = rows[-1]["bucket"], rows[-1]["position"]
