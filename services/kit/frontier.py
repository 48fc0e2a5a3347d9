"""How far a reader has read, in time: the moment before which it knows everything that was recorded.

Like the feed, it looks into the journals of the sources; who judges by what was read must judge no further than this.
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
