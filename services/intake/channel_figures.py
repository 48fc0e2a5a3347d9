"""How each channel does: what arrived, what was registered, what waits for a person, and when it was last heard."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from services.intake.arrivals import OVERDUE, way_again
from services.kit.copies import Fetches

SPAN = timedelta(days=30)
"""The figures are those of the last thirty days; what is still open is always among them, however old."""

PAGE = 100


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """The figures of one channel. `arrived` is everything; the others are what became of it."""

    channel: str
    arrived: int
    registered: int
    held: int
    failed: int
    ignored: int
    pending: int
    missing: int
    last_seen: datetime | None

    @property
    def well(self) -> bool:
        """Whether nothing is missing and nothing failed."""
        return not (self.missing or self.failed)

    def wire(self) -> dict[str, Any]:
        """For the API."""
        return {**asdict(self), "reconciled": self.arrived == self.registered + self.held + self.failed + self.ignored}


async def channel_figures(source: Fetches, now: datetime) -> list[ChannelFigures]:
    """The figures of every channel from which something came, by name."""
    rows = await source.fetch(
        "select channel, count(*) arrived, count(*) filter (where state = 'registered') registered,"
        " count(*) filter (where state = 'held') held, count(*) filter (where state = 'failed') failed,"
        " count(*) filter (where state = 'ignored') ignored, count(*) filter (where state = 'arrived') pending,"
        " count(*) filter (where state = 'arrived' and arrived_at < $2) missing, max(arrived_at) last_seen"
        " from intake.arrival where arrived_at >= $1 or state in ('arrived', 'held', 'failed')"
        " group by channel order by channel",
        now - SPAN,
        now - OVERDUE,
    )
    return [ChannelFigures(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenArrival:
    """Something that arrived and that a person may have to settle."""

    channel: str
    source_id: str
    arrived_at: datetime
    state: str
    reason: str | None
    raw: object
    readable: bool
    """Whether it is a mail that `/mails/{id}` shows."""
    overdue: bool
    can_register: bool


async def open_arrivals(
    source: Fetches, now: datetime, before: datetime | None = None, *, set_aside: bool = False
) -> list[OpenArrival]:
    """What is missing, held or failed, the newest first; a page of it, ending before a moment.

    With `set_aside` instead what was taken for nothing to register: a person may know better.
    """
    which = "= 'ignored'" if set_aside else "in ('arrived', 'held', 'failed')"
    rows = await source.fetch(
        "select channel, source_id, arrived_at, state, reason, raw,"
        " exists (select 1 from intake.mail m where m.source_id = a.source_id) as readable from intake.arrival a"
        f" where state {which} and ($1::timestamptz is null or arrived_at < $1)"
        f" order by arrived_at desc limit {PAGE}",
        before,
    )
    return [
        OpenArrival(
            **dict(row),
            overdue=row["state"] == "arrived" and row["arrived_at"] < now - OVERDUE,
            can_register=way_again(row["channel"]) is not None,
        )
        for row in rows
    ]
