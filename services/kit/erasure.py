"""Blanking the words of a case in a journal: the chain holds, since it digests only the salted digests of texts."""

from __future__ import annotations

from uuid import UUID

from services.kit.database import Transaction


async def erase_journal_words(tx: Transaction, case_id: UUID) -> int:
    """Blank every free text and its salt in the service's own journal rows about a case; returns how many rows.

    Every service calls it when it hears `WordsErased`, beside blanking its own copies. What is parked about the case is
    blanked too: it would bring the words back when it is replayed.
    """
    done = await tx.execute(
        f"update {tx.service}.journal set texts = null where case_id = $1 and texts is not null",
        case_id,
    )
    await tx.execute(
        f"update {tx.service}.parked set event = event - 'texts' where case_id = $1 and event ? 'texts'", case_id
    )
    return int(done.rsplit(" ", 1)[-1])
