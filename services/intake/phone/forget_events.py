"""Forget the events of calls when nobody will send them again; the calls, and what came of them, stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.kit.database import Database

KEPT = timedelta(days=90)
"""Beyond the thirty days of which an event is taken at all (`reading.OLDEST`)."""


async def forget_events(database: Database, now: datetime) -> None:
    """Take the old ones away."""
    await database.statement("delete from intake.phone_event where arrived_at < $1", now - KEPT)
