"""Learn what reporting says of the service-recovery records of a case, to show them beside it (SE-AM 5.1)."""

from __future__ import annotations

from schemas.envelope import Event
from schemas.recovery import RecoveryFact
from services.kit.database import Transaction


async def learn_recovery(tx: Transaction, event: Event, fact: RecoveryFact) -> None:
    """Keep the newest of each record that belongs to a complaint."""
    if fact.complaint_id is None:
        return
    await tx.execute(
        "insert into routing.recovery_copy as r (recovery_id, case_id, number, version, state, remedy, baht, at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (recovery_id) do update set"
        " version = excluded.version, state = excluded.state, remedy = excluded.remedy, baht = excluded.baht,"
        " at = excluded.at where r.version < excluded.version",
        fact.recovery_id, fact.complaint_id, fact.number, fact.version, fact.state, fact.remedy, fact.baht, fact.at,
    )  # fmt: skip
