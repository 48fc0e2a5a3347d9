"""Bring files to their case: those of a form that is sent, and those that come afterwards."""

from __future__ import annotations

from uuid import UUID

from services.intake.files.limits import FileLimits
from services.kit.database import Transaction
from services.kit.errors import TooLarge
from services.kit.i18n import N_


async def attach_draft(tx: Transaction, draft: bytes, case_id: UUID) -> None:
    """The files of a form become those of its case."""
    await tx.execute("update intake.stored_file set case_id = $2, draft = null where draft = $1", draft, case_id)


async def drop_from_draft(tx: Transaction, draft: bytes, file_id: UUID) -> None:
    """Take a file out of a form that is not sent yet; its content goes within a minute."""
    await tx.execute(
        "update intake.stored_file set state = 'erased', name = null, draft = null where draft = $1 and id = $2",
        draft,
        file_id,
    )


def within(limits: FileLimits, there: int, more: int) -> None:
    """Raises TooLarge when there would be more files than one form or message may have."""
    if there + more > limits.most:
        raise TooLarge(
            N_("No more than %(most)s files can be sent at once."),
            N_("Send the most important ones; you can add others on the tracking page afterwards."),
            params={"most": limits.most},
        )
