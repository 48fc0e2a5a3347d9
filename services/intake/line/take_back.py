"""Take back what was unsent: its words or its file go everywhere; that something was sent and taken back stays.

What was confirmed and filed is the complaint itself and stays as it was filed: it goes with the case, by erasure
(`docs/decisions/0041-unsent-messages.md`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.complaints import MessageTakenBack
from services.intake.files.erase_file import erase_file
from services.kit.database import Transaction, new_id


async def note_said(tx: Transaction, talker: bytes, message_id: str, kind: str, case_id: UUID, at: datetime) -> None:
    """Note which case a message in words went to, so that it is found when it is taken back."""
    await tx.execute(
        "insert into intake.line_message (message_id, talker, kind, at, state, case_id)"
        " values ($1, $2, $3, $4, 'said', $5) on conflict do nothing",
        message_id,
        talker,
        kind,
        at,
        case_id,
    )


async def take_back(tx: Transaction, message_id: str, talker: bytes, at: datetime) -> None:
    """Remove a message of this talker; one that never came, or was taken back before, changes nothing."""
    await tx.execute(
        "update intake.line_event set raw = null, answer = null where message_id = $1 and talker = $2"
        " and type = 'message'",
        message_id,
        talker,
    )
    row = await tx.fetchrow(
        "update intake.line_message set state = 'unsent', name = null, not_before = null"
        " where message_id = $1 and talker = $2 and state <> 'unsent' returning case_id, file_id",
        message_id,
        talker,
    )
    if row is None:
        return
    if row["file_id"] is not None:
        await erase_file(tx, row["file_id"], at)
    if row["case_id"] is not None:
        await _from_case(tx, row["case_id"], message_id, at)


async def _from_case(tx: Transaction, case_id: UUID, message_id: str, at: datetime) -> None:
    """Blank the message in the case, here and by announcement elsewhere; a line says that it was taken back."""
    joined = await tx.fetchrow(
        "update intake.message set text = null, files = '[]' where direction = 'in' and channel = 'line'"
        " and provider_id = $1 and case_id = $2 returning id, created_at",
        message_id,
        case_id,
    )
    event_id = new_id()
    if joined is not None:
        for table, key in (("tracking_step", "event_id"), ("complainant_action", "id")):
            await tx.execute(
                f"update intake.{table} set words = null where case_id = $1 and {key} = $2", case_id, joined["id"]
            )
        await tx.execute("update intake.journal set texts = null where case_id = $1 and id = $2", case_id, joined["id"])
        fact = MessageTakenBack(said_at=joined["created_at"], at=at, medium="line")
        tx.announce(fact, case_id=case_id, at=at, event_id=event_id)
    await tx.execute(
        "insert into intake.tracking_step (case_id, event_id, at, code) values ($1, $2, $3, 'act_taken_back')",
        case_id,
        event_id,
        at,
    )
