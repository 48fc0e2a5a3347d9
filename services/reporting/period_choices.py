"""The periods a page offers at a click. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.policy import PolicyBundle
from services.kit.i18n import Lang, translate
from services.reporting.period import Period, label_of, local_day, month_period, quarter_period, year_period


@dataclass(frozen=True, slots=True)
class Choice:
    """A period with its name."""

    label: str
    period: Period


def period_choices(bundle: PolicyBundle, now: datetime, lang: Lang) -> list[Choice]:
    """This quarter, month and fiscal year up to today, and the whole ones before them."""
    today = local_day(now, bundle.zone)
    tomorrow = today + timedelta(days=1)
    chosen = []
    for kind in (quarter_period, month_period, year_period):
        whole = kind(bundle, today)
        chosen += [
            Period(whole.first, min(whole.end, tomorrow), whole.zone),
            kind(bundle, whole.first - timedelta(days=1)),
        ]
    labels = {period: label_of(bundle, period, lang) for period in chosen}
    month = chosen[2]
    if month.end == tomorrow:
        labels[month] = translate(lang, "This month, until today")
    return [Choice(labels[period], period) for period in dict.fromkeys(chosen)]
