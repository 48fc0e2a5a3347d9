"""Blank the words of a case that sla copied: the gist, here and in what sla announced (personal-data law)."""

from __future__ import annotations

from uuid import UUID

from schemas.envelope import bucket_of
from services.kit.database import Transaction


async def erase_words(tx: Transaction, case_id: UUID) -> None:
    """Blank the gist and the texts of the journal; the chain holds, since it was made of their digests."""
    await tx.execute("update sla.case_copy set gist = null where case_id = $1", case_id)
    await tx.execute(
        "update sla.journal set texts = null where case_id = $1 and bucket = $2 and texts is not null",
        case_id,
        bucket_of(case_id),
    )
