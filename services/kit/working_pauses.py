"""Pauses and the working time outside them, in whole microseconds. Pure, no clock.

A pause is (from, until); until None means that it still lasts. Pauses may overlap, repeat or begin before the clock;
one that ends before it begins is none. Only their working time counts (domain section 4, rule 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.kit.working_days import WorkingCalendar
from services.kit.working_timeline import micros

Pause = tuple[datetime, datetime | None]
Stretch = tuple[int, int]
"""From and until, in microseconds since 1970."""


def stretches(pauses: Iterable[Pause], earliest: int, until: int | None) -> list[Stretch]:
    """Pauses from `earliest` on as disjoint stretches in order; one that lasts ends at `until` (None: left out)."""
    found = []
    for begun, ended in pauses:
        begins = max(micros(begun), earliest)
        ends = until if ended is None else micros(ended)
        if ends is not None and begins < ends:
            found.append((begins, ends))
    if len(found) < 2:
        return found
    found.sort()
    merged = [found[0]]
    for begins, ends in found[1:]:
        if begins > merged[-1][1]:
            merged.append((begins, ends))
        elif ends > merged[-1][1]:
            merged[-1] = (merged[-1][0], ends)
    return merged


def net_worked(calendar: WorkingCalendar, begin: int, end: int, paused: Sequence[Stretch]) -> int:
    """Working microseconds from `begin` to `end` outside the stretches; 0 when `end` is not after `begin`."""
    if end <= begin:
        return 0
    line = calendar.covering(begin, end)
    worked = line.worked(end) - line.worked(begin)
    for begins, ends in paused:
        if begins < end:
            worked -= line.worked(min(ends, end)) - line.worked(begins)
    return worked


def advance(calendar: WorkingCalendar, begin: int, budget: int, paused: Sequence[Stretch] = ()) -> int:
    """The first instant at which `budget` working microseconds outside the stretches have passed since `begin`."""
    if budget <= 0:
        return begin
    line = calendar.covering(begin, paused[-1][1] if paused else begin)
    while True:
        target = line.worked(begin) + budget
        for begins, ends in paused:
            before = line.worked(begins)
            if before >= target:
                break
            target += line.worked(ends) - before
        if target <= line.total:
            return line.reached(target)
        line = calendar.beyond(line)
