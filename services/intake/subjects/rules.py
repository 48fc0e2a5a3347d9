"""The clock of a request about one's own data, and what may be done with it. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from schemas.policy import DataRequests

Kind = Literal["access", "correct", "erase"]
Standing = Literal["open", "near", "late", "done"]


class RequestClock(NamedTuple):
    """When a request is to be answered, and when those who answer are warned (UTC)."""

    warn_at: datetime
    due_at: datetime


def clock_of(received_at: datetime, rule: DataRequests, zone: str) -> RequestClock:
    """The clock: calendar days, the day of receipt not counted, until the end of the last day in the policy's zone.

    A period that ends on a closed day is not lengthened: the law counts days, not working days (check).
    """
    local = received_at.astimezone(ZoneInfo(zone))
    last = local.date() + timedelta(days=rule.answer_days)
    due = datetime.combine(last, time(23, 59, 59), local.tzinfo)
    warn = datetime.combine(last - timedelta(days=rule.warn_days), time(8, 30), local.tzinfo)
    return RequestClock(max(warn, received_at).astimezone(received_at.tzinfo), due.astimezone(received_at.tzinfo))


def standing_of(
    state: str, warn_at: datetime, due_at: datetime, settled_at: datetime | None, now: datetime
) -> Standing:
    """How a request stands; one that was settled after its day stays late."""
    if due_at < (settled_at or now):
        return "late"
    if state != "open":
        return "done"
    return "near" if warn_at <= now else "open"


def days_left(due_at: datetime, now: datetime, zone: str) -> int:
    """Whole calendar days until the day it is due, negative after it."""
    place = ZoneInfo(zone)
    return (due_at.astimezone(place).date() - now.astimezone(place).date()).days
