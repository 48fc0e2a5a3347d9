"""How far a reader has read, in time: the moment before which it knows everything that was recorded.

Who judges by what was read must judge no further than this. A reader beside the journals looks into them, like its
feed; one over a broker goes by the marks of the relays (`kit/relay.py`), which its feed notes beside the cursors. When
a relay or the broker is away no mark comes, and the moment stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol


class Reads(Protocol):
    """Whatever can run a query: a transaction, or the database outside one."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """All rows of a statement."""
        ...


async def read_until(reads: Reads, service: str, sources: Sequence[str], now: datetime) -> datetime:
    """The moment (UTC) before which `service` has read everything that was recorded; `now` when nothing is unread."""
    (row,) = await reads.fetch(
        "select bool_or(heard_until is not null) as by_marks,"
        " min(coalesce(heard_until, 'epoch'::timestamptz)) as heard"
        f" from {service}.cursor where source = any($1::text[])",
        list(sources),
    )
    if row["by_marks"]:
        heard: datetime = row["heard"]
        return min(heard, now)
    unread = await oldest_unread(reads, service, sources)
    return now if unread is None else min(unread, now)


async def oldest_unread(reads: Reads, service: str, sources: Sequence[str]) -> datetime | None:
    """When the oldest event that `service` has not read yet was recorded (UTC); None when it has read everything."""
    parts = [
        f"select min(j.recorded_at) as at from {source}.bucket b"
        f" join {service}.cursor c on c.bucket = b.bucket and c.source = '{source}'"
        f" join {source}.journal j on j.bucket = b.bucket and j.position = c.position + 1"
        " where b.position > c.position"
        for source in sources
    ]
    rows = await reads.fetch(f"select min(at) as at from ({' union all '.join(parts)}) unread")
    found: datetime | None = rows[0]["at"]
    return found
