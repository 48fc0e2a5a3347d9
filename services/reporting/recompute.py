"""Derive the figures again from the journals by brute force: `redress kpi --recompute`, the tests' other opinion.

The journals are read by ranges of case ids, so that what is in memory at once does not grow with how many there are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from schemas.envelope import BUCKETS, Event, bucket_of
from schemas.policy import LevelName, PolicyBundle
from services.kit.copies import Copies, Fetches
from services.kit.journal import EVENT_COLUMNS, event_of
from services.kit.journal_pages import Journals, JournalTables, Stretch
from services.reporting.brute_force import Counting
from services.reporting.calendars import Calendars
from services.reporting.compute_kpis import Figure, assemble
from services.reporting.gather import budgets_of
from services.reporting.kpis.catalogue import measures
from services.reporting.question import Question
from services.reporting.stories import stories_of

SOURCES = ("intake", "routing", "sla", "reporting")
"""The journals that say something the figures count."""

PAGE = 400
"""Cases read at once."""

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

Progress = Callable[[int], Any]

CASES = "select distinct case_id from {name}.journal where case_id > $1 order by case_id limit $2"
OF_RANGE = "select {columns} from {name}.journal where case_id > $1 and case_id <= $2 order by bucket, position"
OF_CASES = "select {columns} from {name}.journal where case_id = any($1::uuid[]) order by bucket, position"


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the journals are to be read: to the positions a reader has reached, without what it has not applied."""

    upto: Mapping[tuple[str, int], int]
    """Position by (source, bucket)."""
    passed_over: Collection[tuple[str, int, int]] = field(default_factory=frozenset)
    """Source, bucket and position of events that are parked or set aside."""

    def holds(self, event: Event) -> bool:
        """Whether an event is within it."""
        if event.position > self.upto.get((event.source, event.bucket), 0):
            return False
        return (event.source, event.bucket, event.position) not in self.passed_over


async def recompute_kpis(
    source: Fetches,
    copies: Copies,
    bundle: PolicyBundle,
    question: Question,
    level: LevelName,
    *,
    kpis: Collection[int] | None = None,
    journals: Journals | None = None,
    extent: Extent | None = None,
    progress: Progress | None = None,
) -> list[Figure]:
    """The figures of `compute_kpis`, from nothing but the journals.

    Args:
        source: where the copies of policy and staff are.
        journals: where each service's journal can be read, if not all in `source`.
        extent: how far to read; None for everything there is.
        progress: told how many events of each page were read.
    """
    where = journals or JournalTables(source)
    found = await recompute_levels(
        source, copies, bundle, question, (level,), where, kpis=kpis, extent=extent, progress=progress
    )
    return found[level]


async def recompute_levels(
    source: Fetches,
    copies: Copies,
    bundle: PolicyBundle,
    question: Question,
    levels: Sequence[LevelName],
    where: Journals,
    *,
    kpis: Collection[int] | None = None,
    extent: Extent | None = None,
    progress: Progress | None = None,
) -> dict[LevelName, list[Figure]]:
    """The same at several levels, reading the journals once; `where` is where each service's journal can be read."""
    counting = Counting(bundle, question, Calendars(await copies.versions(source), bundle))
    async for events in pages(where, extent):
        counting.take(stories_of(events))
        if progress is not None:
            progress(len(events))
    complaints = counting.complaints_of_records()
    again = [
        story
        for first in range(0, len(complaints), PAGE)
        for story in stories_of(await events_of(where, complaints[first : first + PAGE], extent))
    ]
    material = counting.finish(again)
    material.budgets = budgets_of(bundle, question)
    staff = await copies.staff(source)
    return {
        level: assemble(
            bundle, question, level, material, [m for m in measures(bundle, kpis) if level in m.levels], staff
        )
        for level in levels
    }


async def pages(journals: Journals, extent: Extent | None = None) -> AsyncIterator[list[Event]]:
    """The events of all journals, all that there are of some cases at a time, each journal's in its order.

    In databases that can be reached by ranges of cases; from afar, where only positions can be asked for, by bucket.
    """
    if not isinstance(journals, JournalTables):
        for bucket in range(BUCKETS):
            yield _within(await _bucket(journals, bucket), extent)
        return
    low = FIRST
    while (high := await _end_of_page(journals, low)) is not None:
        found: list[Event] = []
        for name in SOURCES:
            rows = await journals.reachable(name).fetch(OF_RANGE.format(name=name, columns=EVENT_COLUMNS), low, high)
            found += [event_of(name, row) for row in rows]
        yield _within(found, extent)
        low = high


def _within(events: list[Event], extent: Extent | None) -> list[Event]:
    return events if extent is None else [event for event in events if extent.holds(event)]


async def _bucket(journals: Journals, bucket: int) -> list[Event]:
    """Everything in one bucket of every journal: a case stands in the same bucket everywhere."""
    found: list[Event] = []
    for name in SOURCES:
        since = 0
        while events := await journals.page(name, [Stretch(bucket, since, 2**62)]):
            found += events
            since = events[-1].position
    return found


async def _end_of_page(journals: JournalTables, low: UUID) -> UUID | None:
    """The last case of the page that begins after `low`; None when no journal has any after it."""
    ends: list[UUID] = []
    for name in SOURCES:
        ids = [row["case_id"] for row in await journals.reachable(name).fetch(CASES.format(name=name), low, PAGE)]
        if ids:
            ends.append(ids[-1] if len(ids) == PAGE else LAST)
    return min(ends, default=None)


async def events_of(journals: Journals, cases: Sequence[UUID], extent: Extent | None) -> list[Event]:
    """Everything announced of some cases."""
    found: list[Event] = []
    if isinstance(journals, JournalTables):
        for name in SOURCES:
            sql = OF_CASES.format(name=name, columns=EVENT_COLUMNS)
            found += [event_of(name, row) for row in await journals.reachable(name).fetch(sql, list(cases))]
    else:
        asked = set(cases)
        for bucket in sorted({bucket_of(case_id) for case_id in asked}):
            found += [event for event in await _bucket(journals, bucket) if event.case_id in asked]
    return _within(found, extent)
