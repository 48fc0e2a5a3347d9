"""What an operator watches of the clocks: due soon, breached, not judged in time, alerts held too long, sweep late.

Each figure is a range of a partial index, so it costs what it counts; taken when Prometheus asks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from prometheus_client import Gauge

from services.kit.database import Database

SOON = timedelta(hours=24)
"""What falls due within this counts as due."""

LATE = timedelta(seconds=60)
"""The sweep runs every second; what it left this long was not judged in time."""

DUE = Gauge("redress_sla_clocks_due", "Open clocks that fall due within 24 hours.")
BREACHED = Gauge("redress_sla_clocks_breached", "Open clocks past their deadline.")
UNJUDGED = Gauge("redress_sla_clocks_unjudged", "Clocks with something due for a minute that the sweep has not taken.")
ALERTS_LATE = Gauge("redress_sla_alerts_late", "Alerts that should have gone out a minute ago and did not.")
SWEEP_LAG = Gauge("redress_sla_sweep_lag_seconds", "How far behind the present the sweep has judged.")

TAKE = """
    select (select count(*) from sla.clock where state in ('running', 'paused', 'missed')
              and due_at >= $1 and due_at < $2) as due,
           (select count(*) from sla.clock where state in ('running', 'paused', 'missed') and due_at < $1) as breached,
           (select count(*) from sla.clock where next_at < $3) as unjudged,
           (select count(*) from sla.alert where sent_at is null and dropped is null and not_before < $3)
             as alerts_late,
           (select horizon from sla.sweep) as horizon
"""


async def measure_clocks(database: Database, now: datetime) -> None:
    """Set the gauges. A system whose sweep never ran has no lag to show yet."""
    row = (await database.read(TAKE, now, now + SOON, now - LATE))[0]
    DUE.set(row["due"])
    BREACHED.set(row["breached"])
    UNJUDGED.set(row["unjudged"])
    ALERTS_LATE.set(row["alerts_late"])
    if row["horizon"] is not None:
        SWEEP_LAG.set(max(0.0, (now - row["horizon"]).total_seconds()))
