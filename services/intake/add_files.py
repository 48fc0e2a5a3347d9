"""Add files to a case that is under way: its complainant's, with or without words, or evidence that staff found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.act_on_complaint import act_on_complaint, read_action
from services.intake.files.keep_file import FileRef, Prepared, record_file
from services.kit.database import Transaction
from services.kit.i18n import Lang, translate_plural


async def add_files(
    tx: Transaction, case_id: UUID, files: Sequence[Prepared], *, text: str, bundle: PolicyBundle,
    language: Lang, medium: str, now: datetime,
) -> list[FileRef]:  # fmt: skip
    """The complainant adds files; whoever handles the case is told as of any message.

    Files without words say so themselves, in the complainant's language. The same content sent again is kept once.

    Raises:
        NotNow: nothing can be added to the case any more.
        InvalidInput: the words are too long.
    """
    words = text.replace("\x00", "").strip() or files_said(language, len(files))
    await act_on_complaint(tx, case_id, read_action({"action": "add", "text": words}), bundle, now, medium=medium)
    kept = []
    for prepared in files:
        same = f"{case_id}:{prepared.arrived_sha256.hex()}"
        kept.append(await record_file(tx, prepared, case_id=case_id, origin_id=same, at=now))
    return kept


def files_said(language: Lang, count: int) -> str:
    """What a message of files alone says."""
    return str(translate_plural(language, "Sent %(num)s file.", "Sent %(num)s files.", count))


async def add_evidence(
    tx: Transaction, case_id: UUID, files: Sequence[Prepared], *, by: UUID, internal: bool, now: datetime
) -> list[FileRef]:
    """A member of staff adds what they found; `internal` keeps it from the complainant."""
    kept = []
    for prepared in files:
        same = f"{case_id}:{prepared.arrived_sha256.hex()}"
        kept.append(
            await record_file(tx, prepared, case_id=case_id, origin_id=same, at=now, added_by=by, internal=internal)
        )
    return kept
