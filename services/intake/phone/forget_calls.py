"""Forget who rang: events that nobody will send again, numbers that are needed no longer, and those of an erased case.

The calls and call-backs themselves stay, with their times and what came of them: figures survive what is forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.kit.database import Database, Transaction

KEPT = timedelta(days=90)
"""Of a call that became no case; of one that did, the number is kept as long as the case's contact. Beyond the thirty
days in which an event is taken at all (`reading.OLDEST`)."""

_CALL = "update intake.phone_call set number = null, caller = null, recording = null"
_CALL_BACK = "update intake.call_back set number = '', caller = uuid_send(id), note = null"


async def forget_calls(database: Database, now: datetime) -> None:
    """Take away events, and the numbers of calls that are settled and became no case, when they are old."""
    before = now - KEPT
    async with database.transaction() as tx:
        await tx.execute("delete from intake.phone_event where arrived_at < $1", before)
        await tx.execute(f"{_CALL} where case_id is null and settled_at < $1 and number is not null", before)
        await tx.execute(
            f"{_CALL_BACK} where state = 'closed' and case_id is null and closed_at < $1 and number <> ''", before
        )


async def forget_calls_of_case(tx: Transaction, case_id: UUID) -> None:
    """Take away numbers, recordings and notes of the calls of a case whose complainant is forgotten."""
    await tx.execute(f"{_CALL} where case_id = $1", case_id)
    await tx.execute(f"{_CALL_BACK} where case_id = $1 and state = 'closed'", case_id)
