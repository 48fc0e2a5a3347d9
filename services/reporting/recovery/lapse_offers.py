"""Offers whose time is over lapse by themselves; the complaint is not touched by it (domain §6)."""

from __future__ import annotations

from datetime import datetime

from services.kit.copies import Copies
from services.kit.database import Database
from services.kit.i18n import N_
from services.reporting.recovery.guards import Ask
from services.reporting.recovery.life import system_step
from services.reporting.recovery.open_owed import move_by_system
from services.reporting.recovery.record import STORED, record_of

LAPSED = N_("The offer was not answered in time.")
BATCH = 200


async def lapse_offers(database: Database, copies: Copies, now: datetime) -> int:
    """Let every offer lapse that was not answered by its expiry; returns how many did. Right when late or repeated."""
    lapsed = 0
    while True:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                f"select {', '.join(STORED)} from reporting.recovery where state = 'offered' and offer_expires_at < $1"
                f" order by offer_expires_at limit {BATCH} for update skip locked",
                now,
            )
            for row in rows:
                record = record_of(row)
                bundle = await copies.policy(tx, record.policy_version)
                step = system_step(record.state, "lapsed")
                if step is None or any(guard(Ask(record, None, bundle, now)) for guard in step.guards):
                    continue
                await move_by_system(tx, record, "lapsed", LAPSED, bundle, now)
                lapsed += 1
        if len(rows) < BATCH:
            return lapsed
