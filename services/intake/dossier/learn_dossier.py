"""Learn that a dossier was asked for, and forget it with the words of its case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import DossierAsked
from schemas.envelope import Event, words
from services.kit.database import Transaction


async def learn_dossier(tx: Transaction, event: Event, fact: DossierAsked) -> None:
    """Note it; it is made by a job, so that a large one keeps no event waiting. Told twice it is one."""
    record = words(fact.record)
    if record is None:
        return  # its words were erased before it could be made
    await tx.execute(
        "insert into intake.dossier (id, case_id, asked_by, asked_at, record) values ($1, $2, $3, $4, $5)"
        " on conflict do nothing",
        fact.request, event.case_id, fact.by, fact.at, record,
    )  # fmt: skip


async def drop_dossiers(tx: Transaction, case_id: UUID, now: datetime) -> None:
    """What routing wrote for dossiers of a case goes with its words; those that were made go with its files."""
    await tx.execute(
        "update intake.dossier set record = null, state = case when state = 'waiting' then 'dropped' else state end,"
        " settled_at = coalesce(settled_at, $2) where case_id = $1",
        case_id, now,
    )  # fmt: skip
