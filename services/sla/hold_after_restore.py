"""After a restore: warn nobody of what may have been said before, by the system that was backed up.

What was held back for quiet hours or a batch, and every level that was reached between the backup and the restore, is
kept as an alert that was not sent, with the reason. Levels that are reached later go out as always: a level is one row
for (case, target, cycle, level), so that none can be sent beside it (domain §4.12).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from services.kit.copies import Copies
from services.kit.database import Database
from services.sla.editions import Editions
from services.sla.raise_alerts import not_sending
from services.sla.recompute_calendars import recompute_calendars
from services.sla.sweep import sweep

REASON = "held at a restore: the system before it may have sent it"


async def hold_after_restore(
    database: Database, copies: Copies, read_all: Callable[[], Awaitable[object]], now: datetime
) -> int:
    """Judge everything up to `now` without warning anybody; returns how many alerts were kept back.

    Args:
        read_all: lets every reader read what there is.
    """
    editions = Editions(copies)
    before = await _held(database)
    await database.statement("update sla.alert set dropped = $1 where sent_at is null and dropped is null", REASON)
    with not_sending(REASON):
        await read_all()
        await recompute_calendars(database, editions, now)
        await sweep(database, editions, now)
        await read_all()
    return await _held(database) - before


async def _held(database: Database) -> int:
    rows = await database.read("select count(*) as held from sla.alert where dropped = $1", REASON)
    return int(rows[0]["held"])
