"""When a clock stands still because the complainant was asked something, and for how long at most. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.policy import Span
from services.kit.working_time import WorkingCalendar, add_working_seconds, due_at, working_seconds_between
from services.sla.life import Move


@dataclass(frozen=True, slots=True)
class Standstill:
    """One pause. `until` is when it ended, or will end by itself at the latest; `lasts`: it has not ended yet."""

    begun: datetime
    until: datetime
    lasts: bool

    @property
    def ended(self) -> datetime | None:
        """When it ended; None while it lasts."""
        return None if self.lasts else self.until


def standstills(
    moves: Sequence[Move],
    started_at: datetime,
    closed_at: datetime | None,
    cap: Span,
    calendar: WorkingCalendar,
    now: datetime,
) -> list[Standstill]:
    """The pauses of a clock, oldest first.

    A pause ends with the next move, at the date asked for, or when the clock has stood still for `cap` of working time
    in all, whichever comes first: asking again and again does not stretch it. The cap runs from the start of a pause
    that began before the clock.
    """
    found: list[Standstill] = []
    left: float | None = None
    for place, move in enumerate(moves):
        if move.to != "awaiting_complainant" or (closed_at is not None and move.at >= closed_at):
            continue
        resumed = moves[place + 1].at if place + 1 < len(moves) else None
        if resumed is not None and resumed <= started_at:
            continue
        if left is None:
            left = working_seconds_between(move.at, due_at(move.at, cap, calendar), calendar)
        limit = add_working_seconds(move.at, left, calendar)
        limit = limit if move.until is None else max(move.at, min(limit, move.until))
        until = limit if resumed is None else max(move.at, min(limit, resumed))
        lasts = resumed is None and closed_at is None and now < limit
        left = max(0.0, left - working_seconds_between(move.at, until, calendar))
        found.append(Standstill(move.at, until, lasts))
    return found
