"""Quiet hours: when nobody is to be disturbed, and when that ends. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.policy import QuietHours


def after_quiet(at: datetime, quiet: QuietHours | None, zone: str) -> datetime:
    """`at`, or the end of the quiet hours it falls into."""
    if quiet is None:
        return at
    local = at.astimezone(ZoneInfo(zone))
    second = local.hour * 3600 + local.minute * 60 + local.second
    if not quiet.holds(second):
        return at
    day = local.date() + timedelta(days=1 if second >= quiet.end else 0)
    ends = datetime.combine(day, time(), ZoneInfo(zone)) + timedelta(seconds=quiet.end)
    return ends.astimezone(at.tzinfo)
