"""Check a code: of the app, never one that was taken before, or a recovery code, each good once."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.governance.second_step.codes import as_typed, matching_interval
from services.governance.second_step.sealed_secret import open_secret
from services.kit.database import Transaction
from services.kit.settings import Settings
from services.kit.tokens import keyed_digest

Taken = Literal["app", "recovery"]


async def check_code(tx: Transaction, settings: Settings, staff_id: UUID, code: str, *, now: datetime) -> Taken | None:
    """How the code was good, and take it so that it never is again; None when it is not, or nothing is set up.

    Raises:
        SecretUnreadable: the stored secret cannot be read.
    """
    typed = as_typed(code)[:40]
    row = await tx.fetchrow(
        "select secret, last_interval from governance.second_step"
        " where staff_id = $1 and confirmed_at is not null for update",
        staff_id,
    )
    if row is None or not typed:
        return None
    secret = open_secret(settings.digest_key, staff_id, row["secret"])
    interval = matching_interval(secret, typed, now=now, after=row["last_interval"])
    if interval is not None:
        await tx.execute("update governance.second_step set last_interval = $2 where staff_id = $1", staff_id, interval)
        return "app"
    used = await tx.fetchval(
        "update governance.recovery_code set used_at = $3"
        " where staff_id = $1 and digest = $2 and used_at is null returning true",
        staff_id,
        recovery_digest(settings, staff_id, typed),
        now,
    )
    return "recovery" if used else None


def recovery_digest(settings: Settings, staff_id: UUID, typed: str) -> bytes:
    """What is kept of a recovery code."""
    return keyed_digest(settings.digest_key, f"recovery code of {staff_id}", typed)
