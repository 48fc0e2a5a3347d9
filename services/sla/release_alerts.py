"""Send the alerts that quiet hours or a batch held back, or drop them when what they warn of was settled meanwhile."""

from __future__ import annotations

from datetime import datetime

from services.kit.database import Transaction
from services.sla.raise_alerts import announce_alerts
from services.sla.records import read_cases

TAKE = """
    select a.id, a.case_id, a.target, a.cycle, a.level, a.threshold_at, a.known_at, a.recipient, a.recipient_unit,
           k.state
      from sla.alert a left join sla.clock k using (case_id, target, cycle)
     where a.sent_at is null and a.dropped is null and a.not_before <= $1
     order by a.not_before limit 500 for update of a skip locked
"""


async def release_alerts(tx: Transaction, now: datetime) -> int:
    """Send what may go out now; returns how many were sent. A stale alert is kept with the reason, never sent."""
    rows = await tx.fetch(TAKE, now)
    if not rows:
        return 0
    stale = [row["id"] for row in rows if row["state"] not in ("running", "paused", "missed")]
    await tx.execute("update sla.alert set dropped = 'settled before it was sent' where id = any($1::uuid[])", stale)
    fresh = [dict(row) | {"sent_at": now} for row in rows if row["id"] not in stale]
    await tx.execute("update sla.alert set sent_at = $2 where id = any($1::uuid[])", [row["id"] for row in fresh], now)
    await announce_alerts(tx, fresh, await read_cases(tx, {row["case_id"] for row in fresh}))
    return len(fresh)
