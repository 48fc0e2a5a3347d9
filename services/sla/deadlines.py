"""The levels of a clock: its warnings, its breach, and each step of the escalation chain; when each is reached. Pure.

Warnings are measured in working time and never land in closed time (domain §4.11); every level is reached once for a
clock, however often its deadline moves (§4.12).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.policy import EscalationLevel, PolicyBundle, Span, Target
from services.kit.working_time import Pause, WorkingCalendar, add_working_days, add_working_seconds, threshold_at

MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Level:
    """Something to be said at a moment of a clock.

    `code` is `warn50`, `missed`, or the code of an escalation step such as `unit_head:missed+P1WD`; `chain` says whom
    of the escalation chain it is for; `quiet`: whether it waits for the end of the quiet hours.
    """

    code: str
    chain: EscalationLevel
    percent: int
    after: Span | None
    quiet: bool


def levels_of(bundle: PolicyBundle, target: Target) -> tuple[Level, ...]:
    """The levels of a target of the policy, in the order in which a clock reaches them as far as their shares tell.

    The owner is told at every warning and at the breach, whether or not the chain says so; a step of the chain for
    the owner at the same moment is that same alert.
    """
    known = _known.get(id(target))
    if known is None or known[0] is not target:
        if len(_known) >= KEPT:
            _known.clear()
        # The entry holds the target, so that its id cannot be reused by another while it is the key.
        known = _known[id(target)] = (target, _levels(bundle, target))
    return known[1]


_known: dict[int, tuple[Target, tuple[Level, ...]]] = {}
KEPT: Final = 512


def _levels(bundle: PolicyBundle, target: Target) -> tuple[Level, ...]:
    own = [f"warn{percent}" for percent in target.warn_at]
    steps = [step for step in bundle.escalation if target.target in step.targets]
    said = {step.when.at: step for step in steps if step.level == "owner" and step.when.after is None}
    levels = [
        Level(at, "owner", 100 if at == MISSED else int(at[4:]), None, said[at].quiet if at in said else True)
        for at in (*own, MISSED)
    ]
    for step in steps:
        if step.level == "owner" and step.when.after is None and step.when.at in (*own, MISSED):
            continue
        levels.append(Level(step.code, step.level, step.when.percent, step.when.after, step.quiet))
    return tuple(sorted(levels, key=lambda level: (level.percent, level.after is not None)))


@dataclass(frozen=True, slots=True)
class Timing:
    """What a level's moment is counted from."""

    started_at: datetime
    due_at: datetime
    calendar: WorkingCalendar
    pauses: list[Pause]


def reached_at(level: Level, timing: Timing) -> datetime:
    """When a level is reached (UTC)."""
    at = threshold_at(timing.started_at, timing.due_at, level.percent, timing.calendar, timing.pauses)
    if level.after is None:
        return at
    if level.after.working_days is not None:
        return add_working_days(at, level.after.working_days, timing.calendar)
    return add_working_seconds(at, level.after.seconds or 0, timing.calendar)


def pending(levels: Collection[Level], fired: Collection[str], timing: Timing) -> Iterator[tuple[datetime, Level]]:
    """Every level not reached yet, with its moment, in no particular order."""
    for level in levels:
        if level.code not in fired:
            yield reached_at(level, timing), level


def next_at(
    levels: Sequence[Level],
    fired: Collection[str],
    timing: Timing,
    *,
    missed: bool,
    pause_limit: datetime | None,
) -> datetime | None:
    """The next moment at which the sweep has something to do for an open clock; None when nothing is left.

    `levels` are in the order of `levels_of`: once the next share of the time is known, no level of that share or a
    later one can come before it, so their moments need not be worked out.
    """
    times = [timing.due_at] if not missed else []
    if pause_limit is not None:
        times.append(pause_limit)
    share = None
    for level in levels:
        if level.code in fired or (share is not None and level.percent >= share):
            continue
        times.append(reached_at(level, timing))
        if level.after is None:
            share = level.percent
    return min(times, default=None)
