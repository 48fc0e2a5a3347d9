"""Erase files: from this moment nobody is given them; their contents go within a minute; that they were there stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.kit.database import Transaction


async def erase_file(tx: Transaction, file_id: UUID, now: datetime) -> None:
    """Erase one file: name and content go, the fact stays. The content is taken away by `tend_files`."""
    await tx.execute(
        "update intake.stored_file set state = 'erased', name = null, reason = null, draft = null, settled_at = null"
        " where id = $1 and state <> 'erased'",
        file_id,
    )


async def erase_files_of_case(tx: Transaction, case_id: UUID, now: datetime) -> None:
    """Erase every file of a case (personal-data law)."""
    await tx.execute(
        "update intake.stored_file set state = 'erased', name = null, reason = null, settled_at = null"
        " where case_id = $1 and state <> 'erased'",
        case_id,
    )
