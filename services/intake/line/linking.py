"""One-time codes that link a LINE account: to a case, shown on its tracking page; to a member of staff, on theirs.

A code proves that whoever types it into the talk sees that page. It holds for fifteen minutes, once, and only its keyed
digest is kept; five wrong ones close the way for an hour.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.intake.contacts.keeping import Contacts
from services.intake.messages.addresses import keep_reply_address, link_staff, unlink_staff
from services.intake.tracking_secret import ALPHABET
from services.kit.database import Transaction
from services.kit.tokens import keyed_digest

HOLDS = timedelta(minutes=15)
MOST_MISSES = 5
MISSES_FORGOTTEN = timedelta(hours=1)
_READ = str.maketrans("OIL", "011")


class Linked(NamedTuple):
    """What came of a code: `case`, `staff`, `bad` or `too_many`, and what was linked."""

    what: str
    case_id: UUID | None = None
    staff_id: UUID | None = None


def _digest(server_secret: str, code: str) -> bytes:
    plain = code.upper().replace("-", "").translate(_READ)
    return keyed_digest(server_secret, "line-code", plain)


async def make_code(
    tx: Transaction, server_secret: str, now: datetime, *, case_id: UUID | None = None, staff_id: UUID | None = None
) -> str:
    """A fresh code for one case or one member of staff; those made before for the same hold no more."""
    await tx.execute(
        "delete from intake.line_code where expires_at < $1 or case_id = $2 or staff_id = $3", now, case_id, staff_id
    )
    signs = "".join(secrets.choice(ALPHABET) for _ in range(8))
    await tx.execute(
        "insert into intake.line_code (digest, case_id, staff_id, expires_at) values ($1, $2, $3, $4)",
        _digest(server_secret, signs),
        case_id,
        staff_id,
        now + HOLDS,
    )
    return f"{signs[:4]}-{signs[4:]}"


async def use_code(
    tx: Transaction, contacts: Contacts, code: str, talker: bytes, user_id: str, now: datetime
) -> Linked:
    """Link what the code stands for to a LINE account."""
    misses = await tx.fetchrow(
        "select code_misses, code_missed_at from intake.line_user where talker = $1 for update", talker
    )
    recent = misses is not None and misses["code_missed_at"] and now - misses["code_missed_at"] < MISSES_FORGOTTEN
    missed = misses["code_misses"] if misses is not None and recent else 0
    if missed >= MOST_MISSES:
        return Linked("too_many")
    row = await tx.fetchrow(
        "update intake.line_code set used_at = $2 where digest = $1 and used_at is null and expires_at > $2"
        " returning case_id, staff_id",
        _digest(contacts.digest_key, code),
        now,
    )
    if row is None:
        await tx.execute(
            "update intake.line_user set code_misses = $2, code_missed_at = $3 where talker = $1",
            talker,
            missed + 1,
            now,
        )
        return Linked("bad")
    await tx.execute("update intake.line_user set code_misses = 0 where talker = $1", talker)
    if row["staff_id"] is not None:
        await link_staff(tx, row["staff_id"], "line", user_id, now, contacts)
        return Linked("staff", staff_id=row["staff_id"])
    await keep_reply_address(tx, row["case_id"], "line", user_id, now, contacts)
    return Linked("case", case_id=row["case_id"])


async def unlink(tx: Transaction, staff_id: UUID) -> None:
    """Alerts of a member of staff go to LINE no more."""
    await unlink_staff(tx, staff_id, "line")
