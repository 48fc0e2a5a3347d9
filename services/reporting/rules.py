"""What counts where: the rules of domain §5 that turn facts into contributions to the daily sums. Pure.

*Valid* leaves out other kinds, merged, withdrawn, referred, not accepted and out-of-scope cases, but a target missed
before that stays in its cohort as missed. History without the needed time is left out and counted as such.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.cases import OUT_OF_COUNT
from services.reporting.facts import CaseFact, CaseFile, ClockFact

NOBODY = UUID(int=0)
"""Stands for no owner where a key may not be empty."""

HEADS = frozenset({"unit_head", "line_manager", "executive"})
"""Levels of the escalation chain that count for KPI 12."""

LEFT_OUT = {"acknowledge": "left_acknowledged", "first_contact": "left_contacted", "resolve": "left_decided"}
"""The mark of a case whose history lacks the time that meets a target."""


class Place(NamedTuple):
    """Where a contribution is summed: one row of `daily_sum`. Empty text and `NOBODY` stand for nothing."""

    measure: str
    day: int
    """Local day as a proleptic ordinal."""
    unit: str
    owner: UUID
    category: str
    channel: str
    service_point: str
    restricted: str
    """The present unit of a restricted case, for whose scope alone it counts; empty for ordinary ones."""


SUMMED = (
    "received",
    "excluded",
    "escalated",
    "due:acknowledge",
    "due:resolve",
    "first_point",
    "left:acknowledge",
    "left:first_contact",
    "left:resolve",
    "left:closed",
)
"""The measures kept as daily sums."""

Sums = dict[Place, tuple[int, int]]
"""Numerator and denominator by place."""


def is_left_out(case: CaseFact, target: str, clock: ClockFact | None) -> bool:
    """Whether imported history lacks the time by which its first clock of a target would be judged.

    A case that came in undecided is judged by its running clock, where it has one.
    """
    if not getattr(case, LEFT_OUT[target]) or (clock is not None and clock.met_at is not None):
        return False
    return clock is None or target != "resolve" or case.decided_before


def was_complaint(case: CaseFact, at: datetime) -> bool:
    """Whether the case counted as a complaint at `at`."""
    if case.out_of_scope:
        return False
    return case.kind == "complaint" or (case.complaint_until is not None and at < case.complaint_until)


def in_due_cohort(case: CaseFact, clock: ClockFact) -> bool:
    """Whether a clock belongs to the cohort of its deadline: valid, still-open ones included, missed ones for ever."""
    if clock.due_at is None:
        return False
    if clock.cycle == 1 and clock.target in LEFT_OUT and is_left_out(case, clock.target, clock):
        return False
    if clock.missed:
        return was_complaint(case, clock.due_at)
    return case.valid and clock.state != "cancelled"


def derive(file: CaseFile) -> None:
    """Fill the derived fields of a case, its clocks and its spans. Without a time of receipt nothing counts yet."""
    case = file.case
    known = case.received_at is not None
    case.valid = known and case.kind == "complaint" and case.state not in OUT_OF_COUNT and not case.out_of_scope
    if known:
        file.span()
        file.spans[1].opened_at = case.received_at
    for clock in file.clocks.values():
        clock.counted = known and in_due_cohort(case, clock)
        clock.on_time = clock.met_at is not None and clock.due_at is not None and clock.met_at <= clock.due_at
        clock.timed = case.valid and clock.met_at is not None and clock.gross_seconds is not None
    for span in file.spans.values():
        span.counted = case.valid and span.ended_in == "closed" and span.ended_at is not None
        reopened = span.reopened_at is not None or (span.number == 1 and case.left_closed)
        span.first_point = span.counted and span.transfers == 0 and not reopened


def contributions(file: CaseFile, zone: ZoneInfo) -> Sums:
    """What the case adds to the daily sums, its derived fields filled."""
    case = file.case
    sums: Sums = {}
    if case.received_at is None:
        return sums

    def add(
        measure: str, at: datetime, unit: str | None, owner: UUID | None, numerator: int, denominator: int = 1
    ) -> None:
        place = Place(
            measure,
            at.astimezone(zone).toordinal(),
            unit or case.unit or "",
            owner or (case.owner if unit is None else None) or NOBODY,
            case.category or "",
            case.channel or "",
            case.service_point or "",
            (case.unit or "-") if case.restricted else "",
        )
        before = sums.get(place, (0, 0))
        sums[place] = (before[0] + numerator, before[1] + denominator)

    if case.kind == "complaint":
        add("received", case.received_at, None, None, int(case.identity == "anonymous"))
        add("excluded", case.received_at, None, None, int(case.state in OUT_OF_COUNT))
    if case.valid:
        add("escalated", case.received_at, None, None, int(case.escalated))
        for target in LEFT_OUT:
            if is_left_out(case, target, file.clocks.get((target, 1))):
                add(f"left:{target}", case.received_at, None, None, 1)
        if case.left_closed:
            add("left:closed", case.received_at, None, None, 1)
    for clock in file.clocks.values():
        if clock.counted and clock.due_at is not None and clock.target in ("acknowledge", "resolve"):
            add(f"due:{clock.target}", clock.due_at, clock.unit, clock.owner, int(clock.on_time))
    for span in file.spans.values():
        if span.counted and span.ended_at is not None:
            add("first_point", span.ended_at, span.unit, span.owner, int(span.first_point))
    return sums


def difference(before: Sums, after: Sums) -> Sums:
    """New contribution minus old, places that do not change left out."""
    changed: Sums = {}
    for place in before.keys() | after.keys():
        old, new = before.get(place, (0, 0)), after.get(place, (0, 0))
        if old != new:
            changed[place] = (new[0] - old[0], new[1] - old[1])
    return changed
