"""Accounts that rest: after too many wrong passwords or codes in a row nobody can sign in for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.kit.database import Transaction

TRIES = 8
"""Wrong passwords or codes in a row before an account rests."""

REST = timedelta(minutes=10)


async def rests_now(tx: Transaction, staff_id: UUID, now: datetime) -> bool:
    """Whether the account rests; locks it, so that tries made at the same moment are counted one after another."""
    until = await tx.fetchval("select locked_until from governance.staff where staff_id = $1 for update", staff_id)
    return until is not None and until > now


async def count_failure(tx: Transaction, staff_id: UUID, now: datetime) -> None:
    """One more wrong try; every eighth puts the account to rest. While it rests, nothing is counted."""
    await tx.execute(
        "update governance.staff set failed_sign_ins = failed_sign_ins + 1,"
        " locked_until = case when (failed_sign_ins + 1) % $2 = 0 then $3::timestamptz else locked_until end"
        " where staff_id = $1 and (locked_until is null or locked_until <= $4)",
        staff_id,
        TRIES,
        now + REST,
        now,
    )
