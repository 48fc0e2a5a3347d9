"""Recompute open clocks when a policy version edits the days or hours of their calendar (domain §4.2).

Targets stay those of the case's own version; pauses are kept; a deadline that was already missed stays missed. Done in
batches that are each a transaction, so that an interrupted run goes on where it stood.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import structlog

from services.kit.database import Database
from services.sla.editions import Editions
from services.sla.keep_clocks import refold
from services.sla.terms import edited_calendars

log = structlog.get_logger()

BATCH = 200
"""Cases recomputed in one transaction: few enough that readers of the same cases hardly wait."""


async def recompute_calendars(database: Database, editions: Editions, now: datetime) -> int:
    """Bring open clocks in step with every edition in force; returns how many cases were looked at."""
    known = [edition for edition in await editions.all(database) if edition.since <= now]
    if len(known) < 2 or known[-1].version in editions.recomputed:
        return 0
    rows = await database.read("select version, done_at is not null as done from sla.calendar_edit")
    done = {row["version"] for row in rows if row["done"]}
    looked_at = 0
    for before, edition in pairwise(known):
        if edition.version not in done:
            codes = edited_calendars(before.bundle, edition.bundle)
            looked_at += await _recompute(database, editions, edition.version, codes, now)
    editions.recomputed.update(edition.version for edition in known)
    return looked_at


async def _recompute(database: Database, editions: Editions, version: str, codes: list[str], now: datetime) -> int:
    async with database.transaction() as tx:
        await tx.execute(
            "insert into sla.calendar_edit (version, calendars) values ($1, $2) on conflict do nothing", version, codes
        )
    looked_at = 0
    while True:
        async with database.transaction() as tx:
            # The row's lock keeps a second replica out until this batch is done.
            edit = await tx.fetchrow("select * from sla.calendar_edit where version = $1 for update", version)
            if edit is None or edit["done_at"] is not None:
                return looked_at
            rows = await tx.fetch(
                "select distinct case_id from sla.clock where state in ('running', 'paused', 'missed')"
                " and not historical and calendar = any($1::text[]) and ($2::uuid is null or case_id > $2)"
                " order by case_id limit $3",
                codes,
                edit["reached"],
                BATCH,
            )
            looked_at += await refold(tx, editions, [row["case_id"] for row in rows], now)
            done = len(rows) < BATCH
            await tx.execute(
                "update sla.calendar_edit set reached = coalesce($2, reached), done_at = $3 where version = $1",
                version,
                rows[-1]["case_id"] if rows else None,
                now if done else None,
            )
        if done:
            await log.ainfo("calendars recomputed", version=version, calendars=codes, cases=looked_at)
            return looked_at
