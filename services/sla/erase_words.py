"""Blank the words of a case that sla copied: the gist, here and in what sla announced or parked (personal-data law)."""

from __future__ import annotations

from uuid import UUID

from services.kit.database import Transaction
from services.kit.erasure import erase_journal_words


async def erase_words(tx: Transaction, case_id: UUID) -> None:
    """Blank the gist and the texts of the journal; the chain holds, since it was made of their digests."""
    await tx.execute("update sla.case_copy set gist = null where case_id = $1", case_id)
    await erase_journal_words(tx, case_id)
