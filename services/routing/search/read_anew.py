"""Have the words of a case read anew, where no event of routing says that they changed."""

from __future__ import annotations

from uuid import UUID

from services.kit.database import Transaction, new_id


async def read_anew(tx: Transaction, case_id: UUID) -> None:
    """Note that the words of a case are to be read anew, a moment after this transaction."""
    await tx.execute("insert into routing.words_due (id, case_id) values ($1, $2)", new_id(), case_id)


async def forget_words(tx: Transaction, case_id: UUID) -> None:
    """Take the words of a case out of the index at once; its facts are put back when it is read anew."""
    await tx.execute("update routing.case_words set words = ''::tsvector where case_id = $1", case_id)
    await read_anew(tx, case_id)
