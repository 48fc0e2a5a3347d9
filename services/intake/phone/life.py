"""The life of a call, from the times that its events gave it, in whatever order they came. Pure.

Answered is answered: a queue that tells `missed` of every agent who let it ring says nothing about a call that somebody
took. A call nobody took is owed a call back; so is one that came outside working time and was taken by no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

CallState = Literal["ringing", "answered", "ended", "missed"]
Why = Literal["missed", "out_of_hours"]

RINGS_AT_MOST = timedelta(minutes=10)
"""A call that still rings after this has ended without the switchboard saying so."""


@dataclass(frozen=True, slots=True)
class Times:
    """What is known of a call. `by_person`: an agent or an extension answered it, not a machine."""

    began_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    missed_at: datetime | None = None
    by_person: bool = False

    @property
    def state(self) -> CallState:
        """Where the call stands."""
        if self.answered_at is not None:
            return "answered" if self.ended_at is None else "ended"
        return "missed" if self.missed_at is not None or self.ended_at is not None else "ringing"


def owed(times: Times, *, open_then: bool) -> Why | None:
    """Why the caller is owed a call back; None when they are not. `open_then`: it came within working time."""
    if times.answered_at is not None and (times.by_person or open_then):
        return None
    if not open_then:
        return "out_of_hours"
    return "missed" if times.state == "missed" else None
