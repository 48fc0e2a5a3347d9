"""The queue under headings: what is overdue, each of the days ahead, what comes later, what has no deadline. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from services.kit.i18n import N_, Lang, translate
from services.kit.thai import FULL_DAYS_EN, FULL_DAYS_TH, MONTHS_EN, MONTHS_TH, NBSP
from services.routing.read_cases import QueueRow

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Where the table puts a case without a running clock (`tables.NO_DEADLINE`)."""

DAYS_APART = 7
"""So many days stand under headings of their own, today included; what is due later stands under one."""


@dataclass(frozen=True, slots=True)
class Group:
    """A heading; its cases are due from `since` until before `until` (None: open)."""

    kind: Literal["late", "today", "day", "later", "none"]
    since: datetime | None
    until: datetime | None
    day: date | None = None

    def title(self, lang: Lang) -> str:
        """The heading in words."""
        if self.kind == "late":
            return translate(lang, "Overdue")
        if self.kind == "none" or self.day is None:
            return translate(lang, N_("No deadline running"))
        name = day_name(self.day, lang)
        if self.kind == "today":
            return translate(lang, N_("Today, %(day)s"), day=name)
        return translate(lang, N_("%(day)s and later"), day=name) if self.kind == "later" else name


def day_name(day: date, lang: Lang) -> str:
    """`จันทร์ 23 พ.ย.`, unbreakable."""
    names, months = (FULL_DAYS_TH, MONTHS_TH) if lang == "th" else (FULL_DAYS_EN, MONTHS_EN)
    return NBSP.join((names[day.weekday()], str(day.day), months[day.month - 1]))


def group_of(due: datetime, now: datetime, zone: str) -> Group:
    """The heading under which a case stands whose place in the queue is `due`."""
    if due >= NEVER:
        return Group("none", NEVER, None)
    if due < now:
        return Group("late", None, now)
    at = ZoneInfo(zone)
    today = now.astimezone(at).date()

    def opens(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=at).astimezone(UTC)

    day = due.astimezone(at).date()
    if day == today:
        return Group("today", now, opens(day + timedelta(days=1)), day)
    horizon = today + timedelta(days=DAYS_APART)
    if day >= horizon:
        return Group("later", opens(horizon), NEVER, horizon)
    return Group("day", opens(day), opens(day + timedelta(days=1)), day)


def grouped(rows: Iterable[QueueRow], now: datetime, zone: str) -> list[tuple[Group, list[QueueRow]]]:
    """Rows in the order of the queue, under their headings."""
    found: list[tuple[Group, list[QueueRow]]] = []
    for row in rows:
        group = group_of(row.due_order, now, zone)
        if not found or found[-1][0] != group:
            found.append((group, []))
        found[-1][1].append(row)
    return found
