"""Every measure this release computes, in the order of the catalogue."""

from __future__ import annotations

from collections.abc import Collection

from schemas.policy import PolicyBundle
from services.reporting.kpis import (
    alert_lag,
    backlog,
    causes,
    channels,
    escalated,
    excluded,
    first_point,
    on_time,
    recovered,
    remedies,
    reopened,
    repeated,
    satisfaction,
    time_taken,
)
from services.reporting.kpis.material import Measure

_ALL = (
    *on_time.MEASURES,
    *time_taken.MEASURES,
    *first_point.MEASURES,
    *backlog.MEASURES,
    *reopened.MEASURES,
    *repeated.MEASURES,
    *escalated.MEASURES,
    *satisfaction.MEASURES,
    *causes.MEASURES,
    *recovered.MEASURES,
    *channels.MEASURES,
    *alert_lag.MEASURES,
    *remedies.MEASURES,
    *excluded.MEASURES,
)

COMPUTED = tuple(sorted({measure.kpi for measure in _ALL}))
"""Numbers of the KPIs computed."""


def measures(bundle: PolicyBundle, kpis: Collection[int] | None = None) -> list[Measure]:
    """The measures of the KPIs named (None: all), those of a policy's channels included."""
    found = [*_ALL, *channels.channel_measures(bundle)]
    return sorted((m for m in found if kpis is None or m.kpi in kpis), key=lambda m: m.kpi)


def measure(bundle: PolicyBundle, kpi: int, code: str | None) -> Measure | None:
    """A measure by its KPI and code; without a code the KPI's only or primary one."""
    found = measures(bundle, {kpi})
    if code is not None:
        return next((m for m in found if m.code == code), None)
    return next((m for m in found if m.primary), found[0] if found else None)
