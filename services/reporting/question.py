"""What is asked of the figures: a period, a moment to look from, filters, and how far the asker may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.policy import PolicyBundle
from services.reporting.period import Period


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the facts. Restricted cases count only for the restricted units in `restricted_units` (§2)."""

    period: Period
    as_of: datetime
    restricted_units: frozenset[str] = frozenset()
    channel: str | None = None
    category: str | None = None
    """With its subcategories."""
    service_point: str | None = None

    def values(self, bundle: PolicyBundle) -> dict[str, Any]:
        """The parameters by name, for `populations.bound`."""
        return {
            "since": self.period.since,
            "until": self.period.until,
            "first_day": self.period.first.toordinal(),
            "end_day": self.period.end.toordinal(),
            "cut": self.period.cut_off(self.as_of),
            "as_of": self.as_of,
            "repeat_days": bundle.lifecycle.repeat_days,
            "matured_days": bundle.lifecycle.matured_days,
            "restricted_units": sorted(self.restricted_units),
            "channel": self.channel,
            "categories": covered(bundle, self.category) if self.category else None,
            "service_point": self.service_point,
        }

    def conditions(self, alias: str = "f", *, sums: bool = False) -> str:
        """The filters as SQL on the facts of a case, or on the daily sums, which carry the same columns."""
        parts = [f"({alias}.restricted is not true or {alias}.unit = any(@restricted_units::text[]))"]
        if sums:
            parts = [f"({alias}.restricted = '' or {alias}.restricted = any(@restricted_units::text[]))"]
        if self.channel:
            parts.append(f"{alias}.channel = @channel")
        if self.category:
            parts.append(f"{alias}.category = any(@categories::text[])")
        if self.service_point:
            parts.append(f"{alias}.service_point = @service_point")
        return " and ".join(parts)


def covered(bundle: PolicyBundle, category: str) -> list[str]:
    """A category and all below it."""
    return sorted({c.code for c in bundle.categories if bundle.category_covers(category, c.code)} | {category})
