"""Whether every complaint that was accepted became a case: "N received, N registered", by channel.

Counted over the last day, leaving out the last minutes, in which a reader may be on its way. Identifiers grow with the
time they were made, so the day is a range of the primary key.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.kit.database import Database
from services.kit.metrics import RECONCILIATION

WINDOW = timedelta(hours=24)
ON_ITS_WAY = timedelta(minutes=5)
"""A case comes within a second as a rule; what takes longer than this is told."""

CHANNELS: set[str] = set()
"""Channels that were ever told of, so that a difference that is mended goes back to 0."""

TAKE = """
    select channel, count(*) filter (where t.case_id is null) as missing
      from intake.complaint c left join intake.tracking t on t.case_id = c.id and t.version > 0
     where c.id >= $1 and c.id < $2 and not c.historical group by channel
"""


def first_id_of(moment: datetime) -> UUID:
    """The smallest identifier that is made at `moment` or later (UUID version 7)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


async def measure_registration(database: Database, now: datetime) -> None:
    """Set the difference of every channel that took something in."""
    rows = await database.read(TAKE, first_id_of(now - WINDOW), first_id_of(now - ON_ITS_WAY))
    missing = {row["channel"]: row["missing"] for row in rows}
    CHANNELS.update(missing)
    for channel in CHANNELS:
        RECONCILIATION.labels(channel).set(missing.get(channel, 0))
